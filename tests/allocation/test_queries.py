"""Open items, what may settle them, and how both were laid together."""

import pytest

from encaisse.allocation.models import Allocation
from encaisse.allocation.operations import allocate, allocate_credit_note, take_back
from encaisse.allocation.queries import (
    SourceRow,
    allocations_of_invoice,
    allocations_of_payment,
    open_items,
    sources,
)
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Level
from tests.makers import (
    CLERK,
    JANUARY,
    MARCH,
    make_account,
    make_approved_invoice,
    make_credit_note,
    make_issued_invoice,
    make_payment,
    make_rep,
    make_scope,
)

pytestmark = pytest.mark.django_db
EVERYTHING = make_scope()


def test_open_items_are_what_is_still_owed_oldest_first() -> None:
    account = make_account()
    paid = make_issued_invoice(account)
    partly = make_issued_invoice(account, net="200")
    whole = make_issued_invoice(account, issue_date=MARCH)
    make_approved_invoice(account)
    allocate(make_payment(account, 20_000).pk, actor=CLERK)

    items = open_items(EVERYTHING, account.pk)

    assert [(item.id, item.open_minor) for item in items] == [(partly.pk, 16_000), (whole.pk, 12_000)]
    assert paid.pk not in {item.id for item in items}


def test_sources_are_payments_and_credit_notes_with_something_left() -> None:
    account = make_account()
    invoice = make_issued_invoice(account)
    payment = make_payment(account, 15_000)
    allocate(payment.pk, actor=CLERK)
    note = make_credit_note(invoice)

    assert sources(EVERYTHING, account.pk) == [
        SourceRow("payment", payment.pk, "VIR 1", MARCH, "EUR", 15_000, 3_000),
        SourceRow("credit_note", note.pk, "A2026-000001", JANUARY, "EUR", 12_000, 12_000),
    ]


def test_both_sides_tell_the_same_allocations_and_what_was_taken_back() -> None:
    invoice = make_issued_invoice()
    payment = make_payment(invoice.account)
    allocate(payment.pk, actor=CLERK)
    take_back(Allocation.objects.get().pk, actor=CLERK)

    rows = allocations_of_invoice(EVERYTHING, invoice.pk)

    assert [(row.amount_minor, row.is_standing, row.source) for row in rows] == [
        (12_000, False, "VIR 1"),
        (-12_000, False, "VIR 1"),
    ]
    assert allocations_of_payment(EVERYTHING, payment.pk) == rows


def test_a_credit_note_tells_what_it_was_laid_on() -> None:
    invoice = make_issued_invoice()
    note = make_credit_note(invoice)
    allocate_credit_note(note.pk, actor=CLERK)

    (row,) = allocations_of_invoice(EVERYTHING, note.pk)

    assert (row.credit_note_id, row.source, row.invoice, row.is_standing) == (
        note.pk,
        note.number,
        invoice.number,
        True,
    )
    assert allocations_of_invoice(EVERYTHING, invoice.pk) == [row]


def test_a_rep_sees_nothing_of_another_reps_account() -> None:
    invoice = make_issued_invoice()
    payment = make_payment(invoice.account)
    allocate(payment.pk, actor=CLERK)
    scope = make_scope(level=Level.OWN, rep_id=make_rep().pk)

    for query in (open_items, sources):
        with pytest.raises(NotFound):
            query(scope, invoice.account_id)
    assert allocations_of_payment(scope, payment.pk) == []
    assert allocations_of_invoice(scope, invoice.pk) == []
