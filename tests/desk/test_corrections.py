"""Corrections at the desk: a credit note seen before it is issued, its cancelling, a replacement, a duplicate."""

import datetime as dt
import re

import pytest
from django.urls import reverse

from encaisse.allocation.operations import allocate_by_hand
from encaisse.delivery.models import Delivery
from encaisse.flows.books import check
from encaisse.flows.send_documents import send_documents
from encaisse.invoice.models import Invoice
from encaisse.kernel import clock
from encaisse.party.models import Recipient
from tests.desk.signed_in import signed_in
from tests.flows.stories import FIRST_OF_FEBRUARY, bill, seller
from tests.makers import (
    CLERK,
    make_account,
    make_charge,
    make_identity,
    make_issued_invoice,
    make_payment,
    make_product,
)

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 2, 2, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def second_of_february():
    with clock.stopped_at(NOON):
        yield


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def billed(*prices: str, quantity: int = 1, **account: object) -> Invoice:
    owner = make_account(legal_entity=seller(), **account)
    for price in prices:
        make_charge(account=owner, unit_price=price, quantity=quantity, product=make_product())
    return Invoice.objects.get(run_id=bill(owner.legal_entity, FIRST_OF_FEBRUARY))


def address(name: str, invoice: Invoice) -> str:
    return reverse(f"desk:{name}", args=[invoice.pk])


def text_of(client, name: str, invoice: Invoice, **typed: str) -> str:
    found = client.post(address(name, invoice), typed) if typed else client.get(address(name, invoice))
    assert found.status_code == 200
    return found.content.decode()


def credited(client, invoice: Invoice, **typed: str):
    """See what a credit note comes to, then issue it as it was shown."""
    said = {"extent": "part", "reason": "Matériel rendu", **typed}
    seen = re.search(r'name="seen" value="(\w+)"', text_of(client, "credit_invoice", invoice, **said))
    assert seen
    return client.post(address("credit_invoice", invoice), {**said, "seen": seen[1]})


def test_a_credit_note_in_part_is_seen_then_issued():
    client = signed_in()
    invoice = billed("68.33", "68.33", "57.50", "85.00")
    first, second, *_ = invoice.lines.order_by("position")
    assert "€334.99 is left to credit" in words(text_of(client, "credit_invoice", invoice))

    answer = credited(client, invoice, **{f"quantity_{first.pk}": "1"})

    note = Invoice.objects.get(corrects=invoice)
    assert answer.headers["Location"] == address("invoice", note)
    assert (note.gross_minor, note.reason) == (-8_200, "Matériel rendu")
    left = text_of(
        client, "credit_invoice", invoice, extent="part", reason="x", **{f"amount_{second.pk}": "68,33"}
    )
    for amount in ("68.33", "13.66", "81.99", "171.00"):
        assert f'<data class="money" value="{amount}">' in left
    assert f"quantity_{first.pk}" not in left
    assert Invoice.objects.filter(kind="credit_note").count() == 1
    page = words(text_of(client, "invoice", invoice))
    assert "Credited so far €82.00 Left to credit €252.99" in page


def test_all_that_is_left_is_credited_with_its_reason():
    client = signed_in()
    invoice = billed("68.33", "68.33")
    first, _ = invoice.lines.order_by("position")
    credited(client, invoice, **{f"amount_{first.pk}": "10"})

    credited(client, invoice, extent="all", reason="Geste commercial")

    notes = Invoice.objects.filter(kind="credit_note").order_by("pk")
    assert sum(note.gross_minor for note in notes) == -invoice.gross_minor
    assert notes.last().reason == "Geste commercial"
    assert "Only an issued invoice is credited" in text_of(client, "credit_invoice", invoice)
    assert address("credit_invoice", invoice) not in text_of(client, "invoice", invoice)
    assert check() == []


def test_other_cuts_than_those_shown_are_shown_before_they_are_issued():
    client = signed_in()
    invoice = billed("10.00", "10.00")
    first, second = invoice.lines.order_by("position")
    said = {"extent": "part", "reason": "Erreur"}
    shown = text_of(client, "credit_invoice", invoice, **said, **{f"amount_{first.pk}": "5"})
    seen = re.search(r'name="seen" value="(\w+)"', shown)
    assert seen

    again = text_of(client, "credit_invoice", invoice, **said, **{f"amount_{second.pk}": "5"}, seen=seen[1])

    assert "What this credit note comes to" in again
    assert not Invoice.objects.filter(kind="credit_note").exists()


@pytest.mark.parametrize(
    ("typed", "refusal"),
    [
        ({"extent": "part"}, "Type a quantity or an amount beside a line."),
        ({"extent": "part", "quantity": "1", "amount": "5"}, "Either a quantity or an amount."),
        (
            {"extent": "part", "amount": "30.01"},
            "Of “Prestation” only 3, that is €30.00, are left to credit.",
        ),
        ({"extent": "part", "quantity": "4"}, "Of “Prestation” only 3, that is €30.00, are left to credit."),
        ({"extent": "all", "amount": "5"}, "Quantities or amounts were typed"),
        ({"extent": "all", "reason": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_credited_is_refused_in_words(typed, refusal):
    invoice = billed("10.00", quantity=3)
    line = invoice.lines.get()
    said = {
        f"{name}_{line.pk}" if name in ("quantity", "amount") else name: each for name, each in typed.items()
    }

    text = text_of(signed_in(), "credit_invoice", invoice, **{"reason": "Erreur", **said})

    assert refusal in words(text)
    assert not Invoice.objects.filter(kind="credit_note").exists()


def test_an_invoice_is_replaced_by_a_draft_that_is_corrected_then_issued():
    client = signed_in()
    invoice = billed("68.33", "57.50")
    assert address("replace_invoice", invoice) in text_of(client, "invoice", invoice)

    answer = client.post(address("replace_invoice", invoice), {"reason": "Mauvais tarif"})

    draft = Invoice.objects.get(state="approved")
    assert answer.headers["Location"] == address("edit_invoice", draft)
    form = text_of(client, "edit_invoice", draft)
    assert 'value="68.33"' in form
    assert 'value="57.50"' in form or 'value="57.5"' in form
    typed = dict(re.findall(r'name="([^"]+)"[^>]*? value="([^"]*)"', form))
    typed |= {
        f"line-{n}-product": str(line.product_id) for n, line in enumerate(draft.lines.order_by("position"))
    }
    answer = client.post(address("edit_invoice", draft), {**typed, "line-0-unit_price": "60", "do": "draft"})

    corrected = Invoice.objects.get(state="approved")
    assert answer.headers["Location"] == address("invoice", corrected)
    assert (corrected.net_minor, corrected.corrects_id, corrected.pk != draft.pk) == (
        11_750,
        invoice.pk,
        True,
    )
    client.post(address("issue_invoice", corrected))
    corrected.refresh_from_db()
    assert corrected.number == "F2026-000002"
    assert "Replaces F2026-000001" in words(text_of(client, "invoice", corrected))
    assert "Replacement" in words(text_of(client, "invoice", invoice))
    assert check() == []


def test_a_credit_note_is_cancelled_by_the_opposite_invoice():
    client = signed_in()
    invoice = billed("68.33")
    credited(client, invoice, extent="all")
    note = Invoice.objects.get(kind="credit_note")

    client.post(address("cancel_credit_note", note), {"reason": "À tort"})

    opposite = Invoice.objects.get(corrects=note)
    assert (opposite.gross_minor, opposite.settled_minor) == (8_200, 8_200)
    assert address("cancel_credit_note", note) not in text_of(client, "invoice", note)
    assert "Cancels A2026-000001" in words(text_of(client, "invoice", opposite))


def test_a_credit_note_is_laid_on_chosen_invoices():
    client = signed_in()
    account = make_account(legal_entity=seller())
    paid, other = make_issued_invoice(account), make_issued_invoice(account)
    allocate_by_hand(make_payment(account, 12_000).pk, {paid.pk: 12_000}, actor=CLERK)
    credited(client, paid, extent="all")
    note = Invoice.objects.get(kind="credit_note")
    assert address("lay_credit_note", note) in text_of(client, "invoice", note)
    assert "€120.00 is left of this credit note." in words(text_of(client, "lay_credit_note", note))

    refused = text_of(client, "lay_credit_note", note, **{f"amount_{other.pk}": "120,01"})
    answer = client.post(address("lay_credit_note", note), {f"amount_{other.pk}": "50"})

    assert "This is more than is open on the invoice." in refused
    assert answer.headers["Location"] == address("invoice", note)
    for each in (note, other):
        each.refresh_from_db()
    assert (note.settled_minor, other.settled_minor) == (-5_000, 5_000)
    assert "Nothing is open" in text_of(client, "lay_credit_note", paid)
    assert check() == []


def test_who_may_not_credit_has_no_button_and_no_page():
    invoice = billed("10.00")
    client = signed_in("bill")

    for name in ("credit_invoice", "replace_invoice", "cancel_credit_note"):
        assert address(name, invoice) not in text_of(client, "invoice", invoice)
        assert client.post(address(name, invoice)).status_code == 403


def test_a_duplicate_is_sent_and_told(outbox):
    client = signed_in()
    invoice = billed("10.00", identity=make_identity(email="compta@legoff.example"))
    send_documents(invoice.pk, invoice.pk)
    page = words(text_of(client, "invoice", invoice))
    assert "A copy that says DUPLICATA on every page goes to compta@legoff.example." in page

    client.post(address("resend_invoice", invoice))

    assert list(Delivery.objects.order_by("pk").values_list("copy", "state")) == [(0, "sent"), (1, "queued")]
    assert "Duplicate waiting to be sent to compta@legoff.example" in words(
        text_of(client, "invoice", invoice)
    )


def test_an_invoice_sent_to_nobody_has_a_button_once_there_is_a_reader(outbox):
    client = signed_in()
    invoice = billed("10.00", identity=make_identity(email=""))
    send_documents(invoice.pk, invoice.pk)
    assert address("send_invoice", invoice) not in text_of(client, "invoice", invoice)

    Recipient.objects.create(account=invoice.account, address="compta@legoff.example")
    assert address("send_invoice", invoice) in text_of(client, "invoice", invoice)
    client.post(address("send_invoice", invoice))

    assert Delivery.objects.get().state == "queued"
    assert "Sent to nobody" not in text_of(client, "invoice", invoice)
