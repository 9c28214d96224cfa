"""Runs that are killed, raced and sabotaged: each charge on one invoice, numbers 1..N, books balanced."""

import os
import signal
import threading
from collections.abc import Callable

import pytest
from django.db import connection, connections, transaction

from encaisse.billing.models import Claim, Outcome, Run
from encaisse.billing.operations.runs import run_of
from encaisse.billing.rules import Selection
from encaisse.charge.models import Charge
from encaisse.flows import billing_cycle, books
from encaisse.invoice.models import Invoice, Series
from encaisse.invoice.operations.verify import verify_all
from encaisse.ledger.models import Entry
from tests.flows.stories import ACTOR, FIRST_OF_FEBRUARY, SCOPE, bill, seller
from tests.makers import make_account, make_charge

POISON = """
CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'poisoned' USING ERRCODE = 'data_exception'; END $$;
CREATE TRIGGER poison BEFORE {event} ON invoice_invoice FOR EACH ROW
    WHEN (NEW.account_id = {account}{more}) EXECUTE FUNCTION poison();
"""


def resume(run_id: int) -> None:
    """What an operator does after a crash: the same steps again."""
    if run_of(run_id).state in ("new", "drafting"):
        billing_cycle.draft(run_id, actor=ACTOR)
    if run_of(run_id).state in ("review", "issuing"):
        billing_cycle.issue(run_id, actor=ACTOR)


def assert_sound(charges: int) -> None:
    assert Claim.objects.filter(fate="billed", line__isnull=False).count() == charges
    for series in Series.objects.all():
        numbers = (
            Invoice.objects.filter(series=series).order_by("sequence").values_list("sequence", flat=True)
        )
        assert list(numbers) == list(range(1, series.last_number + 1))
    assert Entry.objects.count() == Invoice.objects.filter(state="issued").count()
    assert list(books.check()) == []


def dies_at_statement(count: int, work: Callable[[], None]) -> bool:
    """Run `work` in a process of its own that is killed before its statement number `count`; False if it ended."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        left = count

        def countdown(execute: Callable[..., object], *args: object) -> object:
            nonlocal left
            left -= 1
            if left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(*args)

        with connection.execute_wrapper(countdown):
            work()
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.waitstatus_to_exitcode(status) == 0
    return os.WIFSIGNALED(status)


def test_a_run_killed_at_every_statement_ends_as_if_nothing_had_happened(fresh_database: str) -> None:
    first, second = seller(), seller(invoice_prefix="G")
    for entity in (first, second):
        for _ in range(4):
            make_charge(account=make_account(legal_entity=entity))
    run_id = billing_cycle.start(SCOPE, cutoff_date=FIRST_OF_FEBRUARY, issue_date=FIRST_OF_FEBRUARY)

    deaths = 0
    while dies_at_statement(deaths + 1, lambda: resume(run_id)):
        deaths += 1
        assert deaths < 500

    assert deaths > 20
    assert Run.objects.get(pk=run_id).state == "complete"
    assert Outcome.objects.filter(run_id=run_id, outcome="invoiced").count() == 8
    assert_sound(charges=8)


def in_threads(works: list[Callable[[], None]]) -> list[BaseException]:
    """Run them all at once, each on a connection of its own, and return what they raised."""
    failures: list[BaseException] = []
    barrier = threading.Barrier(len(works))

    def work(one: Callable[[], None]) -> None:
        try:
            barrier.wait()
            one()
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work, args=(one,)) for one in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


class Sabotage(Exception):
    """The worker that fails after it issued, before it commits."""


def test_eight_parallel_issues_over_three_entities_leave_no_hole(fresh_database: str) -> None:
    entities = [seller(invoice_prefix=prefix) for prefix in "FGH"]
    accounts = [make_account(legal_entity=entities[n % 3]) for n in range(24)]
    for account in accounts:
        make_charge(account=account)

    def issue_some(worker: int) -> None:
        for turn, account in enumerate(accounts[worker::8]):
            run_id = billing_cycle.start(
                SCOPE,
                cutoff_date=FIRST_OF_FEBRUARY,
                issue_date=FIRST_OF_FEBRUARY,
                selection=Selection(account_id=account.pk),
            )
            billing_cycle.draft(run_id, actor=ACTOR)
            if worker % 3 == turn:
                with pytest.raises(Sabotage), transaction.atomic():
                    billing_cycle.issue(run_id, actor=ACTOR)
                    raise Sabotage
            billing_cycle.issue(run_id, actor=ACTOR)

    assert in_threads([lambda worker=worker: issue_some(worker) for worker in range(8)]) == []

    assert sorted(Series.objects.values_list("last_number", flat=True)) == [8, 8, 8]
    assert_sound(charges=24)


def test_two_workers_share_a_run_and_two_runs_share_no_charge(fresh_database: str) -> None:
    entities = [seller(invoice_prefix=prefix) for prefix in "FGH"]
    for entity in entities:
        for _ in range(5):
            make_charge(account=make_account(legal_entity=entity))
    shared, rival = (
        billing_cycle.start(SCOPE, cutoff_date=FIRST_OF_FEBRUARY, issue_date=FIRST_OF_FEBRUARY)
        for _ in range(2)
    )

    works = [
        lambda run_id=run_id: billing_cycle.draft(run_id, actor=ACTOR) for run_id in (shared, shared, rival)
    ]
    assert in_threads(works) == []
    for run_id in (shared, rival):
        resume(run_id)

    assert Outcome.objects.filter(outcome="invoiced").count() == 15
    assert_sound(charges=15)


@pytest.mark.parametrize(
    ("event", "more"), [("INSERT", ""), ("UPDATE", " AND NEW.state = 'issued'")], ids=["draft", "issue"]
)
def test_an_account_that_the_database_refuses_is_alone_in_failing(
    fresh_database: str, event: str, more: str
) -> None:
    entity = seller()
    accounts = [make_account(legal_entity=entity) for _ in range(7)]
    for account in accounts:
        make_charge(account=account)
    with connections["owner"].cursor() as cursor:
        cursor.execute(POISON.format(event=event, account=accounts[4].pk, more=more))

    run_id = bill(entity)

    exceptions = Outcome.objects.filter(run_id=run_id, outcome="exception")
    assert [(one.account_id, one.reason, one.facts) for one in exceptions] == [
        (accounts[4].pk, "not_computable", {"message": "poisoned"})
    ]
    assert Series.objects.get(legal_entity=entity).last_number == 6
    assert_sound(charges=6)
    assert Charge.objects.count() == 7


LINE, TAX = "UPDATE invoice_line SET", "UPDATE invoice_invoicetax SET"
INVOICE, OF_IT = "UPDATE invoice_invoice SET", "WHERE invoice_id = {second}"
IT = "WHERE id = {second}"
BUYER = "(SELECT buyer_identity_id FROM invoice_invoice WHERE id = {second})"
UNDONE = (
    "state = 'cancelled', number = NULL, series_id = NULL, sequence = NULL, link = NULL, issued_at = NULL"
)
# What was changed behind the triggers, the first document that shows it, and how.
CHANGES = {
    "net of a line": (f"{LINE} net_minor = 1, gross_minor = 1 {OF_IT}", 2, "content"),
    "label": (f"{LINE} label = 'autre' {OF_IT}", 2, "content"),
    "tax": (f"{TAX} tax_minor = 1 {OF_IT}", 2, "content"),
    "total": (f"{INVOICE} acc_net_minor = 1, acc_gross_minor = 1 + acc_tax_minor {IT}", 2, "content"),
    "buyer": (f"UPDATE party_identity SET name = 'autre' WHERE id = {BUYER}", 2, "content"),
    "number": (f"{INVOICE} number = 'F2026-000008' {IT}", 2, "link"),
    "issue date": (f"{INVOICE} issue_date = '2026-01-31' {IT}", 2, "link"),
    "due date": (f"{INVOICE} due_date = '2027-01-31' {IT}", 2, "link"),
    "link": (f"{INVOICE} link = digest {IT}", 2, "link"),
    "sequence": (f"{INVOICE} sequence = 9 {IT}", 2, "hole"),
    "gone": (f"{INVOICE} {UNDONE}, settled_minor = 0 {IT}", 2, "hole"),
    "head": ("UPDATE invoice_series SET last_number = 9", 9, "head"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_books_name_the_first_broken_link_when_a_value_was_changed(fresh_database: str, change: str) -> None:
    entity = seller()
    for _ in range(3):
        make_charge(account=make_account(legal_entity=entity))
    run_id = bill(entity)
    second = Invoice.objects.filter(run_id=run_id).order_by("id")[1]
    statement, sequence, problem = CHANGES[change]
    with connections["owner"].cursor() as cursor:
        for table in (
            "invoice_invoice",
            "invoice_line",
            "invoice_invoicetax",
            "invoice_series",
            "party_identity",
        ):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement.format(second=second.pk))

    (broken,) = verify_all()

    assert (broken.sequence, broken.problem) == (sequence, problem)
    assert books.CHAINS in {finding.sentence for finding in books.check()}
