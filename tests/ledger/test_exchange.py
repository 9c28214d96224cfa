"""Gains and losses by exchange under attack by raw SQL: what is laid is booked for what it is worth."""

import pytest

from encaisse.invoice.models import Invoice
from encaisse.ledger.models import Account
from tests.flows.stories import bill, seller
from tests.guards import Attack, assert_guarded
from tests.makers import MARCH, make_account, make_charge, make_payment, make_rate

LAID = """
    INSERT INTO allocation_allocation (payment_id, invoice_id, amount_minor, allocated_on, actor_kind, actor_label)
    VALUES (%(payment)s, %(invoice)s, 1000, '2026-04-01', 'user', 'Camille');
"""
BOOKED = """
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, payment_id)
    VALUES (%(entity)s, 'OD', 'exchange', '2026-04-01', %(payment)s);
    INSERT INTO ledger_posting (entry_id, account_id, billing_account_id, amount_minor)
    VALUES (currval('ledger_entry_id_seq'), %(receivable)s, %(account)s, -9),
           (currval('ledger_entry_id_seq'), %(loss)s, NULL, 9);
"""
ATTACKS = [
    Attack("exchange_booked_as_due", LAID),
    Attack("exchange_booked_as_due", BOOKED),
    Attack("laid_exchange_is_checked", LAID, refused_by="exchange_booked_as_due"),
    Attack("booked_exchange_is_checked", BOOKED, refused_by="exchange_booked_as_due"),
]


@pytest.fixture(scope="module")
def story(shared_database):
    entity = seller()
    account = make_account(legal_entity=entity, currency="MAD")
    make_rate("10.80")
    make_charge(account=account, currency="MAD")
    bill(entity)
    make_rate("12.00", valid_from=MARCH)
    payment = make_payment(account, 12000, currency="MAD")
    codes = dict(Account.objects.values_list("code", "pk"))
    return {
        "entity": entity.pk, "account": account.pk, "payment": payment.pk, "receivable": codes["411"],
        "invoice": Invoice.objects.get(account=account).pk, "loss": codes["666"],
    }  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(story, attack):
    assert_guarded(attack, story)
