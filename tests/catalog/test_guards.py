"""Offers and prices under attack by raw SQL."""

import pytest

from encaisse.catalog.models import OfferInclusion
from tests.guards import Attack, assert_guarded, copied
from tests.makers import make_price

NEW = {"valid_from": "2031-01-01"}
PRICE, TIER = "catalog_priceversion", "catalog_pricetier"
ATTACKS = [
    Attack(
        "product_keeps_its_first_account",
        "UPDATE catalog_product SET revenue_account = '707' WHERE id = (SELECT product_id FROM catalog_offer LIMIT 1)",
    ),
    Attack("offer_period_is_positive", "UPDATE catalog_offer SET period_count = 0 WHERE id = %(offer)s"),
    Attack("offer_counts_iff_usage", "UPDATE catalog_offer SET kind = 'usage' WHERE id = %(offer)s"),
    Attack("offer_counts_iff_usage", "UPDATE catalog_offer SET meter = 'sms' WHERE id = %(offer)s"),
    Attack("inclusion_once_per_offer", copied("catalog_offerinclusion", "inclusion", position=2)),
    Attack(
        "inclusion_position_once_per_offer",
        copied("catalog_offerinclusion", "inclusion"),
        also=("inclusion_once_per_offer",),
    ),
    Attack(
        "inclusion_quantity_is_positive",
        "UPDATE catalog_offerinclusion SET quantity = 0 WHERE id = %(inclusion)s",
    ),
    Attack(
        "inclusion_is_of_another_offer",
        "UPDATE catalog_offerinclusion SET included_id = offer_id WHERE id = %(inclusion)s",
    ),
    Attack("price_once_per_day", copied(PRICE, "price")),
    Attack("price_ends_after_it_begins", copied(PRICE, "price", **NEW, valid_to="2031-01-01")),
    Attack("price_not_negative", copied(PRICE, "price", **NEW, unit_price=-1)),
    Attack("price_not_negative", copied(PRICE, "price", **NEW, unit_price=None)),
    Attack("price_has_a_size_iff_package", copied(PRICE, "price", **NEW, model="package")),
    Attack("price_has_a_size_iff_package", copied(PRICE, "price", **NEW, package_size=10)),
    Attack("price_takes_a_share_iff_percentage", copied(PRICE, "share", **NEW, percent=100.1)),
    Attack("price_takes_a_share_iff_percentage", copied(PRICE, "price", **NEW, minimum_per_transaction=1)),
    Attack(
        "price_bounds_leave_room",
        copied(PRICE, "share", **NEW, minimum_per_transaction=2, maximum_per_transaction=1),
    ),
    Attack("price_bounds_leave_room", copied(PRICE, "share", **NEW, fixed_amount=-1)),
    Attack("price_minimum_not_negative", copied(PRICE, "price", **NEW, period_minimum=-1)),
    Attack("price_never_changes", f"UPDATE {PRICE} SET unit_price = 1 WHERE id = %(price)s"),
    Attack("price_ends_once", f"UPDATE {PRICE} SET valid_to = '2032-01-01' WHERE id = %(share)s"),
    Attack("price_has_its_tiers", copied(PRICE, "tiered", **NEW)),
    Attack("tier_belongs_to_its_price", copied(TIER, "tier", position=3)),
    Attack("tier_belongs_to_its_price", copied(TIER, "tier", position=0, up_to=10)),
    Attack(
        "tier_belongs_to_its_price",
        f"INSERT INTO {TIER} (price_version_id, position, unit_price) VALUES (%(price)s, 1, 1)",
    ),
    Attack("tier_position_once_per_price", copied(TIER, "tier"), also=("tier_belongs_to_its_price",)),
    Attack(
        "tier_price_not_negative",
        copied(TIER, "tier", position=3, unit_price=-1),
        also=("tier_belongs_to_its_price",),
    ),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """An offer that includes another, at a price by unit, a share, and tiers."""
    price = make_price()
    share = make_price(model="percentage", unit_price=None, percent=1, fixed_amount=0, valid_to="2031-06-01")
    tiered = make_price(model="graduated", tiers=[(100, "0.50"), (None, "0.40")])
    inclusion = OfferInclusion.objects.create(offer=price.offer, included=share.offer, position=1)
    return {
        "offer": price.offer_id,
        "inclusion": inclusion.pk,
        "price": price.pk,
        "share": share.pk,
        "tiered": tiered.pk,
        "tier": tiered.tiers.get(position=1).pk,
    }
