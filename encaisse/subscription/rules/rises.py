"""What a rise makes of the prices of one contract: pure arithmetic, looked at before and done after."""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from encaisse.subscription.errors import LaterPricePlanned, NothingToRaise
from encaisse.subscription.rules.changes import held_from
from encaisse.subscription.rules.records import NewItem, OfferFacts


class Rise(NamedTuple):
    """From a day on, prices rise by `percent` or are `unit_price`: those of one offer, or of all without `offer_id`.

    A negative percentage lowers them. `at_once` says that the customers agreed to a shorter notice.
    """

    on: dt.date
    percent: Decimal | None = None
    unit_price: Decimal | None = None
    offer_id: int | None = None
    at_once: bool = False


class Move(NamedTuple):
    """The unit price of one position before and after."""

    position: int
    offer: str
    before: Decimal
    after: Decimal


def moves(
    segments: Sequence[NewItem],
    offers: Mapping[int, OfferFacts],
    listed: Mapping[int, Decimal],
    rise: Rise,
    places: int,
) -> list[Move]:
    """The positions whose price the rise changes, in their order.

    `listed` are the unit prices of the list on that day, which a position without an agreed price follows; what
    is priced by tiers has none and stays as it is. Raises NothingToRaise, and LaterPricePlanned where a position
    has another price agreed for later.
    """
    first: dict[int, NewItem] = {}
    for each in segments:
        if rise.offer_id in (None, each.offer_id) and held_from(each, rise.on, offers):
            held = first.setdefault(each.position, each)
            if held.unit_price != each.unit_price:
                raise LaterPricePlanned(on=each.starts_on)
    priced = [(each, _before(each, listed)) for each in first.values()]
    moved = [
        Move(each.position, offers[each.offer_id].code, before, raised(before, rise, places))
        for each, before in priced
        if before is not None
    ]
    if not any(move.before != move.after for move in moved):
        raise NothingToRaise
    return [move for move in moved if move.before != move.after]


def raised(before: Decimal, rise: Rise, places: int) -> Decimal:
    """The price after: half-up to the decimals of the currency, or to those that it had when they are more."""
    if rise.unit_price is not None:
        return rise.unit_price
    exponent = before.normalize().as_tuple().exponent
    kept = max(places, -exponent if isinstance(exponent, int) else 0)
    exact = before * (100 + (rise.percent or Decimal(0))) / 100
    return exact.quantize(Decimal(1).scaleb(-kept), rounding=ROUND_HALF_UP)


def _before(segment: NewItem, listed: Mapping[int, Decimal]) -> Decimal | None:
    return listed.get(segment.offer_id) if segment.unit_price is None else segment.unit_price
