"""Payments on the desk: recorded, laid on invoices, taken back, returned."""

import datetime as dt

import pytest
from django.urls import reverse

from encaisse.kernel.references import public_id
from encaisse.ledger.operations import install_chart
from encaisse.payment.models import Payment
from tests.desk.signed_in import signed_in, words
from tests.makers import make_account, make_issued_invoice, make_payment

pytestmark = pytest.mark.django_db


def typed(**said: object) -> dict[str, object]:
    return {
        "amount": "120,00",
        "method": "transfer",
        "received_on": "2026-03-31",
        "reference": "VIR 1",
    } | said


def page(client, payment: Payment) -> str:
    return client.get(reverse("desk:payment", args=[payment.pk])).content.decode()


def settled(*invoices) -> list[int]:
    for invoice in invoices:
        invoice.refresh_from_db()
    return [invoice.settled_minor for invoice in invoices]


@pytest.mark.parametrize("reference", ["account", "customer", "invoice"])
def test_a_payment_is_recorded_by_any_reference_and_settles_the_oldest(reference):
    client = signed_in()
    account = make_account()
    old, new = make_issued_invoice(account), make_issued_invoice(account, issue_date=dt.date(2026, 2, 1))
    named = {"account": account.reference, "customer": account.customer.reference, "invoice": new.number}

    answer = client.post(reverse("desk:new_payment"), typed(account=named[reference]))

    payment = Payment.objects.get()
    assert answer.headers["Location"] == reverse("desk:payment", args=[payment.pk])
    assert (payment.amount_minor, payment.currency, payment.reference) == (12_000, "EUR", "VIR 1")
    assert settled(old, new) == [12_000, 0]


def test_a_payment_settles_the_invoices_that_the_payer_named():
    client = signed_in()
    account = make_account()
    old, new = make_issued_invoice(account), make_issued_invoice(account, issue_date=dt.date(2026, 2, 1))
    address = f"{reverse('desk:new_payment')}?account={public_id('ba', account.pk)}"
    ticked = public_id("inv", new.pk)

    form = client.get(f"{address}&invoice={ticked}").content.decode()
    client.post(address, typed(account=account.reference, invoices=[ticked]))

    assert f'value="{ticked}"' in form
    assert form.count("checked") == 1
    assert settled(old, new) == [0, 12_000]


@pytest.mark.parametrize(
    ("amount", "said"),
    [
        ("douze", "Type a number, such as 1 234,50."),
        ("12,345", "EUR has 2 decimals."),
        ("0", "An amount received is more than zero."),
    ],
)
def test_a_wrong_amount_is_said_beside_its_field(amount, said):
    install_chart()

    text = signed_in().post(
        reverse("desk:new_payment"), typed(account=make_account().reference, amount=amount)
    )

    assert said in text.content.decode()
    assert f'value="{amount}"' in text.content.decode()
    assert not Payment.objects.exists()


def test_what_is_left_is_laid_on_the_invoices_ticked():
    client = signed_in()
    account = make_account()
    old, new = make_issued_invoice(account), make_issued_invoice(account, issue_date=dt.date(2026, 2, 1))
    payment = make_payment(account, 15_000)

    client.post(reverse("desk:allocate_payment", args=[payment.pk]), {"invoice": [public_id("inv", new.pk)]})
    assert settled(old, new) == [0, 12_000]
    client.post(reverse("desk:allocate_payment", args=[payment.pk]))

    assert settled(old, new) == [3_000, 12_000]
    assert "Allocated" in page(client, payment)


def test_allocations_ticked_are_taken_back():
    client = signed_in()
    invoice = make_issued_invoice()
    payment = make_payment(invoice.account)
    client.post(reverse("desk:allocate_payment", args=[payment.pk]))

    client.post(
        reverse("desk:take_back_payment", args=[payment.pk]), {"id": [payment.allocations.get().pk, "x"]}
    )

    assert settled(invoice) == [0]
    assert "Nothing settled yet" in page(client, payment)


def test_a_returned_payment_opens_its_invoices_again():
    client = signed_in()
    invoice = make_issued_invoice()
    payment = make_payment(invoice.account)
    client.post(reverse("desk:allocate_payment", args=[payment.pk]))

    client.post(reverse("desk:return_payment", args=[payment.pk]))

    payment.refresh_from_db()
    assert (payment.state, settled(invoice)) == ("returned", [0])
    assert reverse("desk:return_payment", args=[payment.pk]) not in page(client, payment)


def test_the_list_is_narrowed_and_summed():
    client = signed_in()
    laid, left = make_issued_invoice(), make_payment(amount_minor=5_000, method="cheque", reference="CHQ 9")
    payment = make_payment(laid.account)
    client.post(reverse("desk:allocate_payment", args=[payment.pk]))

    text = client.get(reverse("desk:payments"), {"state": "left"}).content.decode()

    assert reverse("desk:payment", args=[left.pk]) in text
    assert reverse("desk:payment", args=[payment.pk]) not in text
    assert "€50.00 received, €50.00 to allocate" in words(text)
    assert "CHQ 9" in client.get(reverse("desk:payments"), {"method": "cheque"}).content.decode()


def test_who_may_not_allocate_is_offered_nothing_to_tick():
    payment = make_payment()

    assert 'type="checkbox"' not in page(signed_in("read_ledger"), payment)
