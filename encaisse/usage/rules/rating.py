"""What usage costs: the windows in which one price counts it, and the parts that an aggregate owes.

A window is the part of a period during which one price is in force: a new price in the middle of a period cuts it
in two, and each event has the price of its own time. Periods are in arrears, and cut where a segment begins or
ends. An event that comes once its period is charged is late: what it adds is the difference that it makes.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

from encaisse.catalog.errors import NoPriceInForce
from encaisse.catalog.rules.periods import Timing
from encaisse.catalog.rules.pricing import (
    PriceFacts,
    PriceModel,
    Pricing,
    Rated,
    price_in_force,
    rate,
)
from encaisse.subscription.rules.periods import (
    Grid,
    Period,
    Segment,
    boundary,
    number_at,
    periods_due,
)

_MILLIONTH: Final = Decimal("0.000001")
_ONE: Final = Decimal(1)
_NOTHING: Final = Decimal(0)
# What a period with usage that costs nothing owes: its events are charged, like all others.
FREE: Final = Rated(_ONE, _NOTHING, _NOTHING, None)


class Metered(NamedTuple):
    """What the windows of a segment depend on; everything before `billed_through` is charged."""

    grid: Grid
    starts_on: dt.date
    ends_on: dt.date | None
    billed_through: dt.date
    currency: str
    customer_id: int
    agreed_price: Decimal | None
    by_day: bool


class Share(NamedTuple):
    """`days` of the `of_days` days that `whole` pays for."""

    whole: Decimal
    days: int
    of_days: int


class Window(NamedTuple):
    """From `first` to `until`, exclusive, within `period`: `pricing` is None while nothing is sold.

    `share` tells what part of a price whatever the quantity it holds, when that is not all of it.
    """

    period: Period
    first: dt.date
    until: dt.date
    pricing: Pricing | None
    is_late: bool
    share: Share | None = None


class Used(NamedTuple):
    """What was used, summed up in each of the ways that offers count."""

    times: int = 0
    total: Decimal = _NOTHING
    highest: Decimal = _NOTHING
    members: int = 0

    def quantity(self, aggregation: str) -> Decimal:
        """What is priced."""
        match aggregation:
            case "count":
                return Decimal(self.times)
            case "maximum":
                return self.highest
            case "unique":
                return Decimal(self.members)
        return self.total

    def and_also(self, more: "Used") -> "Used":
        """Both together; members are counted by who knows which are the same."""
        highest = max(self.highest, more.highest)
        return Used(self.times + more.times, self.total + more.total, highest, more.members)


def windows(
    metered: Metered, prices: Sequence[PriceFacts], earliest: dt.date | None, cutoff: dt.date
) -> list[Window]:
    """The windows of the periods that ended by the cutoff, in order, from what is not charged yet on.

    `earliest` is the first day of an event that waits: from its period on, even when that is charged already.
    """
    found: list[Window] = []
    for period in _periods(metered, earliest, cutoff):
        is_late = period.until <= metered.billed_through
        for first, until, price in _in_force(metered, prices, period):
            window = Window(period, first, until, price.pricing if price else None, is_late)
            found.append(_fitted(window, metered))
    return found


def apart(
    spans: Sequence[tuple[dt.date, dt.date]], taken: Sequence[tuple[dt.date, dt.date | None]]
) -> list[tuple[dt.date, dt.date]]:
    """What is left of the spans beside those that are taken, whose end may be open."""
    left = list(spans)
    for first, until in taken:
        before = [(start, min(end, first)) for start, end in left]
        after = [] if until is None else [(max(start, until), end) for start, end in left]
        left = [span for span in (*before, *after) if span[0] < span[1]]
    return left


def days_of_price(period: Period, *, by_day: bool) -> int:
    """The days that a price of a whole period pays for: those of a whole one, or however many it has."""
    return period.of_days if by_day else period.days


def owed(pricing: Pricing, aggregation: str, before: Used, after: Used) -> list[Rated]:
    """The parts that usage owes once it has come from `before`, which is charged, to `after`.

    Where each unit has a price of its own, what is new goes on from the quantity that was rated; elsewhere it is
    one part, the new amount less the one charged: a negative quantity when there is less to pay. None when the
    amount stays as it was. Usage that costs nothing, while nothing is charged yet, owes a part of zero.
    """
    whole = rate(pricing, after.quantity(aggregation))
    if not before.times:
        return whole or [FREE]
    charged = rate(pricing, before.quantity(aggregation))
    if goes_on(pricing, aggregation):
        return list(_further(whole, charged))
    return _one_part(_sum(whole) - _sum(charged))


def goes_on(pricing: Pricing, aggregation: str) -> bool:
    """Whether late usage is rated by itself, from the quantity before on, rather than by the difference it makes."""
    if pricing.model == PriceModel.GRADUATED:
        return aggregation in {"sum", "count"}
    return pricing.model in {PriceModel.PER_UNIT, PriceModel.PERCENTAGE}


def _periods(metered: Metered, earliest: dt.date | None, cutoff: dt.date) -> list[Period]:
    since = metered.billed_through
    if earliest is not None and earliest < since:
        since = max(metered.starts_on, boundary(metered.grid, number_at(metered.grid, earliest)))
    return periods_due(Segment(metered.grid, Timing.ARREARS, since, metered.ends_on), cutoff)


def _in_force(
    metered: Metered, prices: Sequence[PriceFacts], period: Period
) -> Iterator[tuple[dt.date, dt.date, PriceFacts | None]]:
    """The period cut where another price begins; an agreed price holds for the whole of it."""
    days = {day for price in prices for day in (price.valid_from, price.valid_to) if day is not None}
    inside = sorted(day for day in days if period.first < day < period.until)
    cuts = [period.first, *(() if metered.agreed_price is not None else inside), period.until]
    first, held = cuts[0], _price_on(metered, prices, cuts[0])
    for day in cuts[1:-1]:
        price = _price_on(metered, prices, day)
        if price != held:
            yield first, day, held
            first, held = day, price
    yield first, period.until, held


def _price_on(metered: Metered, prices: Sequence[PriceFacts], day: dt.date) -> PriceFacts | None:
    try:
        return price_in_force(prices, currency=metered.currency, customer_id=metered.customer_id, on=day)
    except NoPriceInForce:
        return None


def _fitted(window: Window, metered: Metered) -> Window:
    """The window with the price as it counts there: an agreed one instead, one whatever the quantity by its days."""
    pricing = window.pricing
    if metered.agreed_price is not None:
        listed = pricing or Pricing(0, PriceModel.PER_UNIT)
        model = PriceModel.FLAT if listed.model == PriceModel.FLAT else PriceModel.PER_UNIT
        pricing = listed._replace(model=model, unit_price=metered.agreed_price, tiers=())
    if pricing is None:
        return window
    days = (window.until - window.first).days
    of_days = days_of_price(window.period, by_day=metered.by_day)
    if pricing.model != PriceModel.FLAT or not pricing.unit_price or days == of_days:
        return window._replace(pricing=pricing)
    part = (pricing.unit_price * days / of_days).quantize(_MILLIONTH, rounding=ROUND_HALF_UP)
    return window._replace(
        pricing=pricing._replace(unit_price=part), share=Share(pricing.unit_price, days, of_days)
    )


def _further(whole: Sequence[Rated], charged: Sequence[Rated]) -> Iterator[Rated]:
    rated = {part.tier: part.quantity for part in charged}
    for part in whole:
        more = part.quantity - rated.get(part.tier, _NOTHING)
        if more:
            amount = (more * part.unit_price).quantize(_MILLIONTH, rounding=ROUND_HALF_UP)
            yield Rated(more, part.unit_price, amount, part.tier)


def _sum(parts: Sequence[Rated]) -> Decimal:
    return sum((part.amount for part in parts), _NOTHING)


def _one_part(amount: Decimal) -> list[Rated]:
    if not amount:
        return []
    return [Rated(_ONE if amount > 0 else -_ONE, abs(amount), amount, None)]
