"""A billing run on the desk, from its form to its invoices."""

import datetime as dt

import pytest
from django.urls import reverse

from encaisse.billing.models import Claim, Run
from encaisse.flows.tasks import DRAFT_RUN, ISSUE_RUN
from encaisse.invoice.models import Invoice
from encaisse.ledger.operations import install_chart
from encaisse.tax.operations import install_taxes
from tests.desk.signed_in import signed_in, work
from tests.makers import make_account, make_charge, make_entity, make_identity, make_run

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 1, 31)


@pytest.fixture
def charged():
    """One account to bill, and one that no tax rule covers."""
    install_chart()
    install_taxes()
    entity = make_entity()
    nowhere = make_identity(country="DE", siren="", vat_number="", city="Berlin", postcode="10115")
    for identity in (make_identity(), nowhere):
        make_charge(account=make_account(legal_entity=entity, identity=identity))
    return entity


def start(client, **said) -> Run:
    typed = {"until": DAY, "issue_date": DAY, "legal_entity_id": ""} | said
    answer = client.post(reverse("desk:new_run"), typed)
    run = Run.objects.get()
    assert answer.headers["Location"] == reverse("desk:run", args=[run.pk])
    return run


def page(client, run: Run) -> str:
    return client.get(reverse("desk:run", args=[run.pk])).content.decode()


def test_a_run_is_drafted_by_a_worker_reviewed_and_issued(charged):
    client = signed_in()

    run = start(client, legal_entity_id=charged.pk)
    assert run.state == "drafting"
    assert reverse("desk:run_progress", args=[run.pk]) in page(client, run)
    work(DRAFT_RUN)
    reviewed = page(client, run)
    assert "Issue 1 invoice" in reviewed
    assert "VAT number missing" in reviewed
    client.post(reverse("desk:issue_run", args=[run.pk]))
    work(ISSUE_RUN)

    run.refresh_from_db()
    invoice = Invoice.objects.get(state="issued")
    assert run.cutoff_date == dt.date(2026, 2, 1)
    assert (run.state, invoice.run_id, invoice.gross_minor, invoice.issue_date) == (
        "complete",
        run.pk,
        12_000,
        DAY,
    )
    assert '<data class="money" value="120.00">' in page(client, run)


def test_a_page_that_waits_is_told_to_look_again_once_the_work_is_done():
    client = signed_in()
    run = make_run(state="new")
    address = reverse("desk:run_progress", args=[run.pk])

    assert "every 1s" in client.get(address).content.decode()
    Run.objects.filter(pk=run.pk).update(state="cancelled")

    assert client.get(address).headers["HX-Refresh"] == "true"


@pytest.mark.parametrize(("choice", "fates"), [("reopen", []), ("drop", ["dropped"])])
def test_a_cancelled_run_opens_its_charges_again_or_drops_them(charged, choice, fates):
    client = signed_in()
    run = start(client)
    work(DRAFT_RUN)

    client.post(reverse("desk:cancel_run", args=[run.pk]), {"charges": choice})

    run.refresh_from_db()
    assert (run.state, list(Claim.objects.values_list("fate", flat=True))) == ("cancelled", fates)
    assert "The run is cancelled" in page(client, run)


def test_an_interrupted_run_is_taken_up_again(charged):
    client = signed_in()
    run = start(client)

    client.post(reverse("desk:resume_run", args=[run.pk]))
    work(DRAFT_RUN)

    run.refresh_from_db()
    assert run.state == "review"


def test_an_account_set_aside_says_why(charged):
    client = signed_in()
    run = start(client)
    work(DRAFT_RUN)

    answer = client.get(reverse("desk:run_exceptions", args=[run.pk]), {"reason": "vat_number_missing"})

    assert "A valid VAT number is needed to bill in DE, and there is none." in answer.content.decode()


def test_a_run_of_nobody_is_refused_with_what_was_typed():
    client = signed_in()

    answer = client.post(reverse("desk:new_run"), {"until": DAY, "issue_date": DAY})

    assert "No billing account falls within this run." in answer.content.decode()
    assert 'value="2026-01-31"' in answer.content.decode()


def test_who_may_not_bill_is_offered_nothing():
    client = signed_in("read_ledger")

    text = client.get(reverse("desk:runs")).content.decode() + page(client, make_run())

    assert reverse("desk:new_run") not in text
    assert "Cancel the run" not in text


def test_an_empty_list_teaches():
    assert "No billing run yet" in signed_in().get(reverse("desk:runs")).content.decode()
