"""Charges of what was used: every event that waits within a period that has ended, once, at the price of its time.

PostgreSQL sums up what waits by window and hands over the keys of the events that it summed; Python prices the sums;
the events are bound to their charges by these very keys, so that what comes meanwhile waits for the next run. All
events of a window are in the first of its charges, the others being its further tiers. Usage that costs nothing is
charged at zero; a late event that changes no amount is in the charge that its window had before.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import groupby
from typing import Any, Final, NamedTuple

from django.db import transaction

from encaisse.catalog.errors import NoPriceInForce
from encaisse.catalog.models import Aggregation
from encaisse.catalog.queries import price_book
from encaisse.catalog.rules.pricing import PriceFacts, PriceModel, Pricing, Rated, rate_transactions
from encaisse.charge.errors import PriceMissing
from encaisse.charge.models import Charge, ChargeKind
from encaisse.charge.operations import recurring
from encaisse.charge.operations.minimum import charged, completion, late_completion
from encaisse.charge.operations.moves import Move, move_items
from encaisse.charge.operations.usage_items import UsageCharge, UsageItem, less
from encaisse.charge.rules import ChargeRow
from encaisse.kernel import sql
from encaisse.party.queries import books_currency
from encaisse.subscription.rules.periods import Period
from encaisse.usage.rules.minimum import minimum
from encaisse.usage.rules.rating import FREE, Used, Window, apart, goes_on, owed, windows

# The values of transactions are read for about so many events at a time.
_VALUES: Final = 50_000


class _Place(NamedTuple):
    """A window of an item, and the days of it that no earlier position of the contract counts."""

    item: UsageItem
    window: Window
    spans: list[tuple[dt.date, dt.date]]


class _Found(NamedTuple):
    """What was used in a window until now and with what waits, the keys of that, and a charge of before."""

    before: Used
    after: Used
    events: str
    charge_id: int | None = None


class _Sheet(NamedTuple):
    """The charges to store, the place of the one that some events are in, or the key of an older one's."""

    rows: list[UsageCharge]
    into_new: list[tuple[int, str]]
    into_old: list[tuple[int, str]]


class Consumed(NamedTuple):
    """What the periods under way on a day would be charged, and the first day of that of each item."""

    charges: list[ChargeRow]
    since: dict[int, dt.date]


@transaction.atomic(savepoint=False)
def rate_usage(
    *,
    legal_entity_id: int,
    first_account: int,
    last_account: int,
    cutoff_date: dt.date,
    accounts: list[int] | None = None,
) -> recurring.Rated:
    """What these accounts used in periods that ended by `cutoff_date` is charged, and completed to its minimum, once.

    Each event at the price of the segment and of the version in force at its time, in the time zone of its legal
    entity. Locks the items and moves their `billed_through`. Repeatable, by several at once: an event waits until it
    is charged. An item without a price is left as it was and told.
    """
    where = {"legal_entity_id": legal_entity_id, "first_account": first_account, "last_account": last_account}
    asked = where | {"accounts": accounts, "cutoff_date": cutoff_date}
    items = list(map(UsageItem._make, sql.binary_rows("charge", "usage_items", asked)))
    places = list(_places(items, cutoff_date, books_currency(legal_entity_id)))
    found = _found(places)
    parts = _Rating(places, found)
    sheet = _Sheet([], [], [])
    through = {
        item_id: days
        for item_id, own in groupby(range(len(places)), key=lambda number: places[number].item.item_id)
        if (days := parts.charge(list(own), sheet))
    }
    _store(sheet)
    _close([item for item in items if item.item_id in through], through)
    return recurring.Rated(len(sheet.rows), parts.refused)


def consumed(*, legal_entity_id: int, after: dt.date) -> Consumed:
    """What was used in the periods that are under way on the day before `after`, charged since or not, as it would be
    charged if they ended with that day: a price whatever the quantity and a minimum count by the day. Nothing is
    written or locked. An item without a price has none.
    """
    asked = {"legal_entity_id": legal_entity_id, "after": after}
    rows = map(UsageItem._make, sql.binary_rows("charge", "usage_under_way", asked))
    items = [item for row in rows if (item := row.cut(after))]
    places = list(_places(items, after, books_currency(legal_entity_id)))
    found = {
        number: _Found(Used(), Used(*sums), events)
        for number, *sums, events in sql.binary_rows(
            "charge", "usage_used", _spans(places, range(len(places)))
        )
    }
    parts, sheet = _Rating(places, found), _Sheet([], [], [])
    for _, own in groupby(range(len(places)), key=lambda number: places[number].item.item_id):
        parts.charge(list(own), sheet)
    charges = [row.to_come() for row in sheet.rows]
    return Consumed(charges, {item.item_id: item.billed_through for item in items})


class _Rating:
    """What each item owes for its windows, period by period."""

    def __init__(self, places: Sequence[_Place], found: Mapping[int, _Found]) -> None:
        self.refused: dict[int, PriceMissing] = {}
        self._places = places
        self._found = found
        self._transactions = _transactions(places, found)
        late = [places[number] for number in found if places[number].window.is_late]
        self._charged = charged((place.item, place.window.period) for place in late if _least(place))

    def charge(self, numbers: list[int], sheet: _Sheet) -> dt.date | None:
        """The periods of one item are on the sheet; until when it is charged now, None when that stays."""
        item = self._places[numbers[0]].item
        through = None
        try:
            for period, own in groupby(numbers, key=lambda number: self._places[number].window.period):
                self._charge_period(item, period, list(own), sheet)
                through = period.until if period.until > item.billed_through else through
        except NoPriceInForce as missing:
            self.refused[item.account_id] = PriceMissing(
                offer=item.offer, currency=item.currency, on=missing.on
            )
        return through

    def _charge_period(self, item: UsageItem, period: Period, numbers: list[int], sheet: _Sheet) -> None:
        used = {number: self._parts(number) for number in numbers if number in self._found}
        rows = [self._row(number, part) for number, parts in used.items() for part in parts]
        firsts: dict[int, int] = {}
        place = len(sheet.rows)
        for number, parts in used.items():
            events, old = self._found[number].events, self._found[number].charge_id
            if parts:
                firsts[number] = place
                sheet.into_new.append((place, events))
            elif old is not None:
                sheet.into_old.append((old, events))
            place += len(parts)
        rows += self._completion(item, period, numbers, sum((row.amount for row in rows), Decimal(0)))
        is_late = self._places[numbers[0]].window.is_late
        off = None if is_late else item.discount(period)
        sheet.rows.extend(less(rows, off, item.discount_reason))

    def _parts(self, number: int) -> list[Rated]:
        """What the events of a window that are not charged yet owe."""
        pricing, found = _pricing(self._places[number]), self._found[number]
        if pricing.model == PriceModel.PERCENTAGE:
            amount = self._transactions[number]
            return [Rated(Decimal(1), amount, amount, None)] if amount else [FREE]
        return owed(pricing, self._places[number].item.aggregation, found.before, found.after)

    def _row(self, number: int, part: Rated) -> UsageCharge:
        (item, window, _), found = self._places[number], self._found[number]
        pricing, wording = _pricing(self._places[number]), item.wording()
        if found.before.times and not goes_on(pricing, item.aggregation):
            label = wording.difference()
        else:
            label = wording.used(window, part, found.after.times - found.before.times)
        span = Period(window.first, window.until, window.period.days, window.period.of_days)
        row = item.charge(ChargeKind.USAGE, label, part, span)
        return row._replace(price_version_id=pricing.version_id or None)

    def _completion(
        self, item: UsageItem, period: Period, numbers: list[int], used: Decimal
    ) -> list[UsageCharge]:
        windows_of_it = [self._places[number].window for number in numbers]
        least = minimum(windows_of_it, item.currency, by_day=item.is_prorated)
        if least is None:
            return []
        if not windows_of_it[0].is_late:
            return completion(item, period, least, used)
        before = self._charged.get((item.item_id, period))
        return late_completion(item, period, least, used, before) if before else []


def _places(items: Iterable[UsageItem], cutoff: dt.date, books: str) -> Iterator[_Place]:
    prices = _prices({item.offer_id for item in items})
    earlier: dict[tuple[int, str], list[UsageItem]] = {}
    for item in items:
        same = earlier.setdefault((item.subscription_id, item.meter), [])
        taken = [(other.starts_on, other.until) for other in same if other.position < item.position]
        listed = prices.get((item.offer_id, None), [])
        own = prices.get((item.offer_id, item.customer_id), [])
        priced = item.in_its_currency({price.currency for price in (*listed, *own)}, books)
        for window in windows(priced.metered(), [*listed, *own], item.earliest_day(), cutoff):
            yield _Place(priced, window, apart([(window.first, window.until)], taken))
        same.append(item)


def _prices(offers: set[int]) -> dict[tuple[int, int | None], list[PriceFacts]]:
    found: dict[tuple[int, int | None], list[PriceFacts]] = {}
    for offer_id, prices in price_book(offers).items():
        for price in prices:
            found.setdefault((offer_id, price.customer_id), []).append(price)
    return found


def _pricing(place: _Place) -> Pricing:
    if place.window.pricing is None:
        raise NoPriceInForce(currency=place.item.currency, on=place.window.first)
    return place.window.pricing


def _found(places: Sequence[_Place]) -> dict[int, _Found]:
    """What waits in each window where something does."""
    taken = {
        number: _Found(Used(), Used(count, total, highest), events)
        for number, count, total, highest, events in sql.binary_rows(
            "charge", "usage_taken", _spans(places, range(len(places)))
        )
    }
    again = [
        number
        for number in taken
        if places[number].window.is_late or places[number].item.aggregation == Aggregation.UNIQUE
    ]
    if not again:
        return taken
    asked = _spans(places, again) | {"events": [taken[number].events for number in again]}
    for number, count, total, highest, members, all_members, charge_id in sql.binary_rows(
        "charge", "usage_before", asked
    ):
        before, now = Used(count, total, highest, members), taken[number]
        after = before.and_also(now.after._replace(members=all_members))
        taken[number] = _Found(before, after, now.events, charge_id)
    return taken


def _spans(places: Sequence[_Place], numbers: Iterable[int]) -> dict[str, Any]:
    spans = [(number, places[number].item, span) for number in numbers for span in places[number].spans]
    return {
        "numbers": [number for number, _, _ in spans],
        "subscriptions": [item.subscription_id for _, item, _ in spans],
        "meters": [item.meter for _, item, _ in spans],
        "firsts": [item.begins(first) for _, item, (first, _) in spans],
        "untils": [item.begins(until) for _, item, (_, until) in spans],
    }


def _transactions(places: Sequence[_Place], found: Mapping[int, _Found]) -> dict[int, Decimal]:
    """What the transactions that wait in each window cost, where each of them does, some windows at a time."""
    amounts: dict[int, Decimal] = {}
    for numbers in _in_slices(places, found):
        asked = {"numbers": numbers, "events": [found[number].events for number in numbers]}
        for number, value in sql.binary_rows("charge", "usage_values", asked):
            (part,) = rate_transactions(_pricing(places[number]), [value])
            amounts[number] = amounts.get(number, Decimal(0)) + part.amount
    return amounts


def _in_slices(places: Sequence[_Place], found: Mapping[int, _Found]) -> Iterator[list[int]]:
    some, events = [], 0
    for number in found:
        pricing = places[number].window.pricing
        if pricing is not None and pricing.model == PriceModel.PERCENTAGE:
            some.append(number)
            events += found[number].after.times
        if events > _VALUES:
            yield some
            some, events = [], 0
    if some:
        yield some


def _least(place: _Place) -> bool:
    return place.window.pricing is not None and bool(place.window.pricing.period_minimum)


def _store(sheet: _Sheet) -> None:
    """The charges are stored, and every event is in one of them."""
    if not sheet.rows and not sheet.into_old:
        return
    first = sql.reserve_ids(Charge, len(sheet.rows))
    sql.copy_rows(Charge, UsageCharge, (row._replace(id=id) for id, row in enumerate(sheet.rows, first)))
    bound = [(first + place, events) for place, events in sheet.into_new] + sheet.into_old
    arrays = {"charges": [charge_id for charge_id, _ in bound], "events": [events for _, events in bound]}
    sql.execute("charge", "usage_bind", arrays)


def _close(items: Sequence[UsageItem], through: Mapping[int, dt.date]) -> None:
    """The items are billed through these days."""
    moves: dict[Move, int] = {}
    moved = [
        (
            item.item_id,
            moves.setdefault(Move(item.billed_through, item.ends_on, through[item.item_id]), len(moves) + 1),
        )
        for item in items
    ]
    move_items(moved, list(moves))
