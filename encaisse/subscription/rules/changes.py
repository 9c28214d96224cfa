"""What can happen to a contract, and how it cuts its segments.

An event of a day holds from that day on: what covers the day ends, what was planned for later never begins, and
others begin in their place, each until the end of the one that it replaces. A segment that ends the day it starts was
never held. What is owed once and has begun stays as it is.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from encaisse.catalog.rules.periods import Alignment, Proration
from encaisse.subscription.rules.periods import anchor_for, whole_period
from encaisse.subscription.rules.records import NewItem, OfferFacts


class Terms(NamedTuple):
    """What is held at one position. Without `unit_price` it follows the catalogue; a discount is one or the other."""

    offer_id: int
    quantity: Decimal
    unit_price: Decimal | None = None
    discount_percent: Decimal = Decimal(0)
    discount_amount: Decimal | None = None
    discount_reason: str = ""


class Hold(NamedTuple):
    """From a day on a position holds these terms, or nothing without any; a new one, when `position` is None."""

    on: dt.date
    position: int | None
    terms: Terms | None


class Reprice(NamedTuple):
    """From a day on each of these positions costs an agreed price, told `notice_days` before unless `at_once`."""

    on: dt.date
    prices: Mapping[int, Decimal]
    at_once: bool = False


class Suspend(NamedTuple):
    """From a day on nothing is held, until it is resumed."""

    on: dt.date


class Resume(NamedTuple):
    """From a day on what the suspension ended is held again."""

    on: dt.date


class Terminate(NamedTuple):
    """Nothing is held from a day on, for good; what was billed beyond it is given back when `refund`."""

    on: dt.date
    refund: bool = True


class Transfer(NamedTuple):
    """From a day on another account is billed."""

    on: dt.date
    account_id: int


Change = Hold | Reprice | Suspend | Resume | Terminate | Transfer


class Ending(NamedTuple):
    """A segment ends that day, exclusive, instead of `was`."""

    item_id: int
    ends_on: dt.date
    was: dt.date | None


class Redrawn(NamedTuple):
    """The segments that end, and those that begin; their ids are 0."""

    ended: list[Ending]
    begun: list[NewItem]


Transform = Callable[[NewItem], NewItem | None]


def redraw(
    segments: Sequence[NewItem], on: dt.date, offers: Mapping[int, OfferFacts], transform: Transform
) -> Redrawn:
    """Everything held from the day on is what `transform` makes of it; what it leaves alone goes on."""
    drawn = Redrawn([], [])
    for before in segments:
        if not held_from(before, on, offers):
            continue
        after = transform(before)
        if after == before:
            continue
        begins = max(on, before.starts_on)
        drawn.ended.append(Ending(before.id, begins, before.ends_on))
        if after is not None:
            drawn.begun.append(_following(before, after, begins, offers))
    return drawn._replace(begun=[_charged_from(each, segments, drawn, offers) for each in drawn.begun])


def held_from(segment: NewItem, on: dt.date, offers: Mapping[int, OfferFacts]) -> bool:
    """Whether an event of that day touches the segment: something of it is held on the day or later."""
    if segment.ends_on is not None and segment.ends_on <= max(on, segment.starts_on):
        return False
    is_owed = offers[segment.offer_id].kind == "one_shot" and (
        segment.starts_on < on or segment.billed_through > segment.starts_on
    )
    return not is_owed


def begun(terms: Terms, on: dt.date, position: int, offers: Mapping[int, OfferFacts]) -> NewItem:
    """The segment of a position that holds the terms from that day on; whose it is remains to be said."""
    offer = offers[terms.offer_id]
    return NewItem(
        id=0,
        subscription_id=0,
        account_id=0,
        position=position,
        starts_on=on,
        ends_on=None,
        anchor_date=anchor_for(on, offer.unit, offer.every, offer.alignment),
        billed_through=on,
        opened_by_id=None,
        closed_by_id=None,
        **terms._asdict(),
    )


def never_held(segments: Iterable[NewItem]) -> Redrawn:
    """Each segment ends the day it starts."""
    return Redrawn([Ending(each.id, each.starts_on, each.ends_on) for each in segments], [])


def put_off(segments: Sequence[NewItem], on: dt.date, offers: Mapping[int, OfferFacts]) -> Redrawn:
    """The same is held from that day on, as if it had been agreed from then; nothing of it was held before."""
    later = [
        begun(Terms(*(getattr(each, name) for name in Terms._fields)), on, each.position, offers)._replace(
            account_id=each.account_id
        )
        for each in segments
    ]
    return never_held(segments)._replace(begun=later)


def resumed(
    segments: Iterable[NewItem],
    untils: Mapping[int, dt.date | None],
    on: dt.date,
    offers: Mapping[int, OfferFacts],
) -> list[NewItem]:
    """The segments that hold again, from the day on, what a suspension ended; `untils` are the ends it took away."""
    begins = [
        each._replace(id=0, starts_on=max(on, each.starts_on), ends_on=untils[each.id], closed_by_id=None)
        for each in segments
        if each.id in untils
    ]
    return [
        each._replace(billed_through=_charged_until(each, each.starts_on, offers[each.offer_id]))
        for each in begins
        if each.ends_on is None or each.starts_on < each.ends_on
    ]


def _following(before: NewItem, after: NewItem, begins: dt.date, offers: Mapping[int, OfferFacts]) -> NewItem:
    old, new = offers[before.offer_id], offers[after.offer_id]
    anchor = before.anchor_date
    if new.rhythm != old.rhythm and new.alignment == Alignment.CALENDAR:
        anchor = anchor_for(begins, new.unit, new.every, new.alignment)
    return after._replace(
        id=0,
        starts_on=begins,
        ends_on=before.ends_on,
        anchor_date=anchor,
        billed_through=_charged_until(before, begins, new),
        closed_by_id=None,
    )


def _charged_until(before: NewItem, begins: dt.date, offer: OfferFacts) -> dt.date:
    """Until when what begins that day is charged already.

    What was used stays charged as it was; what is no longer held of the rest is credited, and charged again.
    """
    return max(begins, before.billed_through) if offer.kind == "usage" else begins


def _charged_from(
    segment: NewItem, segments: Sequence[NewItem], drawn: Redrawn, offers: Mapping[int, OfferFacts]
) -> NewItem:
    """Without proration, the period under way was charged whole by what was held when it began."""
    offer = offers[segment.offer_id]
    if offer.proration == Proration.DAY or offer.kind == "one_shot":
        return segment
    ends = {ending.item_id: ending.ends_on for ending in drawn.ended}
    follows = any(
        each.position == segment.position
        and each.starts_on < segment.starts_on == ends.get(each.id, each.ends_on)
        for each in segments
    )
    whole = whole_period(offer.grid(segment.anchor_date), segment.starts_on)
    if not follows or whole.first == segment.starts_on:
        return segment
    return segment._replace(billed_through=whole.until)
