"""Charges of what recurs, period by period, and of what is owed once when it begins."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db import transaction

from encaisse.catalog.errors import NoPriceInForce
from encaisse.catalog.queries import price_book
from encaisse.charge.errors import ContractChangedMeanwhile, PriceMissing
from encaisse.charge.models import Charge, ChargeKind
from encaisse.charge.rules import (
    ChargeRow,
    Price,
    PriceBook,
    agreed_price,
    copied,
    fraction,
    price_of,
    prorated,
    rated_amount,
)
from encaisse.kernel import sql
from encaisse.subscription.rules.periods import Grid, Period, Segment, periods_due

_ONE_DAY: Final = dt.timedelta(days=1)
_RECURRING: Final = str(ChargeKind.RECURRING)
_ONE_SHOT: Final = str(ChargeKind.ONE_SHOT)


class DueItem(NamedTuple):
    """A row of `items_due.sql`: a segment, its offer, and for whom its charges are."""

    item_id: int
    account_id: int
    customer_id: int
    language: str
    offer_id: int
    offer: str
    product_id: int
    label: str
    is_one_shot: bool
    currency: str
    quantity: Decimal
    unit_price: Decimal | None
    discount_percent: Decimal
    discount_amount: Decimal | None
    discount_reason: str
    unit: str
    every: int
    timing: str
    is_prorated: bool
    anchor_date: dt.date
    billed_through: dt.date
    ends_on: dt.date | None
    until: dt.date | None
    buyer_reference_id: int | None


class _Calendar(dict[tuple[Any, ...], list[Period]]):
    """The periods due at a cut-off, found once for all the items that share a grid, an end and what is billed."""

    def __init__(self, cutoff: dt.date) -> None:
        super().__init__()
        self._cutoff = cutoff

    def of(self, item: DueItem) -> list[Period]:
        """Those of the item: of what is owed once, one that lasts the day on which it begins."""
        first = item.billed_through
        if item.is_one_shot:
            return [Period(first, first + _ONE_DAY, 1, 1)]
        key = (item.anchor_date, item.unit, item.every, item.timing, first, item.until)
        found = self.get(key)
        if found is None:
            grid = Grid(item.anchor_date, item.unit, item.every)
            found = self[key] = periods_due(Segment(grid, item.timing, first, item.until), self._cutoff)
        return found


class Rated(NamedTuple):
    """How many charges were made, and for each account that has an item without a price, why."""

    charges: int
    refused: dict[int, PriceMissing]


class _Moved(NamedTuple):
    """How far segments are billed now, beside how rating found them."""

    items: list[int]
    was: list[dt.date]
    ends: list[dt.date | None]
    through: list[dt.date]

    def arrays(self) -> dict[str, str]:
        """Each column as an array literal."""
        ends = (day or "NULL" for day in self.ends)
        return {name: sql.array(values) for name, values in (self._asdict() | {"ends": ends}).items()}


@transaction.atomic(savepoint=False)
def rate_recurring(
    *,
    legal_entity_id: int,
    first_account: int,
    last_account: int,
    cutoff_date: dt.date,
    accounts: str | None = None,
) -> Rated:
    """Every period due before `cutoff_date` of the items of these accounts is a charge, once.

    A period costs the price in force on its first day, prorated when it is not whole: unit price × days held /
    days of the whole period, half-up to six decimals. `accounts`, an array literal, narrows the range.
    Moves the items' `billed_through`. Repeatable: an item and the first day of a period make a charge unique.
    An item without a price is left as it was and told. Locks the items that it moves. Raises
    ContractChangedMeanwhile when one of them was changed since it was read, and IntegrityError when another
    run rated one: the caller rolls back and repeats.
    """
    where = {"legal_entity_id": legal_entity_id, "first_account": first_account, "last_account": last_account}
    due, book = _due(where | {"accounts": accounts, "cutoff_date": cutoff_date})
    refused: dict[int, PriceMissing] = {}
    moved = _Moved([], [], [], [])
    lines = [copied(row) for row in _rated(due, book, cutoff_date, moved, refused)]
    sql.copy_text(Charge, ChargeRow._fields, lines)
    if moved.items and sql.execute("charge", "move_billed_through", moved.arrays()) != len(moved.items):
        raise ContractChangedMeanwhile()
    return Rated(len(lines), refused)


def forecast(*, legal_entity_id: int, account_id: int, cutoff_date: dt.date) -> list[ChargeRow]:
    """What `rate_recurring` would charge the account; nothing is written and nobody waits."""
    where = {"legal_entity_id": legal_entity_id, "first_account": account_id, "last_account": account_id}
    due, book = _due(where | {"accounts": None, "cutoff_date": cutoff_date})
    return list(_rated(due, book, cutoff_date, _Moved([], [], [], []), {}))


def _due(asked: dict[str, Any]) -> tuple[list[DueItem], PriceBook]:
    due = list(map(DueItem._make, sql.binary_rows("charge", "items_due", asked)))
    return due, PriceBook(price_book({item.offer_id for item in due}))


def _rated(
    due: list[DueItem], book: PriceBook, cutoff: dt.date, moved: _Moved, refused: dict[int, PriceMissing]
) -> Iterator[ChargeRow]:
    calendar = _Calendar(cutoff)
    for item in due:
        through = None
        try:
            for period in calendar.of(item):
                yield _charge(item, period, _price(item, book, period.first))
                through = period.until
        except NoPriceInForce as missing:
            refused[item.account_id] = PriceMissing(offer=item.offer, currency=item.currency, on=missing.on)
        if through is not None:
            moved.items.append(item.item_id)
            moved.was.append(item.billed_through)
            moved.ends.append(item.ends_on)
            moved.through.append(through)


def _price(item: DueItem, book: PriceBook, on: dt.date) -> Price:
    if item.unit_price is None:
        return price_of(book.at(item.offer_id, item.currency, item.customer_id, on), item.quantity)
    try:
        pricing = book.at(item.offer_id, item.currency, item.customer_id, on)
    except NoPriceInForce:
        pricing = None
    return agreed_price(item.unit_price, item.quantity, pricing)


def _charge(item: DueItem, period: Period, price: Price) -> ChargeRow:
    first, until, days, of_days = period
    quantity, unit_price, version_id = price
    label, off = item.label, item.discount_amount
    if days != of_days and item.is_prorated:
        label = f"{label} {fraction(item.language, days, of_days, unit_price, item.currency)}"
        unit_price = prorated(unit_price, days, of_days)
        off = off and prorated(off, days, of_days)
    amount = rated_amount(quantity, unit_price)
    once = item.is_one_shot
    return ChargeRow(
        item.account_id,
        item.product_id,
        _ONE_SHOT if once else _RECURRING,
        label,
        item.currency,
        quantity,
        unit_price,
        amount,
        # In arrears a period can be billed from its last day on, in advance from its first.
        until - _ONE_DAY if item.timing == "arrears" else first,
        item.discount_percent,
        off and min(off, amount),
        item.discount_reason or None,
        None if once else first,
        None if once else until,
        item.item_id,
        version_id,
        item.buyer_reference_id,
    )
