"""Allocations, and the sums that they keep, under attack by raw SQL."""

import datetime as dt

import pytest

from encaisse.allocation.models import Allocation
from encaisse.allocation.operations import allocate_by_hand
from encaisse.flows.return_payment import return_payment
from tests.guards import Attack, assert_guarded, copied
from tests.makers import (
    CLERK,
    make_account,
    make_approved_invoice,
    make_credit_note,
    make_entity,
    make_issued_invoice,
    make_payment,
)


def lay(source: str, target: str, amount: int = 100, reverses: str = "NULL") -> str:
    """SQL that lays an amount of the story's source on one of its invoices."""
    column = "credit_note_id" if source.startswith(("note", "invoice")) else "payment_id"
    return f"""
        INSERT INTO allocation_allocation ({column}, invoice_id, amount_minor, reverses_id, allocated_on, actor_kind,
                                           actor_label)
        VALUES (%({source})s, %({target})s, {amount}, {reverses}, '2026-04-01', 'user', '');
    """


FITS = {"guard": "allocation_moves_the_sums", "refused_by": "allocation_fits_its_source_and_target"}
MIRRORS = {"guard": "allocation_moves_the_sums", "refused_by": "allocation_reversal_mirrors"}
BOOKED = """
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, payment_id)
    SELECT legal_entity_id, 'BQ', 'payment', received_on, id
      FROM payment_payment WHERE id = currval('payment_payment_id_seq');
    INSERT INTO ledger_posting (entry_id, account_id, amount_minor)
    SELECT currval('ledger_entry_id_seq'), id, 0 FROM ledger_account WHERE code IN ('411', '512');
"""
DOLLARS = (
    copied("payment_payment", "payment", currency="USD", accounting_currency="USD", allocated_minor=0)
    + BOOKED
)
ATTACKS = [
    Attack(sql=lay("payment", "draft"), **FITS),
    Attack(sql=lay("payment", "note"), **FITS),
    Attack(sql=lay("payment", "elsewhere"), **FITS),
    Attack(sql=lay("returned", "invoice"), **FITS),
    Attack(sql=lay("invoice", "small"), **FITS),
    Attack(sql=lay("note", "elsewhere"), **FITS),
    Attack(
        sql=DOLLARS + lay("payment", "invoice").replace("%(payment)s", "currval('payment_payment_id_seq')"),
        **FITS,
    ),
    Attack(sql=lay("payment", "invoice", -2_000, "%(laid)s"), **MIRRORS),
    Attack(
        sql=lay("other_payment", "invoice", -5_000, "%(laid)s"),
        **MIRRORS,
        also=("payment_allocated_within_amount",),
    ),
    Attack(
        sql=lay("payment", "invoice", -5_000, "%(laid)s")
        + lay("payment", "invoice", -5_000, "currval('allocation_allocation_id_seq')"),
        **MIRRORS,
    ),
    Attack("invoice_settled_within_payable", lay("payment", "small", 12_001)),
    Attack("invoice_settled_within_payable", lay("note", "invoice", 12_001)),
    Attack("payment_allocated_within_amount", lay("payment", "invoice", 15_001)),
    Attack(
        "allocation_has_one_source",
        "INSERT INTO allocation_allocation (payment_id, credit_note_id, invoice_id, amount_minor, allocated_on,"
        " actor_kind, actor_label) VALUES (%(payment)s, %(note)s, %(invoice)s, 100, '2026-04-01', 'user', '')",
    ),
    Attack(
        "allocation_has_one_source",
        "INSERT INTO allocation_allocation (invoice_id, amount_minor, allocated_on, actor_kind, actor_label)"
        " VALUES (%(invoice)s, 100, '2026-04-01', 'user', '')",
    ),
    Attack("allocation_positive_unless_reversal", lay("payment", "invoice", -100)),
    Attack("allocation_positive_unless_reversal", lay("payment", "invoice", 0)),
    Attack(
        "allocation_allocation_reverses_id_key",
        lay("payment", "invoice", 5_000) + 2 * lay("payment", "invoice", -5_000, "%(laid)s"),
    ),
    Attack(
        "allocation_allocation_append_only",
        "UPDATE allocation_allocation SET amount_minor = 1 WHERE id = %(laid)s",
    ),
    Attack("allocation_allocation_append_only", "DELETE FROM allocation_allocation WHERE id = %(laid)s"),
    Attack(
        "allocation_allocation_append_only_whole",
        "TRUNCATE allocation_allocation",
        refused_by="allocation_allocation_append_only",
        role="encaisse_owner",
    ),
    Attack(
        "settled_moves_by_allocation", "UPDATE invoice_invoice SET settled_minor = 1 WHERE id = %(small)s"
    ),
    Attack(
        "allocated_moves_by_allocation",
        "UPDATE payment_payment SET allocated_minor = 1 WHERE id = %(payment)s",
    ),
    Attack(
        "settled_begins_at_zero",
        copied("invoice_invoice", "draft", settled_minor=1),
        also=("invoice_settled_only_when_issued",),
        refused_by="settled_moves_by_allocation",
    ),
    Attack(
        "allocated_begins_at_zero",
        copied("payment_payment", "payment", allocated_minor=1) + BOOKED,
        refused_by="allocated_moves_by_allocation",
    ),
    Attack(
        "payment_returned_is_not_allocated",
        "UPDATE payment_payment SET state = 'returned' WHERE id = %(payment)s",
        also=("payment_returned_with_its_entry",),
    ),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """Three invoices of 600.00, 120.00 and, credited, 240.00; a payment of 200.00 of which 50.00 is laid."""
    account = make_account()
    invoice, small = make_issued_invoice(account, net="500"), make_issued_invoice(account)
    payment, returned = make_payment(account, 20_000), make_payment(account)
    allocate_by_hand(payment.pk, {invoice.pk: 5_000}, actor=CLERK)
    return_payment(returned.pk, returned_on=dt.date(2026, 4, 1), actor=CLERK)
    return {
        "invoice": invoice.pk,
        "small": small.pk,
        "note": make_credit_note(make_issued_invoice(account)).pk,
        "draft": make_approved_invoice(account).pk,
        "elsewhere": make_issued_invoice(make_account(legal_entity=make_entity())).pk,
        "payment": payment.pk,
        "other_payment": make_payment(account, 20_000).pk,
        "returned": returned.pk,
        "laid": Allocation.objects.get().pk,
    }
