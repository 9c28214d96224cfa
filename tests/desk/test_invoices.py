"""Invoices on the desk: the list that its address describes, one document, and what is done with it."""

import datetime as dt
from decimal import Decimal

import pytest
from django.urls import reverse

from encaisse.billing.models import DocumentDiscount
from encaisse.delivery.models import Delivery
from encaisse.invoice.models import Invoice
from encaisse.kernel import clock
from encaisse.kernel.references import public_id
from encaisse.ledger.operations import install_chart
from encaisse.party.models import Recipient
from encaisse.tax.operations import install_taxes
from tests.desk.signed_in import signed_in, words
from tests.flows.stories import bill, seller
from tests.makers import (
    make_account,
    make_approved_invoice,
    make_charge,
    make_credit_note,
    make_document,
    make_entity,
    make_identity,
    make_issued_invoice,
    make_product,
)

pytestmark = pytest.mark.django_db


def listed(client, **asked: str) -> str:
    return client.get(reverse("desk:invoices"), asked).content.decode()


def page(client, invoice: Invoice) -> str:
    return client.get(reverse("desk:invoice", args=[invoice.pk])).content.decode()


def link(invoice: Invoice) -> str:
    return reverse("desk:invoice", args=[invoice.pk])


def test_the_list_is_what_its_address_says():
    client = signed_in()
    paid_late, draft = make_issued_invoice(net="279.16"), make_approved_invoice()
    make_issued_invoice(issue_date=dt.date(2026, 6, 1))

    with clock.stopped_at(dt.datetime(2026, 6, 2, 12, tzinfo=dt.UTC)):
        late = listed(client, state="overdue")

    assert link(paid_late) in late
    assert late.count('href="/invoices/inv_') == 1
    assert link(draft) in listed(client, state="approved")
    assert link(paid_late) in listed(client, q="334,99")
    assert link(paid_late) not in listed(client, since="2026-05-01", until="2026-06-01")
    assert link(paid_late) not in listed(client, kind="credit_note")
    account = public_id("ba", paid_late.account_id)
    assert listed(client, account=account).count('href="/invoices/inv_') == 1


def test_the_list_sums_up_what_it_shows():
    client = signed_in()
    make_issued_invoice()
    make_approved_invoice()

    assert "2 documents · €240.00 in all, €120.00 still due" in words(listed(client))


def test_a_list_in_french_writes_amounts_in_french():
    client = signed_in(language="fr")
    make_issued_invoice(net="1000")

    assert "1 document · 1\u202f200,00\u00a0€ au total, 1\u202f200,00\u00a0€ restant dus" in words(
        listed(client)
    )


def test_a_wrong_address_is_answered_by_the_whole_list():
    client = signed_in()
    invoice = make_issued_invoice()

    assert link(invoice) in listed(client, state="?", since="never", sort="secret", page="-1", entity="X")


def test_an_empty_list_teaches_whoever_may_bill():
    assert reverse("desk:new_run") in listed(signed_in())


def test_a_document_shows_its_amounts_parties_and_lines():
    text = page(signed_in(), make_issued_invoice())

    for amount in ("100.00", "20.00", "120.00"):
        assert f'<data class="money" value="{amount}">' in text
    assert "Prestation" in text
    assert "SIREN 732829320" in text


def test_a_document_shows_what_is_taken_off_the_whole_of_it():
    account = make_account(legal_entity=seller())
    make_charge(account=account)
    terms = {
        "percent": Decimal(10),
        "currency": "EUR",
        "reason": "Fidélité",
        "valid_from": dt.date(2026, 1, 1),
    }
    DocumentDiscount.objects.create(account=account, **terms)
    bill(account.legal_entity)

    text = page(signed_in(), Invoice.objects.get())

    for amount in ("-10.00", "90.00", "18.00", "108.00"):
        assert f'<data class="money" value="{amount}"' in text
    assert "Fidélité, 10" in text


def test_an_open_invoice_leads_to_its_payment():
    invoice = make_issued_invoice()
    account, reference = public_id("ba", invoice.account_id), public_id("inv", invoice.pk)

    address = f"{reverse('desk:new_payment')}?account={account}&amp;invoice={reference}"

    assert address in page(signed_in(), invoice)


def test_a_credit_note_is_laid_on_what_it_corrects():
    client = signed_in()
    invoice = make_issued_invoice()
    note = make_credit_note(invoice)

    client.post(reverse("desk:use_credit_note", args=[note.pk]))

    invoice.refresh_from_db()
    assert invoice.settled_minor == 12_000
    assert "Used up" in page(client, note)


@pytest.fixture
def installed():
    """The chart, the taxes and a product to sell."""
    install_chart()
    install_taxes()
    return make_product()


def typed(product, account: str, *prices: str, **other: str) -> dict[str, str]:
    said = {"account": account, "issue_date": "2026-01-31", "do": "draft"}
    for number, price in enumerate(prices):
        line = {"product": product.pk, "label": f"Lot {number + 1}", "quantity": "1", "unit_price": price}
        said |= {f"line-{number}-{name}": str(value) for name, value in line.items()}
    return said | {"line-TOTAL_FORMS": str(len(prices)), "line-INITIAL_FORMS": "0"} | other


def test_an_invoice_by_hand_is_drafted_then_issued(installed):
    client = signed_in()
    account = make_account()
    prices = ("68,33", "68,33", "57,50", "85,00")

    answer = client.post(reverse("desk:new_invoice"), typed(installed, account.reference, *prices))

    draft = Invoice.objects.get()
    assert answer.headers["Location"] == link(draft)
    assert (draft.state, draft.net_minor, draft.tax_minor, draft.gross_minor) == (
        "approved",
        27_916,
        5_583,
        33_499,
    )
    client.post(reverse("desk:issue_invoice", args=[draft.pk]))
    draft.refresh_from_db()
    assert (draft.state, draft.issue_date) == ("issued", dt.date(2026, 1, 31))


def test_a_draft_by_hand_is_thrown_away_with_its_lines(installed):
    client = signed_in()
    client.post(reverse("desk:new_invoice"), typed(installed, make_account().reference, "10"))
    draft = Invoice.objects.get()

    client.post(reverse("desk:discard_invoice", args=[draft.pk]))

    draft.refresh_from_db()
    assert draft.state == "cancelled"
    assert reverse("desk:issue_invoice", args=[draft.pk]) not in page(client, draft)


def test_one_more_line_keeps_what_was_typed(installed):
    said = typed(installed, "B1", "10,50", do="more")

    text = signed_in().post(reverse("desk:new_invoice"), said).content.decode()

    assert 'value="10,50"' in text
    assert 'name="line-1-label"' in text
    assert "This field is required" not in text


def test_an_unknown_account_is_said_beside_its_field(installed):
    said = typed(installed, "nobody", "10")

    text = signed_in().post(reverse("desk:new_invoice"), said).content.decode()

    assert "No account or customer has this reference." in text
    assert not Invoice.objects.exists()


def test_a_draft_of_a_mass_run_is_not_issued_alone():
    client = signed_in()
    draft = make_approved_invoice(make_account(legal_entity=make_entity()))

    answer = client.post(reverse("desk:issue_invoice", args=[draft.pk]))

    assert answer.status_code == 404
    assert reverse("desk:issue_invoice", args=[draft.pk]) not in page(client, draft)


def test_a_draft_has_a_preview_and_an_issued_invoice_waits_for_its_document():
    client = signed_in()
    draft, issued = make_approved_invoice(), make_issued_invoice()

    preview = client.get(reverse("desk:invoice_pdf", args=[draft.pk]))

    assert (preview.headers["Content-Type"], preview.content[:5]) == ("application/pdf", b"%PDF-")
    assert client.get(reverse("desk:invoice_pdf", args=[issued.pk])).status_code == 404
    assert "The document is being made" in page(client, issued)


def page_image(client, invoice: Invoice, number: int):
    return client.get(reverse("desk:invoice_page", args=[invoice.pk, number]))


def test_a_draft_is_shown_page_by_page_as_images():
    client = signed_in()
    draft = make_approved_invoice()

    text, image = page(client, draft), page_image(client, draft, 1)

    assert f'<img src="{reverse("desk:invoice_page", args=[draft.pk, 1])}" width="1200" height="1697"' in text
    assert "Page 1 of 1" in text
    assert (image.headers["Content-Type"], image.content[:4]) == ("image/png", b"\x89PNG")
    assert image.headers["Cache-Control"] == "private, no-cache"
    assert page_image(client, draft, 2).status_code == 404
    assert page_image(client, draft, 0).status_code == 404


def test_an_archived_file_that_is_missing_is_told_and_hides_nothing_else(settings, tmp_path):
    settings.ARCHIVE_DIR = tmp_path
    client = signed_in()
    invoice = make_document().invoice

    text = page(client, invoice)

    assert "The archived file is missing." in text
    assert "Prestation" in text


def make_delivery(**fields) -> Delivery:
    made = Delivery.objects.create(document=make_document(), address="compta@client.example")
    Delivery.objects.filter(pk=made.pk).update(**fields)
    return made


def test_a_delivery_that_failed_says_why_and_is_sent_again():
    failed = make_delivery(state="failed", error="550 No such user", attempts=8)
    invoice = failed.document.invoice
    client = signed_in()
    assert "Could not be sent to compta@client.example: 550 No such user" in page(client, invoice)

    answer = client.post(reverse("desk:send_again", args=[invoice.pk]))

    failed.refresh_from_db()
    assert (failed.state, failed.attempts, answer.headers["Location"]) == ("queued", 0, link(invoice))
    assert "Could not be sent" not in page(client, invoice)


def test_who_may_not_issue_reads_why_and_has_no_button():
    invoice = make_delivery(state="failed", error="550 No such user").document.invoice
    client = signed_in("credit")

    assert "550 No such user" in page(client, invoice)
    assert reverse("desk:send_again", args=[invoice.pk]) not in page(client, invoice)
    assert client.post(reverse("desk:send_again", args=[invoice.pk])).status_code == 403


def test_an_account_without_address_is_told_on_its_issued_invoice():
    client = signed_in()
    account = make_account(identity=make_identity(email=""))
    invoice = make_document(make_issued_invoice(account)).invoice
    assert "has no e-mail address" in words(page(client, invoice))
    assert "has no e-mail address" not in words(page(client, make_issued_invoice()))

    Recipient.objects.create(account=invoice.account, address="compta@client.example")

    assert "has no e-mail address" not in words(page(client, invoice))
