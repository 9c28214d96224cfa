"""A person lays money on invoices by hand."""

import pytest

from encaisse.allocation.errors import MoreThanOpen, NothingToAllocate
from encaisse.allocation.models import Allocation
from encaisse.allocation.rules import Share
from encaisse.flows.books import check
from encaisse.flows.settle import settle_with_credit_note, settle_with_payment, take_back
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Level
from tests.makers import (
    make_account,
    make_credit_note,
    make_issued_invoice,
    make_payment,
    make_rep,
    make_scope,
)

pytestmark = pytest.mark.django_db
CREDIT_CLERK = make_scope("allocate")


def test_by_hand_each_invoice_gets_what_was_said() -> None:
    account = make_account()
    first, second = make_issued_invoice(account), make_issued_invoice(account)
    payment = make_payment(account)

    shares = settle_with_payment(payment.pk, scope=CREDIT_CLERK, amounts={second.pk: 7_000, first.pk: 5_000})

    assert shares == (Share(first.pk, 5_000), Share(second.pk, 7_000))
    assert check() == []


def test_by_strategy_the_oldest_is_settled() -> None:
    invoice = make_issued_invoice()
    payment = make_payment(invoice.account)

    assert settle_with_payment(payment.pk, scope=CREDIT_CLERK) == (Share(invoice.pk, 12_000),)


def test_by_strategy_only_the_invoices_ticked_are_settled() -> None:
    account = make_account()
    _, second = make_issued_invoice(account), make_issued_invoice(account)
    payment = make_payment(account, 20_000)

    assert settle_with_payment(payment.pk, scope=CREDIT_CLERK, invoice_ids=[second.pk]) == (
        Share(second.pk, 12_000),
    )


def test_with_nothing_to_lay_the_person_is_told() -> None:
    payment = make_payment()
    note = make_credit_note(make_issued_invoice())
    settle_with_credit_note(note.pk, scope=CREDIT_CLERK)

    for attempt in (
        lambda: settle_with_payment(payment.pk, scope=CREDIT_CLERK),
        lambda: settle_with_payment(payment.pk, scope=CREDIT_CLERK, amounts={}),
        lambda: settle_with_credit_note(note.pk, scope=CREDIT_CLERK),
    ):
        with pytest.raises(NothingToAllocate):
            attempt()


def test_a_credit_note_is_laid_by_hand_up_to_what_is_open() -> None:
    account = make_account()
    credited, other = make_issued_invoice(account), make_issued_invoice(account, net="10")
    note = make_credit_note(credited)

    with pytest.raises(MoreThanOpen):
        settle_with_credit_note(note.pk, scope=CREDIT_CLERK, amounts={other.pk: 1_201})
    assert settle_with_credit_note(note.pk, scope=CREDIT_CLERK, amounts={other.pk: 1_200}) == (
        Share(other.pk, 1_200),
    )
    assert check() == []


def test_what_was_laid_is_taken_back() -> None:
    invoice = make_issued_invoice()
    settle_with_payment(make_payment(invoice.account).pk, scope=CREDIT_CLERK)

    take_back(Allocation.objects.get().pk, scope=CREDIT_CLERK)

    invoice.refresh_from_db()
    assert invoice.settled_minor == 0
    assert check() == []


def test_nobody_touches_what_they_may_not_see_or_not_allocate() -> None:
    invoice = make_issued_invoice()
    payment, note = make_payment(invoice.account), make_credit_note(invoice)
    settle_with_payment(payment.pk, scope=CREDIT_CLERK)
    made = Allocation.objects.get()
    blind = make_scope("allocate", level=Level.OWN, rep_id=make_rep().pk)

    for scope, refusal in ((make_scope("bill"), NotPermitted), (blind, NotFound)):
        with pytest.raises(refusal):
            settle_with_payment(payment.pk, scope=scope)
        with pytest.raises(refusal):
            settle_with_credit_note(note.pk, scope=scope)
        with pytest.raises(refusal):
            take_back(made.pk, scope=scope)
    assert Allocation.objects.count() == 1
