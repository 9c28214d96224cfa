"""Payments and credit notes laid on invoices, taken back, and laid by two hands at once."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
from django.db import connection

from encaisse.allocation.errors import InvoiceNotOpen, MoreThanLeft, NotACreditNote, TakenBack
from encaisse.allocation.models import Allocation
from encaisse.allocation.operations import (
    allocate,
    allocate_by_hand,
    allocate_credit_note,
    allocate_credit_note_by_hand,
    take_back,
    take_back_payment,
)
from encaisse.allocation.rules import Share
from encaisse.invoice.models import Invoice
from encaisse.kernel import clock
from encaisse.kernel.errors import DomainError, NotFound
from encaisse.kernel.models import Event
from encaisse.party.models import BillingAccount
from encaisse.payment.models import Payment
from tests.makers import (
    CLERK,
    JANUARY,
    MARCH,
    make_account,
    make_credit_note,
    make_issued_invoice,
    make_payment,
)


@pytest.mark.django_db
def test_oldest_first_leaves_the_rest_on_the_payment() -> None:
    account = make_account()
    late, current = _invoices(account)
    payment = make_payment(account, 42_500)

    shares = allocate(payment.pk, actor=CLERK)

    assert shares == (Share(late.pk, 12_000), Share(current.pk, 30_000))
    assert _settled(late, current) == [12_000, 30_000]
    assert _left(payment) == 500


@pytest.mark.django_db
def test_what_is_short_settles_the_oldest_in_part() -> None:
    account = make_account()
    late, current = _invoices(account)

    allocate(make_payment(account, 12_001).pk, actor=CLERK)

    assert _settled(late, current) == [12_000, 1]


@pytest.mark.django_db
def test_only_the_invoices_that_were_named_are_settled() -> None:
    account = make_account()
    late, current = _invoices(account)
    payment = make_payment(account, 42_000)

    allocate(payment.pk, actor=CLERK, invoice_ids=[current.pk])

    assert _settled(late, current) == [0, 30_000]
    assert _left(payment) == 12_000


@pytest.mark.django_db
def test_an_allocation_says_when_and_by_whom() -> None:
    account = make_account()
    _invoices(account)
    payment = make_payment(account)

    # At half past eleven in the evening of universal time, Paris is already on the next day.
    with clock.stopped_at(dt.datetime(2026, 4, 1, 23, 30, tzinfo=dt.UTC)):
        allocate(payment.pk, actor=CLERK)

    made = Allocation.objects.get()
    assert (made.allocated_on, made.actor_label) == (dt.date(2026, 4, 2), "Camille")
    assert Event.objects.filter(kind="payment", first_id=payment.pk, topic="allocation.made").count() == 1


@pytest.mark.django_db
def test_with_nothing_open_nothing_is_laid() -> None:
    payment = make_payment()

    assert allocate(payment.pk, actor=CLERK) == ()
    assert _left(payment) == 12_000


@pytest.mark.django_db
def test_neither_drafts_nor_credit_notes_nor_other_accounts_are_open_items() -> None:
    account = make_account()
    other = make_issued_invoice(make_account(legal_entity=account.legal_entity))
    note = make_credit_note(make_issued_invoice(account))
    payment = make_payment(account)

    for invoice_id in (other.pk, note.pk):
        with pytest.raises(InvoiceNotOpen):
            allocate_by_hand(payment.pk, {invoice_id: 1}, actor=CLERK)

    assert not Allocation.objects.exists()


@pytest.mark.django_db
def test_by_hand_nothing_moves_unless_all_of_it_fits() -> None:
    account = make_account()
    late, current = _invoices(account)
    payment = make_payment(account, 12_000)

    with pytest.raises(MoreThanLeft):
        allocate_by_hand(payment.pk, {late.pk: 12_000, current.pk: 1}, actor=CLERK)

    assert _settled(late, current) == [0, 0]
    assert _left(payment) == 12_000


@pytest.mark.django_db
def test_a_credit_note_closes_the_invoice_that_it_corrects() -> None:
    account = make_account()
    older, credited = _invoices(account)
    note = make_credit_note(credited)

    shares = allocate_credit_note(note.pk, actor=CLERK)

    assert shares == (Share(credited.pk, 30_000),)
    assert _settled(older, credited, note) == [0, 30_000, -30_000]


@pytest.mark.django_db
def test_the_credit_of_an_invoice_paid_in_part_stays_to_the_customer_until_laid_by_hand() -> None:
    account = make_account()
    credited, other = _invoices(account)
    allocate_by_hand(make_payment(account, 2_000).pk, {credited.pk: 2_000}, actor=CLERK)
    note = make_credit_note(credited)

    allocate_credit_note(note.pk, actor=CLERK)
    assert _settled(credited, other, note) == [12_000, 0, -10_000]

    allocate_credit_note_by_hand(note.pk, {other.pk: 2_000}, actor=CLERK)
    assert _settled(credited, other, note) == [12_000, 2_000, -12_000]


@pytest.mark.django_db
def test_the_credit_note_of_a_paid_invoice_lays_nothing_by_itself() -> None:
    account = make_account()
    paid, other = _invoices(account)
    allocate(make_payment(account).pk, actor=CLERK)
    note = make_credit_note(paid, MARCH)

    assert allocate_credit_note(note.pk, actor=CLERK) == ()
    with pytest.raises(MoreThanLeft):
        allocate_credit_note_by_hand(note.pk, {other.pk: 12_001}, actor=CLERK)


@pytest.mark.django_db
def test_an_invoice_is_no_credit_note() -> None:
    invoice = make_issued_invoice()

    with pytest.raises(NotACreditNote):
        allocate_credit_note(invoice.pk, actor=CLERK)


@pytest.mark.django_db
def test_what_is_taken_back_is_open_again_and_may_be_laid_again() -> None:
    account = make_account()
    late, _ = _invoices(account)
    payment = make_payment(account)
    allocate(payment.pk, actor=CLERK)

    take_back(Allocation.objects.get().pk, actor=CLERK)
    assert _settled(late) == [0]
    assert _left(payment) == 12_000

    allocate(payment.pk, actor=CLERK)
    assert _settled(late) == [12_000]
    assert list(Allocation.objects.order_by("pk").values_list("amount_minor", flat=True)) == [
        12_000,
        -12_000,
        12_000,
    ]


@pytest.mark.django_db
def test_a_credit_note_is_taken_back_as_well() -> None:
    invoice = make_issued_invoice()
    note = make_credit_note(invoice)
    allocate_credit_note(note.pk, actor=CLERK)

    take_back(Allocation.objects.get().pk, actor=CLERK)

    assert _settled(invoice, note) == [0, 0]


@pytest.mark.django_db
def test_nothing_is_taken_back_twice() -> None:
    account = make_account()
    _invoices(account)
    allocate(make_payment(account).pk, actor=CLERK)
    made = Allocation.objects.get()
    take_back(made.pk, actor=CLERK)

    for allocation_id in Allocation.objects.values_list("pk", flat=True):
        with pytest.raises(TakenBack):
            take_back(allocation_id, actor=CLERK)


@pytest.mark.django_db
def test_all_of_a_payment_is_taken_back_at_once() -> None:
    account = make_account()
    late, current = _invoices(account)
    payment = make_payment(account, 42_000)
    allocate(payment.pk, actor=CLERK)

    assert take_back_payment(payment.pk, actor=CLERK) == 2
    assert _settled(late, current) == [0, 0]
    assert take_back_payment(payment.pk, actor=CLERK) == 0


@pytest.mark.django_db
def test_what_does_not_exist_is_not_found() -> None:
    for attempt in (allocate, take_back, take_back_payment, allocate_credit_note):
        with pytest.raises(NotFound):
            attempt(999_999, actor=CLERK)


def test_two_hands_at_once_never_lay_more_than_there_is(fresh_database: str) -> None:
    account = make_account()
    late, current = _invoices(account)
    payment = make_payment(account, 15_000)

    laid = _at_once(
        lambda: allocate_by_hand(payment.pk, {late.pk: 10_000}, actor=CLERK),
        lambda: allocate_by_hand(payment.pk, {current.pk: 10_000}, actor=CLERK),
    )

    assert {type(outcome) for outcome in laid} == {tuple, MoreThanLeft}
    assert _left(payment) == 5_000
    assert sum(_settled(late, current)) == 10_000


def test_two_payments_at_once_settle_one_invoice_once(fresh_database: str) -> None:
    account = make_account()
    invoice = make_issued_invoice(account)
    first, second = make_payment(account, 10_000), make_payment(account, 10_000)

    _at_once(lambda: allocate(first.pk, actor=CLERK), lambda: allocate(second.pk, actor=CLERK))

    assert _settled(invoice) == [12_000]
    assert sorted([_left(first), _left(second)]) == [0, 8_000]


def _at_once(*attempts: Callable[[], object]) -> list[object]:
    """Run each on a connection of its own, all from one barrier, and return what each returned or raised."""
    barrier = threading.Barrier(len(attempts))
    outcomes: list[object] = []

    def run(attempt: Callable[[], object]) -> None:
        barrier.wait(timeout=10)
        try:
            outcomes.append(attempt())
        except DomainError as refusal:
            outcomes.append(refusal)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[attempt]) for attempt in attempts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return outcomes


def _invoices(account: BillingAccount) -> tuple[Invoice, Invoice]:
    """An invoice of 120.00 of January and one of 300.00 of March."""
    late = make_issued_invoice(account, issue_date=JANUARY)
    return late, make_issued_invoice(account, net="250", issue_date=MARCH)


def _settled(*invoices: Invoice) -> list[int]:
    return [Invoice.objects.get(pk=invoice.pk).settled_minor for invoice in invoices]


def _left(payment: Payment) -> int:
    payment.refresh_from_db()
    return payment.amount_minor - payment.allocated_minor
