"""Money in and money back, as stories."""

import datetime as dt

import pytest

from encaisse.allocation.errors import InvoiceNotOpen
from encaisse.flows.books import check
from encaisse.flows.return_payment import return_payment
from encaisse.flows.take_payment import take_payment
from encaisse.invoice.models import Invoice
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Level
from encaisse.ledger.models import Entry
from encaisse.ledger.operations import install_chart
from encaisse.payment.errors import PaymentReturned
from encaisse.payment.models import Payment
from tests.makers import CLERK, MARCH, make_account, make_issued_invoice, make_rep, make_scope

pytestmark = pytest.mark.django_db


def test_a_transfer_without_a_word_settles_the_oldest_and_leaves_the_rest() -> None:
    account = make_account()
    first, second = make_issued_invoice(account), make_issued_invoice(account, net="200")

    payment_id = take_payment(actor=CLERK, **_receipt(account.pk, 30_000))

    assert _settled(first, second) == [12_000, 18_000]
    assert Entry.objects.filter(payment_id=payment_id).count() == 1
    assert check() == []


def test_a_payer_who_names_an_invoice_settles_that_one_and_no_other() -> None:
    account = make_account()
    first, second = make_issued_invoice(account), make_issued_invoice(account, net="200")

    payment_id = take_payment(actor=CLERK, invoice_ids=[second.pk], **_receipt(account.pk, 30_000))

    assert _settled(first, second) == [0, 24_000]
    assert Payment.objects.get(pk=payment_id).allocated_minor == 24_000
    assert check() == []


def test_a_payer_who_names_anothers_invoice_is_refused_and_nothing_is_recorded() -> None:
    account, other = make_account(), make_issued_invoice()

    with pytest.raises(InvoiceNotOpen):
        take_payment(actor=CLERK, invoice_ids=[other.pk], **_receipt(account.pk))

    assert not Payment.objects.exists()


def test_money_before_any_invoice_waits_on_the_account() -> None:
    account = make_account()

    payment_id = take_payment(actor=CLERK, **_receipt(account.pk))

    assert Payment.objects.get(pk=payment_id).allocated_minor == 0
    assert check() == []


def test_a_receipt_told_twice_is_taken_once() -> None:
    invoice = make_issued_invoice(net="200")
    receipt = _receipt(invoice.account_id) | {"origin_key": "statement 7, row 1"}

    first = take_payment(actor=CLERK, **receipt)

    assert take_payment(actor=CLERK, **receipt) == first
    assert _settled(invoice) == [12_000]
    assert Entry.objects.filter(kind="payment").count() == 1


def test_a_returned_cheque_opens_its_invoices_again() -> None:
    account = make_account()
    first, second = make_issued_invoice(account), make_issued_invoice(account)
    payment_id = take_payment(actor=CLERK, **_receipt(account.pk, 20_000, method="cheque"))

    assert return_payment(payment_id, returned_on=dt.date(2026, 4, 7), actor=CLERK) == 2

    assert _settled(first, second) == [0, 0]
    assert Payment.objects.get(pk=payment_id).state == "returned"
    assert check() == []
    with pytest.raises(PaymentReturned):
        return_payment(payment_id, returned_on=dt.date(2026, 4, 8), actor=CLERK)


def test_a_person_takes_and_returns_money_of_visible_accounts_only() -> None:
    account = make_account()
    blind = make_scope("record_payment", level=Level.OWN, rep_id=make_rep().pk)
    payment_id = take_payment(actor=CLERK, scope=make_scope("record_payment"), **_receipt(account.pk))

    with pytest.raises(NotPermitted):
        take_payment(actor=CLERK, scope=make_scope(), **_receipt(account.pk))
    with pytest.raises(NotFound):
        take_payment(actor=CLERK, scope=blind, **_receipt(account.pk))
    with pytest.raises(NotPermitted):
        return_payment(payment_id, returned_on=MARCH, actor=CLERK, scope=make_scope())
    with pytest.raises(NotFound):
        return_payment(payment_id, returned_on=MARCH, actor=CLERK, scope=blind)
    assert Payment.objects.filter(state="received").count() == 1


def _receipt(account_id: int, amount_minor: int = 12_000, method: str = "transfer") -> dict[str, object]:
    install_chart()
    return {
        "account_id": account_id,
        "method": method,
        "amount_minor": amount_minor,
        "currency": "EUR",
        "received_on": MARCH,
        "reference": "VIR 1",
    }


def _settled(*invoices: Invoice) -> list[int]:
    return [Invoice.objects.get(pk=invoice.pk).settled_minor for invoice in invoices]
