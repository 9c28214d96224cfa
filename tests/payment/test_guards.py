"""Payments under attack by raw SQL."""

import pytest

from tests.guards import Attack, assert_guarded, copied
from tests.makers import make_account, make_payment

BOOKED = """
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, payment_id)
    SELECT legal_entity_id, 'BQ', kind, received_on, id
      FROM payment_payment, unnest(ARRAY['payment', 'payment_return']) kind
     WHERE id = currval('payment_payment_id_seq');
    INSERT INTO ledger_posting (entry_id, account_id, amount_minor)
    SELECT e.id, a.id, 0 FROM ledger_entry e, ledger_account a
     WHERE e.payment_id = currval('payment_payment_id_seq') AND a.code IN ('411', '512');
"""
RETURNED = """
    UPDATE payment_payment SET state = 'returned' WHERE id = %(payment)s;
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, payment_id)
    SELECT legal_entity_id, 'BQ', 'payment_return', received_on, id FROM payment_payment WHERE id = %(payment)s;
    INSERT INTO ledger_posting (entry_id, account_id, amount_minor)
    SELECT currval('ledger_entry_id_seq'), id, 0 FROM ledger_account WHERE code IN ('411', '512');
"""
ATTACKS = [
    Attack(
        "payment_payment_begins",
        copied("payment_payment", "payment", origin_key=None, state="returned") + BOOKED,
    ),
    Attack(
        "payment_payment_transitions",
        RETURNED + "UPDATE payment_payment SET state = 'received' WHERE id = %(payment)s",
    ),
    Attack("payment_payment_never_goes", "DELETE FROM payment_payment WHERE id = %(payment)s"),
    Attack(
        "payment_payment_never_goes_rekeyed",
        "UPDATE payment_payment SET id = id + 1000 WHERE id = %(payment)s",
        also=("payment_frozen_once_received",),
        refused_by="payment_payment_never_goes",
    ),
    Attack(
        "payment_payment_never_goes_whole",
        "TRUNCATE payment_payment CASCADE",
        also=(
            "allocation_allocation_append_only_whole",
            "deposit_movement_append_only_whole",
            "takeover_credit_append_only_whole",
            "takeover_settlement_append_only_whole",
        ),
        refused_by="payment_payment_never_goes",
        role="encaisse_owner",
    ),
    Attack(
        "payment_frozen_once_received",
        "UPDATE payment_payment SET amount_minor = 1, acc_amount_minor = 1 WHERE id = %(payment)s",
    ),
    Attack("payment_frozen_once_received", "UPDATE payment_payment SET account_id = %(other)s"),
    Attack(
        "payment_amount_is_positive",
        copied("payment_payment", "payment", origin_key=None, amount_minor=-1, acc_amount_minor=-1) + BOOKED,
        also=("payment_allocated_within_amount",),
    ),
    Attack(
        "payment_same_currency_has_rate_one",
        copied("payment_payment", "payment", origin_key=None, acc_amount_minor=1) + BOOKED,
    ),
    Attack(
        "payment_names_its_rate_when_converted",
        copied("payment_payment", "payment", origin_key=None, accounting_currency="MAD", rate=2) + BOOKED,
    ),
    Attack(
        "payment_payment_origin_key_key",
        copied("payment_payment", "payment") + BOOKED,
    ),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """A payment of a known origin, and an account that has nothing to do with it."""
    return {"payment": make_payment(origin_key="statement 7, row 1").pk, "other": make_account().pk}
