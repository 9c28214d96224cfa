"""Charges under attack by raw SQL."""

import pytest

from encaisse.billing.models import Claim, Fate
from encaisse.charge.models import Unclaimed
from tests.guards import Attack, assert_guarded, copied
from tests.makers import make_account, make_charge, make_subscription

NEXT = {"kind": "manual", "origin_key": None}
ATTACKS = [
    Attack(
        "charge_charge_append_only",
        "UPDATE charge_charge SET amount = 1, unit_price = 1 WHERE id = %(charge)s",
    ),
    Attack("charge_charge_append_only", "DELETE FROM charge_charge WHERE id = %(charge)s"),
    Attack(
        "charge_charge_append_only_whole",
        "TRUNCATE charge_charge CASCADE",
        also=("billing_claim_never_emptied",),
        refused_by="charge_charge_append_only",
        role="encaisse_owner",
    ),
    Attack("charge_charge_references", copied("charge_charge", "charge", **NEXT, account_id=9_000_000)),
    Attack("charge_charge_references", copied("charge_charge", "charge", **NEXT, product_id=9_000_000)),
    Attack("charge_amount_is_quantity_times_price", copied("charge_charge", "charge", **NEXT, amount=1)),
    Attack(
        "charge_discount_is_a_percentage", copied("charge_charge", "charge", **NEXT, discount_percent=101)
    ),
    Attack("charge_period_is_whole", copied("charge_charge", "charge", **NEXT, period_to="2026-01-01")),
    Attack(
        "charge_source_fits_its_kind", copied("charge_charge", "charge", origin_key=None, kind="recurring")
    ),
    Attack("charge_origin_once", copied("charge_charge", "charge")),
    Attack(
        "charge_once_per_item_and_period",
        2
        * """INSERT INTO charge_charge (account_id, product_id, kind, label, currency, quantity, unit_price, amount,
                                      discount_percent, period_from, period_to, billable_on, item_id)
        SELECT account_id, product_id, 'recurring', label, currency, quantity, unit_price, amount, 0,
               '2026-01-01', '2026-02-01', '2026-01-01', %(item)s FROM charge_charge WHERE id = %(charge)s;""",
    ),
    Attack(
        "charge_credited_once_per_item_and_period",
        2
        * """INSERT INTO charge_charge (account_id, product_id, kind, label, currency, quantity, unit_price, amount,
                                      discount_percent, period_from, period_to, billable_on, item_id)
        SELECT account_id, product_id, 'credit', label, currency, -quantity, unit_price, -amount, 0,
               '2026-01-01', '2026-02-01', '2026-01-01', %(item)s FROM charge_charge WHERE id = %(charge)s;""",
    ),
    Attack(
        "charge_source_fits_its_kind",
        """INSERT INTO charge_charge (account_id, product_id, kind, label, currency, quantity, unit_price, amount,
                                      discount_percent, period_from, period_to, billable_on, item_id)
        SELECT account_id, product_id, 'credit', label, currency, quantity, unit_price, amount, 0,
               '2026-01-01', '2026-02-01', '2026-01-01', %(item)s FROM charge_charge WHERE id = %(charge)s;""",
    ),
    Attack(
        "charge_minimum_once_per_item_and_period",
        2
        * """INSERT INTO charge_charge (account_id, product_id, kind, label, currency, quantity, unit_price, amount,
                                      discount_percent, period_from, period_to, billable_on, item_id)
        SELECT account_id, product_id, 'minimum', label, currency, quantity, unit_price, amount, 0,
               '2026-01-01', '2026-02-01', '2026-01-01', %(item)s FROM charge_charge WHERE id = %(charge)s;""",
    ),
    Attack(
        "charge_one_shot_once",
        2
        * """INSERT INTO charge_charge (account_id, product_id, kind, label, currency, quantity, unit_price, amount,
                                      discount_percent, billable_on, item_id)
        SELECT account_id, product_id, 'one_shot', label, currency, quantity, unit_price, amount, 0,
               '2026-01-01', %(item)s FROM charge_charge WHERE id = %(charge)s;""",
    ),
    Attack(
        "charge_discount_is_within_its_amount",
        copied("charge_charge", "charge", **NEXT, discount_amount=101),
    ),
    Attack(
        "charge_discount_is_within_its_amount",
        copied("charge_charge", "charge", **NEXT, discount_amount=-1),
    ),
    Attack(
        "charge_discount_is_within_its_amount",
        copied("charge_charge", "charge", **NEXT, discount_amount=1, discount_percent=1),
    ),
    Attack("charge_charge_references", copied("charge_charge", "charge", **NEXT, price_version_id=9_000_000)),
    Attack(
        "charge_charge_references", copied("charge_charge", "charge", **NEXT, buyer_reference_id=9_000_000)
    ),
    Attack(
        "charge_of_what_is_there",
        """UPDATE party_billingaccount SET state = 'withdrawn' WHERE id = %(other)s;
        INSERT INTO charge_charge (account_id, product_id, kind, label, currency, quantity, unit_price, amount,
                                   discount_percent, billable_on)
        SELECT %(other)s, product_id, kind, label, currency, quantity, unit_price, amount, 0, billable_on
          FROM charge_charge WHERE id = %(charge)s;""",
    ),
    Attack(
        "charge_of_what_is_there",
        """UPDATE subscription_subscription s SET state = 'withdrawn'
          FROM subscription_item i WHERE i.subscription_id = s.id AND i.id = %(item)s;
        INSERT INTO charge_charge (account_id, product_id, kind, label, currency, quantity, unit_price, amount,
                                   discount_percent, period_from, period_to, billable_on, item_id)
        SELECT account_id, product_id, 'recurring', label, currency, quantity, unit_price, amount, 0,
               '2026-01-01', '2026-02-01', '2026-01-01', %(item)s FROM charge_charge WHERE id = %(charge)s;""",
    ),
    Attack(
        "charged_account_stays",
        """UPDATE party_billingaccount a SET state = 'withdrawn'
          FROM charge_charge c WHERE c.account_id = a.id AND c.id = %(charge)s""",
    ),
    Attack(
        "charged_contract_stays",
        """INSERT INTO charge_charge (account_id, product_id, kind, label, currency, quantity, unit_price, amount,
                                   discount_percent, period_from, period_to, billable_on, item_id)
        SELECT i.account_id, product_id, 'recurring', label, currency, c.quantity, c.unit_price, amount, 0,
               '2026-01-01', '2026-02-01', '2026-01-01', i.id
          FROM charge_charge c, subscription_item i WHERE c.id = %(charge)s AND i.id = %(item)s;
        UPDATE subscription_subscription s SET state = 'withdrawn'
          FROM subscription_item i WHERE i.subscription_id = s.id AND i.id = %(item)s;""",
    ),
    Attack(
        "open_moves_by_itself",
        "INSERT INTO charge_unclaimed (account_id, charge_id) VALUES (%(other)s, 9000000)",
    ),
    Attack("open_moves_by_itself", "DELETE FROM charge_unclaimed WHERE charge_id = %(charge)s"),
    Attack("open_moves_by_itself", "UPDATE charge_unclaimed SET charge_id = 0 WHERE charge_id = %(charge)s"),
    Attack(
        "charge_reversed_once",
        2
        * """INSERT INTO charge_charge (account_id, product_id, kind, label, currency, quantity, unit_price, amount,
                                      discount_percent, billable_on, reverses_id)
        SELECT account_id, product_id, 'reversal', label, currency, -quantity, unit_price, -amount, 0,
               '2026-01-01', id FROM charge_charge WHERE id = %(charge)s;""",
    ),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.mark.django_db
def test_a_charge_is_open_until_it_is_claimed_and_when_its_claim_is_gone() -> None:
    charge = make_charge()
    opened = Unclaimed.objects.filter(account_id=charge.account_id, charge_id=charge.pk)
    assert opened.exists()  # by the trigger charge_comes_open

    claim = Claim.objects.create(charge=charge, fate=Fate.DROPPED)
    assert not opened.exists()

    claim.delete()
    assert opened.exists()  # by the trigger charge_opens_again


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """A charge of a known origin, and an item of a subscription."""
    charge = make_charge(origin_key="courier 7")

    return {"charge": charge.pk, "item": make_subscription().pk, "other": make_account().pk}
