"""Recording money, once, and marking what did not stay."""

import pytest

from encaisse.allocation.operations import allocate
from encaisse.currency.errors import NoRateRecorded
from encaisse.flows.return_payment import return_payment
from encaisse.kernel.errors import NotFound
from encaisse.kernel.models import Event
from encaisse.ledger.operations import install_chart
from encaisse.party.models import BillingAccount
from encaisse.payment.errors import (
    AmountNotPositive,
    NotInTheAccountsCurrency,
    OriginKeyReused,
    PaymentReturned,
    PaymentStillAllocated,
    UnknownMethod,
)
from encaisse.payment.models import Payment
from encaisse.payment.operations import Recorded, mark_returned, record
from tests.makers import CLERK, MARCH, make_account, make_entity, make_issued_invoice, make_payment

pytestmark = pytest.mark.django_db


def test_a_payment_says_what_was_received_and_who_recorded_it() -> None:
    account = make_account()

    payment = make_payment(account, 33_499, method="cheque", reference="CHQ 0012")

    assert (payment.account_id, payment.legal_entity_id) == (account.pk, account.legal_entity_id)
    assert (payment.amount_minor, payment.acc_amount_minor, payment.allocated_minor) == (33_499, 33_499, 0)
    assert (payment.method, payment.reference, payment.received_on) == ("cheque", "CHQ 0012", MARCH)
    assert (payment.state, payment.actor_label) == ("received", "Camille")
    assert Event.objects.get(kind="payment", first_id=payment.pk).topic == "payment.recorded"


def test_the_same_origin_is_the_same_payment() -> None:
    payment = make_payment(origin_key="statement 7, row 1")

    again = record(actor=CLERK, **_receipt(account_id=payment.account_id, origin_key="statement 7, row 1"))

    assert again == Recorded(payment.pk, is_new=False)
    assert Payment.objects.count() == 1


def test_the_same_origin_with_another_amount_is_refused() -> None:
    payment = make_payment(origin_key="statement 7, row 1")

    with pytest.raises(OriginKeyReused) as refusal:
        record(
            actor=CLERK,
            **_receipt(account_id=payment.account_id, origin_key="statement 7, row 1", amount_minor=1),
        )

    assert refusal.value.payment_id == payment.pk


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount_minor": 0}, AmountNotPositive(0)),
        ({"amount_minor": -5}, AmountNotPositive(-5)),
        ({"method": "gold"}, UnknownMethod("gold")),
        ({"currency": "USD"}, NotInTheAccountsCurrency("EUR", "USD")),
        ({"account_id": 999_999}, NotFound("billing_account")),
    ],
)
def test_what_makes_no_sense_is_refused(changes: dict[str, object], refusal: Exception) -> None:
    account = make_account()

    with pytest.raises(type(refusal)) as refused:
        record(actor=CLERK, **_receipt(account_id=account.pk) | changes)

    assert refused.value == refusal
    assert not Payment.objects.exists()


def test_an_account_in_another_currency_than_its_books_waits_for_a_rate() -> None:
    account = make_account(legal_entity=make_entity(currency="EUR"), currency="MAD")

    with pytest.raises(NoRateRecorded) as refused:
        record(actor=CLERK, **_receipt(account_id=account.pk, currency="MAD"))

    assert refused.value == NoRateRecorded("MAD", "EUR", MARCH)


def test_a_withdrawn_account_takes_no_payment() -> None:
    account = make_account()
    BillingAccount.objects.filter(pk=account.pk).update(state="withdrawn")

    with pytest.raises(NotFound):
        record(actor=CLERK, **_receipt(account_id=account.pk))


def test_a_payment_is_returned_once() -> None:
    payment = make_payment()
    return_payment(payment.pk, returned_on=MARCH, actor=CLERK)

    with pytest.raises(PaymentReturned):
        mark_returned(payment.pk, actor=CLERK)


def test_a_payment_that_still_settles_something_is_not_returned() -> None:
    payment = make_payment()
    make_issued_invoice(payment.account)
    allocate(payment.pk, actor=CLERK)

    with pytest.raises(PaymentStillAllocated) as refused:
        mark_returned(payment.pk, actor=CLERK)

    assert refused.value == PaymentStillAllocated(payment.pk, 12_000)


def _receipt(**changes: object) -> dict[str, object]:
    install_chart()
    receipt = {"method": "transfer", "amount_minor": 12_000, "currency": "EUR", "received_on": MARCH}
    return receipt | {"reference": "VIR 1"} | changes
