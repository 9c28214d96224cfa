"""Payments as people see them."""

import datetime as dt

import pytest

from encaisse.allocation.operations import allocate
from encaisse.flows.return_payment import return_payment
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Level
from encaisse.payment.models import Payment
from encaisse.payment.queries import Received, Wanted, payment, payments, received
from tests.makers import (
    CLERK,
    MARCH,
    make_account,
    make_customer,
    make_issued_invoice,
    make_payment,
    make_rep,
    make_scope,
)

pytestmark = pytest.mark.django_db
EVERYTHING = make_scope()


def test_payments_come_latest_first_with_what_is_left() -> None:
    account = make_account()
    make_issued_invoice(account)
    first = make_payment(account, 20_000)
    second = make_payment(account, 500, received_on=dt.date(2026, 4, 1))
    allocate(first.pk, actor=CLERK)

    rows, total, _ = payments(EVERYTHING)

    assert [(row.id, row.amount_minor, row.left_minor) for row in rows] == [
        (second.pk, 500, 500),
        (first.pk, 20_000, 8_000),
    ]
    assert total == 2


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(text="chq"), ["cheque"]),
        (Wanted(text="durand"), ["transfer"]),
        (Wanted(method="cash"), ["cash"]),
        (Wanted(state="returned"), ["cash"]),
        (Wanted(only_left=True), ["cheque", "transfer"]),
        (Wanted(received_from=MARCH, received_to=dt.date(2026, 4, 2)), ["cheque"]),
    ],
)
def test_a_list_keeps_what_is_wanted(wanted: Wanted, found: list[str]) -> None:
    make_payment(make_account(customer=make_customer(name="Durand")), received_on=dt.date(2026, 3, 1))
    make_payment(method="cheque", reference="CHQ 7")
    cash = make_payment(method="cash", received_on=dt.date(2026, 4, 2), reference="")
    return_payment(cash.pk, returned_on=dt.date(2026, 4, 3), actor=CLERK)

    rows, total, _ = payments(EVERYTHING, wanted, sort="-received_on")

    assert sorted(row.method for row in rows) == found
    assert total == len(found)


def test_money_that_stayed_is_summed_by_currency() -> None:
    make_payment(amount_minor=12_000)
    make_payment(amount_minor=500)
    gone = make_payment(amount_minor=999)
    return_payment(gone.pk, returned_on=MARCH, actor=CLERK)

    assert received(EVERYTHING) == [Received("EUR", 12_500, 12_500)]


def test_a_rep_sees_the_payments_of_own_customers_only() -> None:
    rep = make_rep()
    own = make_payment(make_account(customer=make_customer(rep=rep)))
    other = make_payment()
    scope = make_scope(level=Level.OWN, rep_id=rep.pk)

    assert [row.id for row in payments(scope)[0]] == [own.pk]
    assert payment(scope, own.pk).id == own.pk
    with pytest.raises(NotFound):
        payment(scope, other.pk)


def test_what_is_sorted_by_what_is_left_is_in_order() -> None:
    for amount_minor in (300, 100, 200):
        make_payment(amount_minor=amount_minor)

    rows, *_ = payments(EVERYTHING, sort="left_minor", limit=2)

    assert [row.left_minor for row in rows] == [100, 200]
    assert Payment.objects.count() == 3
