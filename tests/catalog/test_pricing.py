"""What quantities cost by each model, worked out by hand and held to properties."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.catalog.errors import NoPriceInForce, QuantityNegative
from encaisse.catalog.rules.pricing import (
    PriceFacts,
    PriceModel,
    Pricing,
    Rated,
    Tier,
    price_in_force,
    rate,
    rate_transactions,
)

TIERS = (
    Tier(Decimal(100), Decimal("0.50")),
    Tier(Decimal(1000), Decimal("0.40")),
    Tier(None, Decimal("0.30")),
)
GRADUATED = Pricing(1, PriceModel.GRADUATED, tiers=TIERS)
VOLUME = Pricing(2, PriceModel.VOLUME, tiers=TIERS)
SHARE = Pricing(
    3,
    PriceModel.PERCENTAGE,
    percent=Decimal("1.2"),
    fixed_amount=Decimal("0.25"),
    minimum_per_transaction=Decimal("0.50"),
    maximum_per_transaction=Decimal("3.00"),
)
quantities = st.decimals(0, 1_000_000, places=6)
prices = st.decimals(0, 1000, places=6)


def per_unit(model: str = PriceModel.PER_UNIT, price: str = "9.99", **fields: Decimal) -> Pricing:
    return Pricing(4, model, unit_price=Decimal(price), **fields)


def total(rated: list[Rated]) -> Decimal:
    return sum((part.amount for part in rated), Decimal(0))


def cost(pricing: Pricing, quantity: str | Decimal) -> Decimal:
    return total(rate(pricing, Decimal(quantity)))


@st.composite
def tiered(draw: st.DrawFn) -> tuple[Tier, ...]:
    ends = sorted(draw(st.sets(st.decimals("0.000001", 100_000, places=6), max_size=5)))
    return tuple(Tier(end, draw(prices)) for end in [*ends, None])


@pytest.mark.parametrize(
    ("quantity", "graduated", "volume"),
    [
        ("0.5", "0.25", "0.25"),
        ("100", "50.00", "50.00"),
        ("100.5", "50.20", "40.20"),
        ("101", "50.40", "40.40"),
        ("1000", "410.00", "400.00"),
        ("1001", "410.30", "300.30"),
        ("1250", "485.00", "375.00"),
    ],
)
def test_tiers_price_each_part_of_a_quantity_or_all_of_it(quantity, graduated, volume):
    assert cost(GRADUATED, quantity) == Decimal(graduated)
    assert cost(VOLUME, quantity) == Decimal(volume)


def test_a_graduated_quantity_has_one_part_for_each_tier_that_it_reaches():
    assert rate(GRADUATED, Decimal(1250)) == [
        Rated(Decimal(100), Decimal("0.50"), Decimal(50), 1),
        Rated(Decimal(900), Decimal("0.40"), Decimal(360), 2),
        Rated(Decimal(250), Decimal("0.30"), Decimal(75), 3),
    ]
    assert rate(GRADUATED, Decimal(100)) == [Rated(Decimal(100), Decimal("0.50"), Decimal(50), 1)]
    assert rate(VOLUME, Decimal(101)) == [Rated(Decimal(101), Decimal("0.40"), Decimal("40.4"), 2)]


@pytest.mark.parametrize("model", list(PriceModel))
def test_nothing_used_costs_nothing_by_any_model(model):
    pricing = Pricing(5, model, Decimal(9), TIERS, package_size=Decimal(10), percent=Decimal(1))

    assert rate(pricing, Decimal(0)) == []


@pytest.mark.parametrize("pricing", [GRADUATED, VOLUME, SHARE, per_unit()])
def test_less_than_nothing_has_no_price(pricing):
    with pytest.raises(QuantityNegative):
        rate(pricing, Decimal("-0.000001"))
    with pytest.raises(QuantityNegative):
        rate_transactions(pricing, [Decimal(1), Decimal(-1)])


def test_a_percentage_is_taken_of_each_transaction_within_its_bounds():
    rated = rate_transactions(SHARE, [Decimal(10), Decimal(120), Decimal(1000)])

    assert [part.amount for part in rated] == [Decimal("0.50"), Decimal("1.69"), Decimal("3.00")]
    assert total(rated) == Decimal("5.19")
    assert all(part.quantity == 1 and part.unit_price == part.amount for part in rated)


def test_a_transaction_of_no_value_still_owes_the_minimum():
    assert total(rate_transactions(SHARE, [Decimal(0)])) == Decimal("0.50")
    assert rate_transactions(SHARE, []) == []


def test_transactions_by_another_model_are_rated_one_by_one():
    packages = per_unit(PriceModel.PACKAGE, "5", package_size=Decimal(10))

    assert total(rate_transactions(packages, [Decimal(3), Decimal(3)])) == 10
    assert cost(packages, "6") == 5


@pytest.mark.parametrize(
    ("quantity", "packages"), [("0.1", 1), ("99.999999", 1), ("100", 1), ("100.000001", 2), ("250", 3)]
)
def test_a_package_begun_is_a_package_owed(quantity, packages):
    pricing = per_unit(PriceModel.PACKAGE, "5", package_size=Decimal(100))

    assert rate(pricing, Decimal(quantity)) == [
        Rated(Decimal(packages), Decimal(5), Decimal(5 * packages), None)
    ]


def test_a_flat_price_is_the_same_whatever_the_quantity_and_one_per_unit_is_not():
    assert cost(per_unit(PriceModel.FLAT), "0.1") == cost(per_unit(PriceModel.FLAT), "7") == Decimal("9.99")
    assert cost(per_unit(), "7") == Decimal("69.93")
    assert cost(per_unit(price="0.4875"), "333") == Decimal("162.3375")


def test_amounts_are_rounded_half_up_to_six_decimals():
    assert cost(per_unit(price="0.000001"), "0.5") == Decimal("0.000001")
    assert cost(Pricing(6, PriceModel.PERCENTAGE, percent=Decimal("0.5")), "0.0001") == Decimal("0.000001")


@given(tiered(), quantities, quantities)
def test_graduated_amounts_add_up_and_never_fall(tiers, one, other):
    pricing = Pricing(7, PriceModel.GRADUATED, tiers=tiers)
    low, high = sorted((one, other))

    parts = rate(pricing, high)
    assert sum(part.quantity for part in parts) == high
    assert total(parts) >= cost(pricing, low)
    assert [part.tier for part in parts] == list(range(1, len(parts) + 1))


@given(tiered(), quantities, quantities)
def test_a_graduated_quantity_costs_its_first_part_and_what_tiers_beyond_it_add(tiers, first, more):
    """Cutting every tier at `first` gives the price of what comes after it."""
    beyond = [
        Tier(t.up_to and t.up_to - first, t.unit_price) for t in tiers if t.up_to is None or t.up_to > first
    ]

    together = cost(Pricing(8, PriceModel.GRADUATED, tiers=tiers), first + more)
    apart = cost(Pricing(8, PriceModel.GRADUATED, tiers=tiers), first)
    apart += cost(Pricing(8, PriceModel.GRADUATED, tiers=tuple(beyond)), more)
    # Each part is rounded by itself, to a millionth.
    assert abs(together - apart) <= Decimal("0.000001") * (len(tiers) + 1)


@given(tiered(), quantities)
def test_a_volume_price_is_that_of_the_one_tier_that_holds_the_quantity(tiers, quantity):
    for part in rate(Pricing(9, PriceModel.VOLUME, tiers=tiers), quantity):
        tier = tiers[part.tier - 1]
        below = tiers[part.tier - 2].up_to if part.tier > 1 else Decimal(0)
        assert below < quantity
        assert tier.up_to is None or quantity <= tier.up_to
        assert (part.quantity, part.unit_price) == (quantity, tier.unit_price)


@given(quantities, st.decimals("0.000001", 10_000, places=6))
def test_packages_hold_the_quantity_and_one_less_would_not(quantity, size):
    for part in rate(per_unit(PriceModel.PACKAGE, package_size=size), quantity):
        assert (part.quantity - 1) * size < quantity <= part.quantity * size


@given(st.lists(quantities, max_size=6), prices, st.decimals(0, 100, places=6), prices, prices)
def test_each_transaction_stays_within_its_bounds(values, fixed, percent, one, other):
    low, high = sorted((one, other))
    pricing = Pricing(
        10,
        PriceModel.PERCENTAGE,
        percent=percent,
        fixed_amount=fixed,
        minimum_per_transaction=low,
        maximum_per_transaction=high,
    )

    rated = rate_transactions(pricing, values)
    assert len(rated) == len(values)
    assert all(low <= part.amount <= high for part in rated)
    assert all(
        part.amount == (value * percent / 100 + fixed).quantize(Decimal("0.000001"), "ROUND_HALF_UP")
        for part, value in zip(rated, values, strict=True)
        if low < part.amount < high
    )


@given(tiered(), quantities, st.sampled_from(list(PriceModel)), prices, st.decimals("0.1", 1000, places=6))
def test_each_amount_is_its_quantity_times_its_price(tiers, quantity, model, price, size):
    pricing = Pricing(11, model, price, tiers, size, Decimal("1.5"), fixed_amount=price)

    for part in rate(pricing, quantity):
        assert part.amount == (part.quantity * part.unit_price).quantize(Decimal("0.000001"), "ROUND_HALF_UP")


JANUARY, MARCH, MAY = dt.date(2026, 1, 1), dt.date(2026, 3, 1), dt.date(2026, 5, 1)


def version(
    key: int, since: dt.date, until: dt.date | None = None, customer: int | None = None, currency="EUR"
):
    return PriceFacts(per_unit()._replace(version_id=key), 1, customer, currency, since, until)


VERSIONS = [
    version(1, JANUARY),
    version(2, MARCH),
    version(3, JANUARY, currency="MAD"),
    version(4, MARCH, MAY, customer=7),
    version(5, dt.date(2026, 4, 1), customer=8),
]


@pytest.mark.parametrize(
    ("customer", "on", "wins"),
    [
        (9, JANUARY, 1),
        (9, dt.date(2026, 2, 28), 1),
        (9, MARCH, 2),
        (7, dt.date(2026, 2, 28), 1),
        (7, MARCH, 4),
        (7, dt.date(2026, 4, 30), 4),
        (7, MAY, 2),
        (8, MARCH, 2),
        (8, MAY, 5),
    ],
)
def test_a_customers_own_price_wins_while_it_holds_then_the_latest_of_the_list(customer, on, wins):
    found = price_in_force(VERSIONS, currency="EUR", customer_id=customer, on=on)

    assert found.pricing.version_id == wins


def test_a_price_of_a_while_gives_way_to_the_one_before_it():
    versions = [version(1, JANUARY), version(2, MARCH, MAY)]

    days = (JANUARY, MARCH, MAY)
    assert [
        price_in_force(versions, currency="EUR", customer_id=1, on=day).pricing.version_id for day in days
    ] == [1, 2, 1]


@pytest.mark.parametrize(("currency", "on"), [("USD", MAY), ("EUR", dt.date(2025, 12, 31))])
def test_without_a_price_in_that_currency_on_that_day_there_is_none(currency, on):
    with pytest.raises(NoPriceInForce) as refused:
        price_in_force(VERSIONS, currency=currency, customer_id=7, on=on)
    assert refused.value.facts() == {"currency": currency, "on": on}
