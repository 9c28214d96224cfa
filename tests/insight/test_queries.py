"""Reads across packages: where the business stands, what a search finds, what happened, the state of the books."""

import datetime as dt

import pytest

from encaisse.billing.models import Outcome
from encaisse.flows.settle import settle_with_payment, take_back
from encaisse.insight.queries import timeline
from encaisse.insight.queries.books import books
from encaisse.insight.queries.dashboard import dashboard
from encaisse.insight.queries.search import account_named, search
from encaisse.kernel import clock, events
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Actor, Level, Scope
from tests.makers import (
    make_account,
    make_credit_note,
    make_customer,
    make_entity,
    make_issued_invoice,
    make_payment,
    make_rep,
    make_run,
)

pytestmark = pytest.mark.django_db
CLERK = Actor("user", 1, "Claire")
EVERYTHING = Scope(CLERK, Level.EVERYTHING, permissions=frozenset({"allocate", "read_ledger"}))
NOON = dt.datetime(2026, 4, 15, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def _mid_april():
    with clock.stopped_at(NOON):
        yield


def account(entity=None, **customer):
    return make_account(customer=make_customer(**customer), legal_entity=entity or make_entity())


def topics(happenings) -> list[str]:
    return [each.topic for each in happenings]


def test_what_is_owed_is_aged_by_entity_and_currency():
    entity = make_entity()
    late = account(entity)
    make_issued_invoice(late, net="100", issue_date=dt.date(2026, 1, 31))  # due on 2 March, 44 days late
    make_issued_invoice(late, net="50", issue_date=dt.date(2026, 3, 10))  # due on 9 April, 6 days late
    make_issued_invoice(late, net="10", issue_date=dt.date(2026, 4, 1))
    make_issued_invoice(net="7", issue_date=dt.date(2026, 4, 1))

    first, second = dashboard(EVERYTHING).standings

    assert (first.entity, first.currency) == (entity.identity.name, "EUR")
    assert (first.owed_minor, first.owed_documents) == (19_200, 3)
    assert (first.overdue_minor, first.overdue_documents, first.oldest_days) == (18_000, 2, 44)
    assert dict(first.bands) == {
        "not_due": 1_200,
        "late_1_30": 6_000,
        "late_31_60": 12_000,
        "late_61_90": 0,
        "late_over_90": 0,
    }
    assert (second.owed_minor, second.overdue_minor) == (840, 0)


def test_credit_notes_stand_apart_from_what_is_owed():
    make_credit_note(make_issued_invoice())

    (standing,) = dashboard(EVERYTHING).standings

    assert standing.owed_minor == 12_000


def test_the_cash_of_the_month_leaves_out_what_came_before_and_what_went_back():
    payer = account()
    make_payment(payer, 1_000, received_on=dt.date(2026, 4, 1))
    make_payment(payer, 200, received_on=dt.date(2026, 4, 15))
    make_payment(payer, 30, received_on=dt.date(2026, 3, 31))

    found = dashboard(EVERYTHING)

    (standing,) = found.standings
    assert (standing.received_minor, standing.received_payments, standing.left_minor) == (1_200, 2, 1_230)
    assert (found.month_from, found.month_to) == (dt.date(2026, 4, 1), dt.date(2026, 5, 1))


def test_the_last_run_is_the_last_mass_run():
    run = make_run()
    make_run(kind="manual", account=make_account())
    Outcome.objects.create(run=run, account=make_account(), outcome="nothing")

    last = dashboard(EVERYTHING).last_run

    assert last is not None
    assert (last.run.id, last.outcomes.nothing) == (run.pk, 1)


def test_a_rep_stands_on_own_accounts_only():
    rep = make_rep()
    make_issued_invoice(account(rep=rep), net="100")
    make_issued_invoice(account(rep=make_rep()), net="10")
    make_payment(account(rep=make_rep()), 1_000, received_on=dt.date(2026, 4, 1))

    found = dashboard(Scope(CLERK, Level.OWN, rep_id=rep.pk))

    assert [(each.owed_minor, each.received_minor) for each in found.standings] == [(12_000, 0)]
    assert found.last_run is None


def test_nothing_owed_is_an_empty_dashboard():
    assert dashboard(EVERYTHING).standings == ()


def test_a_search_finds_customers_documents_and_payments():
    payer = account(name="Ateliers du Pont")
    invoice = make_issued_invoice(payer)
    payment = make_payment(payer, reference="VIR 778")

    by_name = search(EVERYTHING, "ateliers")
    by_reference = search(EVERYTHING, "VIR 778")

    assert [hit.id for hit in by_name.customers] == [payer.customer_id]
    assert [row.id for row in by_name.invoices] == [invoice.pk]
    assert [row.id for row in by_name.payments] == [payment.pk]
    assert (by_reference.customers, [row.id for row in by_reference.payments]) == ((), [payment.pk])
    assert search(EVERYTHING, "") == ((), (), ())


def test_an_account_is_meant_by_its_reference_its_customers_or_an_invoice_number():
    payer = account(reference="C-88")
    invoice = make_issued_invoice(payer)
    twice = make_customer(reference="C-99")
    make_account(customer=twice)
    make_account(customer=twice)

    for text in (payer.reference.lower(), "c-88", invoice.number):
        assert account_named(EVERYTHING, text) == payer.pk
    assert account_named(EVERYTHING, "C-99") is None  # two accounts: which?
    assert account_named(Scope(CLERK, Level.OWN, rep_id=make_rep().pk), payer.reference) is None


def test_an_invoice_tells_its_story_newest_first():
    payer = account()
    invoice = make_issued_invoice(payer)
    events.record("invoice.drafted", "invoice", (invoice.pk - 1, invoice.pk + 1), CLERK, run=7)
    events.record("invoice.issued", "invoice", invoice.pk, CLERK)
    payment = make_payment(payer, 5_000, reference="VIR 1")
    settle_with_payment(payment.pk, scope=EVERYTHING)
    take_back(payment.allocations.get().pk, scope=EVERYTHING)

    told = timeline.of_invoice(EVERYTHING, invoice.pk)

    assert sorted(topics(told)) == [
        "allocation.made",
        "allocation.taken_back",
        "invoice.drafted",
        "invoice.issued",
    ]
    made = next(each for each in told if each.topic == "allocation.made")
    assert (made.facts["amount_minor"], made.facts["payment"], made.actor) == (5_000, "VIR 1", "Claire")
    assert next(each for each in told if each.topic == "invoice.drafted").facts == {}


def test_an_event_over_a_range_is_not_told_of_what_it_left_out():
    invoice = make_issued_invoice()
    events.record("invoice.cancelled", "invoice", (invoice.pk - 1, invoice.pk + 1), CLERK)

    assert timeline.of_invoice(EVERYTHING, invoice.pk) == []


def test_a_payment_tells_what_was_made_of_it():
    payer = account()
    make_issued_invoice(payer)
    payment = make_payment(payer, 5_000)
    settle_with_payment(payment.pk, scope=EVERYTHING)

    assert sorted(topics(timeline.of_payment(EVERYTHING, payment.pk))) == [
        "allocation.made",
        "payment.recorded",
    ]


def test_a_customer_tells_of_its_documents_and_payments():
    payer = account()
    note = make_credit_note(make_issued_invoice(payer))
    make_payment(payer, 5_000)
    make_issued_invoice()
    events.record("customer.imported", "customer", (payer.customer_id, payer.customer_id + 5), CLERK)

    told = timeline.of_customer(EVERYTHING, payer.customer_id)

    assert sorted(topics(told)) == [
        "customer.credited",
        "customer.imported",
        "customer.invoiced",
        "customer.paid",
    ]
    assert next(each.facts["number"] for each in told if each.topic == "customer.credited") == note.number
    assert sorted(topics(timeline.of_account(EVERYTHING, payer.pk))) == [
        "customer.credited",
        "customer.invoiced",
        "customer.paid",
    ]


def test_a_run_tells_its_steps():
    run = make_run()
    events.record("run.planned", "run", run.pk, CLERK)

    assert topics(timeline.of_run(EVERYTHING, run.pk)) == ["run.planned"]


def test_no_story_is_told_to_who_may_not_see():
    payer = account()
    invoice, payment, run = make_issued_invoice(payer), make_payment(payer), make_run()
    stranger = Scope(CLERK, Level.OWN, rep_id=make_rep().pk)

    for tell, key in (
        (timeline.of_invoice, invoice.pk),
        (timeline.of_payment, payment.pk),
        (timeline.of_run, run.pk),
        (timeline.of_customer, payer.customer_id),
        (timeline.of_account, payer.pk),
    ):
        with pytest.raises(NotFound):
            tell(stranger, key)


def test_the_books_tell_their_last_check():
    broken = [{"name": "ledger.entries_balance", "columns": ["entry"], "rows": [["7"]]}]

    assert books(EVERYTHING) == (None, False)
    events.record("books.asked", "books", 0, CLERK)
    assert books(EVERYTHING).under_way
    events.record("books.checked", "books", 0, CLERK, names=["ledger.entries_balance"], broken=broken)

    check, under_way = books(EVERYTHING)

    assert check is not None
    assert (check.names, check.broken, under_way) == (
        ("ledger.entries_balance",),
        (("ledger.entries_balance", ("entry",), (("7",),)),),
        False,
    )


def test_where_the_books_are_broken_is_told_to_who_sees_everything():
    broken = [{"name": "ledger.entries_balance", "columns": ["entry"], "rows": [["7"]]}]
    events.record("books.checked", "books", 0, CLERK, names=["ledger.entries_balance"], broken=broken)
    limited = Scope(
        CLERK, Level.EVERYTHING, entity_ids=frozenset({1}), permissions=frozenset({"read_ledger"})
    )

    check, _ = books(limited)

    assert check is not None
    assert check.broken == (("ledger.entries_balance", ("entry",), ()),)
    with pytest.raises(NotPermitted):
        books(Scope(CLERK, Level.EVERYTHING))
