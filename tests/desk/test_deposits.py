"""Deposits at the desk: from the template to the money given back, by the buttons of their pages."""

import datetime as dt

import pytest
from django.urls import reverse

from encaisse.deposit.models import Deposit, Movement, Proposal, ProposalKind, Template, Why
from encaisse.deposit.operations.proposals import Proposed, propose
from encaisse.kernel import jobs
from encaisse.kernel.models import Job
from encaisse.kernel.references import public_id
from tests.desk.signed_in import signed_in, words
from tests.flows.stories import seller
from tests.makers import CLERK, make_account, make_issued_invoice

pytestmark = pytest.mark.django_db
MONEY = {"method": "transfer", "reference": "VIR 3"}


def text(answer) -> str:
    return words(answer.content.decode())


def test_a_deposit_is_asked_for_funded_and_given_back_from_its_pages():
    client, account = signed_in(), make_account(legal_entity=seller())
    limits = {"name": "Badge", "currency": "EUR", "min": "50", "max": "500,00"}
    entity = {"legal_entity_id": account.legal_entity_id}
    wrong = client.post(reverse("desk:new_deposit_template"), limits | entity | {"max": "10"})
    assert "The smallest amount is more than zero" in text(wrong)
    client.post(reverse("desk:new_deposit_template"), limits | entity)
    template = Template.objects.get()

    asked = {"account": account.reference, "template_id": template.pk, "requested_on": "2026-02-01"}
    refused = client.post(reverse("desk:new_deposit"), asked | {"amount": "49,99"})
    assert "The template allows €50.00 to €500.00." in text(refused)
    client.post(reverse("desk:new_deposit"), asked | {"amount": "100"})
    deposit = Deposit.objects.get()
    page = reverse("desk:deposit", args=[deposit.pk])
    assert "Asked for" in text(client.get(page))

    fund = reverse("desk:fund_deposit", args=[deposit.pk])
    client.post(fund, MONEY | {"amount": "100", "received_on": "2026-02-03"})
    invoice = make_issued_invoice(account, net="20")
    drawn = {"invoice_id": invoice.pk, "amount": "24,01", "on": "2026-03-01"}
    assert "This is more than is open" in text(
        client.post(reverse("desk:draw_deposit", args=[deposit.pk]), drawn)
    )
    client.post(reverse("desk:draw_deposit", args=[deposit.pk]), drawn | {"amount": "24"})
    assert "Drawn on" in text(client.get(page))
    receipt = reverse("desk:deposit_receipt", args=[Movement.objects.get(kind="draw").pk])
    assert f"{deposit.number}/2" in text(client.get(receipt))

    proposed = propose(
        Proposed(deposit.pk, ProposalKind.REFUND, Why.VALIDITY_OVER), on=dt.date(2026, 6, 1), actor=CLERK
    )
    assert "Give it back" in text(client.get(page))
    client.post(
        reverse("desk:mass", args=["deposit_proposals"]),
        {"act": "deposits.approve", "row": public_id("dpp", proposed), "confirmed": "1"},
    )
    jobs.work(Job.objects.latest("pk").pk)
    assert Deposit.objects.get().state == "refunded"
    assert Proposal.objects.get().state == "approved"
    assert f"{deposit.number}" in text(client.get(reverse("desk:deposits") + "?state=refunded"))
