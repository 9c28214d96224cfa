"""A billing run on the desk, from its form to its invoices."""

import datetime as dt
import io

import pytest
from django.urls import reverse

from encaisse.adapters.tabular import open_table
from encaisse.billing.models import Claim, Cycle, DocumentDiscount, Outcome, Run, Trial
from encaisse.flows.tasks import DRAFT_RUN, ISSUE_RUN, TRY_RUN
from encaisse.invoice.models import Invoice
from encaisse.kernel.references import public_id
from encaisse.ledger.operations import install_chart
from encaisse.party.models import BillingAccount
from encaisse.tax.operations import install_taxes
from tests.desk.signed_in import signed_in, work
from tests.flows.stories import bill
from tests.makers import MARCH, make_account, make_charge, make_cycle, make_entity, make_identity, make_run

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 1, 31)
CAUGHT = {"on_suspect": "quarantine", "on_reject": "quarantine"}


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
    typed = {"until": DAY, "issue_date": DAY, "legal_entity_id": "", **CAUGHT} | said
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

    answer = client.post(reverse("desk:new_run"), {"until": DAY, "issue_date": DAY, **CAUGHT})

    assert "No billing account falls within this run." in answer.content.decode()
    assert 'value="2026-01-31"' in answer.content.decode()


def test_who_may_not_bill_is_offered_nothing():
    client = signed_in("read_ledger")

    text = client.get(reverse("desk:runs")).content.decode() + page(client, make_run())

    assert reverse("desk:new_run") not in text
    assert "Cancel the run" not in text


def test_an_empty_list_teaches():
    assert "No billing run yet" in signed_in().get(reverse("desk:runs")).content.decode()


def in_review(client, charged) -> Run:
    run = start(client, legal_entity_id=charged.pk)
    work(DRAFT_RUN)
    run.refresh_from_db()
    assert run.state == "review"
    return run


def test_a_dry_run_is_computed_by_a_worker_and_begun_as_it_is(charged):
    client = signed_in()
    typed = {"until": DAY, "issue_date": DAY, **CAUGHT, "payment_method": "transfer", "do": "try"}

    address = client.post(reverse("desk:new_run"), typed).headers["Location"]
    trial = Trial.objects.get()
    assert reverse("desk:trial_progress", args=[trial.pk]) in client.get(address).content.decode()
    work(TRY_RUN)
    text = client.get(address).content.decode()

    assert client.get(reverse("desk:trial_progress", args=[trial.pk])).headers["HX-Refresh"] == "true"
    assert '<data class="money" value="120.00">' in text
    assert "VAT number missing" in text
    assert (Run.objects.count(), Invoice.objects.count()) == (0, 0)
    client.post(reverse("desk:begin_trial", args=[trial.pk]))
    assert (Run.objects.get().payment_method, Run.objects.get().state) == ("transfer", "drafting")


def test_a_dry_run_of_nobody_says_so(charged):
    client = signed_in()
    typed = {"until": DAY, "issue_date": DAY, **CAUGHT, "payment_method": "card", "do": "try"}

    address = client.post(reverse("desk:new_run"), typed).headers["Location"]
    work(TRY_RUN)

    assert "No billing account falls within this run." in client.get(address).content.decode()


def test_a_run_of_one_customer_says_whom_it_bills(charged):
    client = signed_in()
    account = BillingAccount.objects.order_by("pk")[0]

    run = start(client, customer=account.customer.reference)

    assert (run.customer_id, run.chunks.get().accounts) == (account.customer_id, [account.pk])
    assert account.customer.name in page(client, run)


def test_a_reference_of_nobody_is_refused_beside_its_field(charged):
    answer = signed_in().post(
        reverse("desk:new_run"), {"until": DAY, "issue_date": DAY, **CAUGHT, "customer": "PERSONNE"}
    )

    assert 'id="id_customer_error"' in answer.content.decode()
    assert Run.objects.count() == 0


def test_a_run_is_paused_by_somebody_and_resumed(charged):
    client = signed_in()
    run = start(client)

    client.post(reverse("desk:pause_run", args=[run.pk]))
    work(DRAFT_RUN)
    paused = page(client, run)
    assert "Paused" in paused
    assert "Essai" in paused
    assert reverse("desk:run_progress", args=[run.pk]) not in paused
    client.post(reverse("desk:resume_run", args=[run.pk]))
    work(DRAFT_RUN)

    run.refresh_from_db()
    assert run.state == "review"


def test_the_exceptions_chosen_are_tried_again_once_mended(charged):
    client = signed_in()
    run = in_review(client, charged)
    refused = Outcome.objects.get(run=run, outcome="exception").account
    refused.identity = make_identity()
    refused.save(update_fields=["identity"])
    listed = reverse("desk:run_exceptions", args=[run.pk])
    assert public_id("ba", refused.pk) in client.get(listed).content.decode()

    nothing = client.post(reverse("desk:retry_run", args=[run.pk]), {"do": "chosen"}, follow=True)
    assert "Choose first which accounts" in nothing.content.decode()
    client.post(
        reverse("desk:retry_run", args=[run.pk]), {"do": "chosen", "reference": public_id("ba", refused.pk)}
    )
    work(DRAFT_RUN)

    assert Invoice.objects.filter(run=run, state="approved").count() == 2
    assert "Issue 2 invoices" in page(client, run)


def test_the_exceptions_of_a_complete_run_are_billed_by_another(charged):
    client = signed_in()
    run = in_review(client, charged)
    client.post(reverse("desk:issue_run", args=[run.pk]))
    work(ISSUE_RUN)
    assert "Bill the exceptions" in page(client, run)

    client.post(reverse("desk:run_again", args=[run.pk]))

    again = Run.objects.latest("pk")
    assert (again.exceptions_of_id, again.legal_entity_id) == (run.pk, charged.pk)
    assert public_id("run", run.pk) in page(client, again)


def test_a_draft_is_taken_out_of_its_run_from_its_own_page(charged):
    client = signed_in()
    run = in_review(client, charged)
    draft = Invoice.objects.get(run=run)
    address = reverse("desk:exclude_draft", args=[run.pk, draft.pk])
    assert address in client.get(reverse("desk:invoice", args=[draft.pk])).content.decode()

    client.post(address)

    draft.refresh_from_db()
    assert (draft.state, Claim.objects.count()) == ("cancelled", 0)
    listed = client.get(reverse("desk:run_exceptions", args=[run.pk])).content.decode()
    assert "Essai took its draft out of the run." in listed


def test_the_report_says_what_is_billed_by_offer_product_and_tax(charged):
    client = signed_in()
    run = in_review(client, charged)
    product = Invoice.objects.get(run=run).lines.get().product

    text = client.get(reverse("desk:run_report", args=[run.pk])).content.decode()

    assert "would bill if it were issued" in text
    assert f"run={public_id('run', run.pk)}&amp;currency=EUR&amp;product={product.code}" in text
    listed = client.get(
        reverse("desk:invoices"), {"run": public_id("run", run.pk), "product": product.code}
    ).content.decode()
    assert '<data class="money" value="120.00">' in listed
    rows = client.get(reverse("desk:run_report_file", args=[run.pk])).content.decode("utf-8-sig")
    assert f"By product,{product.code},Service" in rows
    assert ",EUR,1,1,100.00,20.00,120.00" in rows
    book = client.get(reverse("desk:run_report_file", args=[run.pk]), {"form": "xlsx"})
    assert open_table(io.BytesIO(book.content)).headings[-1] == "Total"


def test_the_report_is_held_against_the_last_run(charged):
    account = make_account(legal_entity=charged)
    first = bill(charged)
    make_charge(account=account, unit_price="150.00")
    second = bill(charged, MARCH)
    client = signed_in()

    text = client.get(reverse("desk:run_report", args=[second])).content.decode()
    rows = client.get(reverse("desk:run_report_file", args=[second])).content.decode("utf-8-sig")

    assert "Against the run until 31 Jan 2026" in text
    assert reverse("desk:run_report", args=[first]) in text
    assert reverse("desk:account", args=[account.pk]) in text
    assert "50%" in text
    assert "Total,Documents last time,Net last time,Total last time,Difference,Difference in percent" in rows
    assert (
        '"In all, against the last run",,Documents,EUR,1,,150.00,30.00,180.00,1,100.00,120.00,50.00,50.0'
        in rows
    )


def test_a_cycle_is_made_joined_run_changed_and_ended(charged):
    client = signed_in()
    typed = {
        "code": "MENSUEL", "name_fr": "Premier du mois", "name_en": "First of the month", "unit": "month",
        "unit_count": 1, "first_day": "2026-01-31", "until_days": 0, "issue_days": 1, "start": "by_hand", **CAUGHT,
        "legal_entity_id": charged.pk,
    }  # fmt: skip

    address = client.post(reverse("desk:new_cycle"), typed).headers["Location"]
    cycle = Cycle.objects.get()
    Cycle.objects.update(next_day="2026-01-31")
    account = BillingAccount.objects.order_by("pk")[0]
    wrong = client.post(reverse("desk:join_cycle", args=[cycle.pk]), {"references": "PERSONNE"})
    assert "No account or customer has the reference PERSONNE." in wrong.content.decode()
    references = f"{account.reference}\n\n{account.customer.reference}"
    client.post(reverse("desk:join_cycle", args=[cycle.pk]), {"references": references})
    assert account.reference in client.get(address).content.decode()
    assert "First of the month" in client.get(reverse("desk:cycles")).content.decode()

    client.post(reverse("desk:start_cycle", args=[cycle.pk]))
    run = Run.objects.get()
    assert (run.cycle_id, str(run.cutoff_date), str(run.issue_date)) == (cycle.pk, "2026-02-01", "2026-02-01")
    cycle.refresh_from_db()
    assert str(cycle.next_day) == "2026-02-28"

    client.post(reverse("desk:change_cycle", args=[cycle.pk]), typed | {"name_en": "Month's end"})
    assert "Month&#x27;s end" in client.get(address).content.decode()
    client.post(reverse("desk:leave_cycle", args=[cycle.pk]), {"public": public_id("ba", account.pk)})
    assert cycle.members.count() == 0
    client.post(reverse("desk:end_cycle", args=[cycle.pk]))
    assert "No billing cycle yet" in client.get(reverse("desk:cycles")).content.decode()


def test_a_code_that_another_cycle_has_is_refused_beside_it(charged):
    client = signed_in()
    make_cycle(code="MENSUEL")
    typed = {
        "code": "MENSUEL", "name_fr": "a", "name_en": "a", "unit": "week", "unit_count": 2,
        "first_day": "2026-01-05", "until_days": 0, "issue_days": 0, "start": "draft", **CAUGHT,
    }  # fmt: skip

    text = client.post(reverse("desk:new_cycle"), typed).content.decode()

    assert "Another cycle has the code MENSUEL." in text


def test_a_discount_of_whole_documents_is_granted_and_ended():
    client = signed_in()
    account = make_account()
    grant = reverse("desk:new_discount", args=[account.pk])

    both = client.post(grant, {"percent": "10", "amount": "5", "reason": "Fidélité", "since": DAY})
    assert "Give either a percentage or an amount." in both.content.decode()
    client.post(grant, {"percent": "10", "reason": "Fidélité", "since": DAY, "until": ""})
    shown = client.get(reverse("desk:account", args=[account.pk])).content.decode()
    assert "Fidélité" in shown
    discount = DocumentDiscount.objects.get()
    address = reverse("desk:discount", args=[account.pk, discount.pk])
    early = client.post(address, {"until": "2026-01-01"})
    assert "It would end before it begins" in early.content.decode()
    client.post(address, {"until": "2026-06-30"})

    discount.refresh_from_db()
    assert (discount.percent, discount.currency, discount.valid_to) == (10, "EUR", dt.date(2026, 7, 1))
