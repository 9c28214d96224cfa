"""What usage costs: windows, aggregates, late events and minimums, worked out by hand."""

import datetime as dt
from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from encaisse.catalog.rules.pricing import PriceFacts, Pricing, Tier, rate
from encaisse.subscription.rules.periods import Grid, Period
from encaisse.usage.rules.minimum import Minimum, change, lacking, minimum
from encaisse.usage.rules.rating import FREE, Metered, Used, Window, owed, windows

JANUARY, FEBRUARY, MARCH = dt.date(2026, 1, 1), dt.date(2026, 2, 1), dt.date(2026, 3, 1)
TIERS = (
    Tier(Decimal(100), Decimal("0.50")),
    Tier(Decimal(1000), Decimal("0.40")),
    Tier(None, Decimal("0.30")),
)
PER_UNIT = Pricing(1, "per_unit", Decimal("0.12"))
GRADUATED = Pricing(2, "graduated", tiers=TIERS)
VOLUME = Pricing(3, "volume", tiers=TIERS)
PACKAGE = Pricing(4, "package", Decimal(5), package_size=Decimal(100))
FLAT = Pricing(5, "flat", Decimal(31))
NOTHING = Used()


def used(total: str, *, times: int = 1, highest: str = "0", members: int = 0) -> Used:
    return Used(times, Decimal(total), Decimal(highest), members)


def price(pricing: Pricing, valid_from: dt.date = JANUARY, **fields: object) -> PriceFacts:
    facts = {"offer_id": 1, "customer_id": None, "currency": "EUR", "valid_to": None} | fields
    return PriceFacts(pricing=pricing, valid_from=valid_from, **facts)


def metered(**fields: object) -> Metered:
    facts = {
        "grid": Grid(JANUARY, "month", 1), "starts_on": JANUARY, "ends_on": None, "billed_through": JANUARY,
        "currency": "EUR", "customer_id": 1, "agreed_price": None, "by_day": True,
    }  # fmt: skip
    return Metered(**facts | fields)


def spans(found: list[Window]) -> list[tuple[dt.date, dt.date]]:
    return [(window.first, window.until) for window in found]


def amounts(pricing: Pricing, aggregation: str, before: Used, after: Used) -> list[tuple[Decimal, Decimal]]:
    return [(part.quantity, part.amount) for part in owed(pricing, aggregation, before, after)]


def test_a_period_is_rated_once_it_has_ended() -> None:
    prices = [price(PER_UNIT)]

    assert spans(windows(metered(), prices, None, dt.date(2026, 1, 31))) == []
    assert spans(windows(metered(), prices, None, FEBRUARY)) == [(JANUARY, FEBRUARY)]
    assert spans(windows(metered(), prices, None, MARCH)) == [(JANUARY, FEBRUARY), (FEBRUARY, MARCH)]


def test_the_first_and_the_last_period_are_cut_where_the_segment_begins_and_ends() -> None:
    held = metered(
        starts_on=dt.date(2026, 1, 15), billed_through=dt.date(2026, 1, 15), ends_on=dt.date(2026, 2, 10)
    )

    first, last = windows(held, [price(PER_UNIT)], None, dt.date(2026, 2, 10))

    assert (first.first, first.until, first.period.days, first.period.of_days) == (
        dt.date(2026, 1, 15), FEBRUARY, 17, 31,
    )  # fmt: skip
    assert (last.until, last.period.days, last.period.of_days) == (dt.date(2026, 2, 10), 9, 28)


def test_a_new_price_cuts_the_period_and_the_customers_own_wins() -> None:
    middle, own = dt.date(2026, 1, 11), dt.date(2026, 1, 21)
    prices = [
        price(PER_UNIT),
        price(PER_UNIT._replace(version_id=6), middle),
        price(PER_UNIT._replace(version_id=7), own, customer_id=1),
        price(PER_UNIT._replace(version_id=8), own, customer_id=2),
    ]

    found = windows(metered(), prices, None, FEBRUARY)

    assert spans(found) == [(JANUARY, middle), (middle, own), (own, FEBRUARY)]
    assert [window.pricing.version_id for window in found if window.pricing] == [1, 6, 7]


def test_an_agreed_price_holds_for_the_whole_period() -> None:
    prices = [price(GRADUATED), price(VOLUME, dt.date(2026, 1, 11))]

    (window,) = windows(metered(agreed_price=Decimal("0.07")), prices, None, FEBRUARY)

    assert window.pricing is not None
    assert rate(window.pricing, Decimal(200))[0].amount == 14


def test_days_before_the_first_price_have_none() -> None:
    before, after = windows(metered(), [price(PER_UNIT, dt.date(2026, 1, 11))], None, FEBRUARY)

    assert before.pricing is None
    assert after.first == dt.date(2026, 1, 11)


def test_a_late_event_opens_the_charged_periods_from_its_own_on() -> None:
    held = metered(billed_through=MARCH)

    found = windows(held, [price(PER_UNIT)], dt.date(2026, 2, 14), dt.date(2026, 4, 1))

    assert [(window.first, window.is_late) for window in found] == [(FEBRUARY, True), (MARCH, False)]


def test_a_price_whatever_the_quantity_is_owed_by_the_days_of_its_window() -> None:
    held = metered(starts_on=dt.date(2026, 1, 15), billed_through=dt.date(2026, 1, 15))

    (by_day,) = windows(held, [price(FLAT)], None, FEBRUARY)
    (whole,) = windows(held._replace(by_day=False), [price(FLAT)], None, FEBRUARY)

    assert by_day.pricing is not None
    assert whole.pricing is not None
    assert amounts(by_day.pricing, "sum", NOTHING, used("3")) == [(1, 17)]
    assert amounts(whole.pricing, "sum", NOTHING, used("3")) == [(1, 31)]


def test_tiers_of_1250_units_come_to_485_and_by_volume_to_375() -> None:
    assert amounts(GRADUATED, "sum", NOTHING, used("1250")) == [(100, 50), (900, 360), (250, 75)]
    assert amounts(VOLUME, "sum", NOTHING, used("1250")) == [(1250, 375)]


def test_each_aggregation_prices_its_own_quantity() -> None:
    all_of_it = used("7.5", times=4, highest="5", members=3)

    assert amounts(PER_UNIT, "sum", NOTHING, all_of_it) == [(Decimal("7.5"), Decimal("0.90"))]
    assert amounts(PER_UNIT, "count", NOTHING, all_of_it) == [(4, Decimal("0.48"))]
    assert amounts(PER_UNIT, "maximum", NOTHING, all_of_it) == [(5, Decimal("0.60"))]
    assert amounts(PER_UNIT, "unique", NOTHING, all_of_it) == [(3, Decimal("0.36"))]


def test_usage_of_nothing_owes_a_part_of_zero_once() -> None:
    assert owed(PER_UNIT, "sum", NOTHING, used("0")) == [FREE]
    assert owed(PER_UNIT, "sum", used("0"), used("0", times=2)) == []


def test_late_usage_goes_on_in_the_tiers_from_what_was_rated() -> None:
    # 90 were rated at 0.50: of 30 more, 10 complete the first tier and 20 are in the second.
    assert amounts(GRADUATED, "sum", used("90"), used("120")) == [(10, 5), (20, 8)]
    assert amounts(PER_UNIT, "sum", used("90"), used("120")) == [(30, Decimal("3.60"))]


def test_late_usage_by_volume_is_the_signed_difference() -> None:
    # 100 × 0.50 = 50.00 was charged; 101 × 0.40 = 40.40.
    assert amounts(VOLUME, "sum", used("100"), used("101")) == [(-1, Decimal("-9.60"))]
    assert owed(VOLUME, "sum", used("100"), used("101"))[0].unit_price == Decimal("9.60")


def test_late_usage_within_a_package_or_a_maximum_changes_nothing() -> None:
    assert owed(PACKAGE, "sum", used("150"), used("199")) == []
    assert amounts(PACKAGE, "sum", used("150"), used("201")) == [(1, 5)]
    assert owed(FLAT, "sum", used("1"), used("2")) == []
    assert owed(VOLUME, "maximum", used("9", highest="9"), used("14", highest="9")) == []
    assert amounts(VOLUME, "unique", used("9", members=2), used("14", members=3)) == [(1, Decimal("0.50"))]


@given(
    st.lists(st.decimals(0, 5000, places=3), min_size=1, max_size=8),
    st.sampled_from([PER_UNIT, GRADUATED, VOLUME, PACKAGE, FLAT]),
    st.sampled_from(["sum", "count", "maximum"]),
)
def test_usage_told_bit_by_bit_costs_what_it_costs_at_once(values, pricing, aggregation) -> None:
    seen = [
        Used(n, sum(values[:n], Decimal(0)), max(values[:n], default=Decimal(0)))
        for n in range(len(values) + 1)
    ]

    parts = [part for pair in pairwise(seen) for part in owed(pricing, aggregation, *pair)]

    whole = rate(pricing, seen[-1].quantity(aggregation))
    assert sum(part.amount for part in parts) == sum(part.amount for part in whole)
    assert all(part.amount == part.quantity * part.unit_price for part in parts)


def of(first: dt.date, least: str | None, until: dt.date = FEBRUARY, days: int = 31) -> Window:
    pricing = PER_UNIT._replace(period_minimum=Decimal(least) if least else None)
    return Window(Period(first, FEBRUARY, days, 31), first, until, pricing, is_late=False)


def test_a_minimum_of_100_is_completed_by_62_55_and_prorated_by_17_39() -> None:
    whole = minimum([of(JANUARY, "100")], "EUR", by_day=True)
    cut = minimum([of(dt.date(2026, 1, 15), "100", days=17)], "EUR", by_day=True)

    assert whole == Minimum(Decimal(100), Decimal(100), 31, 31)
    assert cut == Minimum(Decimal("54.84"), Decimal(100), 17, 31)
    assert lacking(Decimal(100), Decimal("37.45"), "EUR") == Decimal("62.55")
    assert lacking(Decimal("54.84"), Decimal("37.45"), "EUR") == Decimal("17.39")
    assert lacking(Decimal(100), Decimal(120), "EUR") == 0


def test_two_prices_share_the_minimum_of_their_period_by_days() -> None:
    middle = dt.date(2026, 1, 11)

    shared = minimum([of(JANUARY, "31", middle), of(middle, "62")], "EUR", by_day=True)

    assert shared == Minimum(Decimal(52), None, 31, 31)  # 10 × 1.00 + 21 × 2.00
    assert minimum([of(JANUARY, None)], "EUR", by_day=True) is None


def test_late_usage_gives_back_what_completed_the_minimum_and_no_more() -> None:
    def given_back(before: str, after: str, completed: str) -> Decimal:
        return change(
            Decimal(100), before=Decimal(before), after=Decimal(after), completed=Decimal(completed),
            currency="EUR",
        )  # fmt: skip

    assert given_back("37.45", "57.45", "62.55") == -20
    assert given_back("57.45", "137.45", "42.55") == Decimal("-42.55")
    assert given_back("120", "130", "0") == 0
    assert given_back("0", "30", "0") == 0  # the period was billed elsewhere
    assert given_back("104", "90", "0") == 10


@given(st.decimals(0, 200, places=6), st.decimals(0, 100, places=2))
def test_usage_and_its_complement_never_add_up_to_less_than_the_minimum(usage, least) -> None:
    rounded = usage.quantize(Decimal("0.01"), rounding="ROUND_HALF_UP")

    assert rounded + lacking(least, usage, "EUR") == max(rounded, least)
