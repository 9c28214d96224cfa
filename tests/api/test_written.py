"""The busiest lists are written by PostgreSQL: they say what the contract says, and the same as the slow way."""

import json
from dataclasses import replace

import pytest

from encaisse.api.resources.invoices import InvoiceSummary
from encaisse.api.resources.payments import Payment
from encaisse.invoice.queries import lists, quick
from encaisse.kernel.references import public_id
from encaisse.party.models import LegalEntity
from encaisse.payment import queries as payments
from tests.api.programs import ROOT, program
from tests.desk import world
from tests.desk.queries import assert_queries_at_most
from tests.makers import make_account, make_issued_invoice, make_payment

pytestmark = pytest.mark.django_db


def slowly(schema, rows) -> list:
    """The rows as every other list is told."""
    return [json.loads(schema.from_orm(row).json()) for row in rows]


def test_invoices_are_told_as_the_slow_way_tells_them():
    world.build()
    rows = lists.invoices(ROOT, counted=False, window=lists.Window(size=100)).rows

    told = program().get("/invoices", limit=100).body

    assert told["data"] == slowly(InvoiceSummary, rows)
    assert len(rows) > 20
    assert any(row["days_late"] for row in told["data"])


def test_the_newest_invoices_are_of_the_entities_seen():
    world.build()
    one, *others = LegalEntity.objects.values_list("pk", flat=True)

    for scope in (
        ROOT,
        replace(ROOT, entity_ids=frozenset({one})),
        replace(ROOT, hidden_entity_ids=frozenset(others)),
    ):
        slow = lists.keys(scope, window=lists.Window(size=100))
        assert [row.id for row in quick.invoices(scope, window=lists.Window(size=100))] == slow
        assert [row.id for row in quick.invoices(scope, window=lists.Window(size=2), after=slow[3])] == slow[
            4:7
        ]


def test_payments_are_told_as_the_slow_way_tells_them():
    world.build()
    rows, *_ = payments.payments(ROOT, limit=100)

    told = program().get("/payments", limit=100).body["data"]
    expected = slowly(Payment, rows)

    for row in (*told, *expected):
        row["recorded_at"] = row["recorded_at"][:19]
    assert told == expected
    assert len(told) > 10


@pytest.mark.parametrize(
    "sort", ["", "issue_date", "-issue_date", "gross_minor", "-gross_minor", "-due_date"]
)
def test_pages_of_invoices_follow_each_other_without_a_gap(sort):
    account = make_account()
    made = {public_id("inv", make_issued_invoice(account, net=str(1 + place % 3)).pk) for place in range(7)}
    caller = program()

    seen, following = [], f"/invoices?limit=3&sort={sort}" if sort else "/invoices?limit=3"
    while following:
        page = caller.get(following).body
        seen += [row["id"] for row in page["data"]]
        following = page["next"]

    assert len(seen) == len(made)
    assert set(seen) == made


@pytest.mark.parametrize("sort", ["received_on", "-received_on", "amount_minor", "-amount_minor"])
def test_pages_of_payments_follow_each_other_without_a_gap(sort):
    account = make_account()
    made = {public_id("pay", make_payment(account, 100 * (1 + place % 3)).pk) for place in range(7)}
    caller = program()

    seen, following = [], f"/payments?limit=3&sort={sort}"
    while following:
        page = caller.get(following).body
        seen += [row["id"] for row in page["data"]]
        following = page["next"]

    assert len(seen) == len(made)
    assert set(seen) == made


def test_a_page_asks_little():
    for _ in range(5):
        make_issued_invoice()
    caller = program()
    caller.get("/invoices")

    with assert_queries_at_most(2, "the key, the page"):
        caller.get("/invoices")
