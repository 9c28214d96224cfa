"""Billing runs on the command line: narrowed, shared among processes, paused, resumed, mended, summed up."""

import json

import pytest

from encaisse.billing.models import CycleMember, Run
from encaisse.billing.operations import runs as billing
from encaisse.billing.rules import Selection
from encaisse.flows import billing_cycle
from encaisse.invoice.models import Invoice
from encaisse.kernel.references import public_id
from tests.makers import CLERK, make_account, make_charge, make_cycle, make_entity, make_identity, make_scope

DATES = ("--cutoff", "2026-02-01", "--issue-date", "2026-01-31")


@pytest.fixture
def accounts(company: None):
    """Three accounts in Paris, of two legal entities, with 100.00 to bill each."""
    first = make_entity(code="FIRST")
    made = [make_account(legal_entity=first), make_account(legal_entity=first), make_account()]
    for account in made:
        make_charge(account=account)
    return made


@pytest.fixture
def told(encaisse):
    """Run a command that answers for a machine, and return its answer."""
    return lambda *words: json.loads(encaisse(*words, "--json").out)


def test_a_run_is_narrowed_to_a_cycle_a_customer_an_account_or_an_entity(told, accounts):
    cycle = make_cycle(code="MENSUEL")
    CycleMember.objects.create(account=accounts[1], cycle=cycle)
    by_option = {
        "--cycle": "MENSUEL",
        "--customer": accounts[0].customer.reference,
        "--account": accounts[2].reference,
    }

    for option, name in by_option.items():
        assert told("bill", *DATES, "--dry-run", option, name)["outcomes"]["invoiced"] == 1
    assert told("bill", *DATES, "--dry-run", "--entity", "FIRST")["outcomes"]["invoiced"] == 2
    assert told("bill", *DATES)["outcomes"]["invoiced"] == 3


def test_what_is_not_there_is_named(encaisse, accounts):
    for option in ("--cycle", "--customer", "--account"):
        code, _, err = encaisse("bill", *DATES, option, "NOBODY")

        assert (code, "NOBODY" in err, option in err) == (2, True, True)
    assert Run.objects.count() == 0


def test_three_processes_share_a_run(told, accounts):
    answer = told("bill", *DATES, "--workers", "3")

    assert (answer["state"], answer["outcomes"]["invoiced"]) == ("complete", 3)
    assert Invoice.objects.filter(state="issued").count() == 3


def test_a_run_is_paused_and_resumed(encaisse, told, accounts):
    run_id = billing_cycle.start(
        make_scope("bill"), cutoff_date="2026-02-01", issue_date="2026-01-31", selection=Selection()
    )
    reference = public_id("run", run_id)

    assert f"encaisse run resume {reference}" in encaisse("run", "pause", reference).out
    billing_cycle.draft(run_id, actor=CLERK)
    assert Invoice.objects.count() == 0
    answer = told("run", "resume", reference)

    assert (answer["state"], answer["outcomes"]["invoiced"]) == ("review", 3)


def test_exceptions_are_tried_again_and_a_run_is_summed_up(told, accounts):
    broken = accounts[0].identity
    accounts[0].identity = make_identity(siren="", vat_number="")
    accounts[0].save(update_fields=["identity"])
    answer = told("bill", *DATES, "--review")
    assert answer["reasons"] == {"missing_legal_data": 1}
    accounts[0].identity = broken
    accounts[0].save(update_fields=["identity"])

    mended = told("run", "retry", answer["run"], "--reason", "missing_legal_data")
    report = told("run", "report", answer["run"])

    assert (mended["state"], mended["outcomes"]["invoiced"]) == ("review", 3)
    assert [(row["documents"], row["net_minor"], row["tax_minor"]) for row in report["totals"]] == [
        (3, 30_000, 6_000)
    ]
    assert len(report["products"]) == 3
    assert billing.run_of(Run.objects.get().pk).state == "review"
