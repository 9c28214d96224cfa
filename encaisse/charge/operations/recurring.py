"""Charges of what recurs, period by period, and of what is owed once when it begins."""

import datetime as dt
from collections.abc import Iterator
from typing import Final, NamedTuple

from django.db import transaction

from encaisse.catalog.errors import NoPriceInForce
from encaisse.catalog.queries import price_book
from encaisse.charge.errors import PriceMissing
from encaisse.charge.models import Charge, ChargeKind
from encaisse.charge.operations.due_items import Due, Shape, items_due, shape_of
from encaisse.charge.operations.moves import Move, move_items
from encaisse.charge.rules import (
    COLUMNS,
    ChargeRow,
    Price,
    PriceBook,
    agreed_price,
    fraction,
    price_of,
    prorated,
    rated_amount,
    repeated,
)
from encaisse.kernel import sql
from encaisse.party.queries import books_currency
from encaisse.subscription.rules.periods import Grid, Period, Segment, periods_due

_ONE_DAY: Final = dt.timedelta(days=1)
# No whole period lasts longer.
LONGEST_PERIOD: Final = dt.timedelta(days=366 * 10)
_RECURRING: Final = str(ChargeKind.RECURRING)
_ONE_SHOT: Final = str(ChargeKind.ONE_SHOT)


class Rated(NamedTuple):
    """How many charges were made, and for each account that has an item without a price, why."""

    charges: int
    refused: dict[int, PriceMissing]


class _Owed(NamedTuple):
    """What each item of a shape owes: its charges, all that they repeat of each other as text, and which of the
    tariff's moves says how far it is billed now, 0 if nowhere; `missing` is why no more than that."""

    charges: list[ChargeRow]
    texts: list[str]
    move: int
    missing: PriceMissing | None


class _Tariff:
    """What items owe until a cut-off, found once for all that have the same shape and the same prices."""

    def __init__(self, due: list[Due], cutoff: dt.date, books: str) -> None:
        offers = {int(shape.partition("\t")[0]) for shape in {item.shape for item in due}}
        self._book = PriceBook(price_book(offers))
        self._cutoff = cutoff
        self._books = books
        self._apart = frozenset(map(str, self._book.customers))
        self._found: dict[tuple[str, str], _Owed] = {}
        self.moves: list[Move] = []

    def of(self, item: Due) -> _Owed:
        """What this one owes."""
        customer = item.customer_id if item.customer_id in self._apart else "0"
        found = self._found.get((item.shape, customer))
        if found is None:
            found = self._found[item.shape, customer] = self._rated(shape_of(item.shape), int(customer))
        return found

    def _rated(self, shape: Shape, customer_id: int) -> _Owed:
        charges, through, missing = [], None, None
        try:
            for period in _periods(shape, self._cutoff):
                priced = self._in_its_currency(shape, customer_id, period.first)
                charges.append(_charge(priced, period, self._price(priced, customer_id, period.first)))
                through = period.until
        except NoPriceInForce as none:
            missing = PriceMissing(offer=shape.offer, currency=shape.currency, on=none.on)
        if through:
            self.moves.append(Move(shape.billed_through, shape.ends_on, through))
        return _Owed(charges, list(map(repeated, charges)), len(self.moves) if through else 0, missing)

    def _in_its_currency(self, shape: Shape, customer_id: int, on: dt.date) -> Shape:
        """The shape in the currency of its price: the account's, or that of the books where the offer has none in it.

        What was agreed, a price or an amount off, is in the account's.
        """
        if shape.currency == self._books or shape.unit_price is not None or shape.discount_amount is not None:
            return shape
        for currency in (shape.currency, self._books):
            try:
                self._book.at(shape.offer_id, currency, customer_id, on)
            except NoPriceInForce:
                continue
            return shape._replace(currency=currency)
        return shape

    def _price(self, shape: Shape, customer_id: int, on: dt.date) -> Price:
        if shape.unit_price is None:
            return price_of(self._book.at(shape.offer_id, shape.currency, customer_id, on), shape.quantity)
        try:
            pricing = self._book.at(shape.offer_id, shape.currency, customer_id, on)
        except NoPriceInForce:
            pricing = None
        return agreed_price(shape.unit_price, shape.quantity, pricing)


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
    lines: list[str] = []
    moved: list[tuple[str, int]] = []
    refused: dict[int, PriceMissing] = {}
    due = items_due(where | {"accounts": accounts, "cutoff_date": cutoff_date})
    tariff = _Tariff(due, cutoff_date, books_currency(legal_entity_id))
    for item in due:
        owed = tariff.of(item)
        for text in owed.texts:
            lines.append(f"{item.account_id}\t{item.item_id}\t{item.buyer_reference_id}\t{text}")
        if owed.move:
            moved.append((item.item_id, owed.move))
        if owed.missing:
            refused[int(item.account_id)] = owed.missing
    sql.copy_text(Charge, COLUMNS, lines)
    move_items(moved, tariff.moves)
    return Rated(len(lines), refused)


def forecast(*, legal_entity_id: int, account_id: int, cutoff_date: dt.date) -> list[ChargeRow]:
    """What `rate_recurring` would charge the account; nothing is written and nobody waits."""
    where = {"legal_entity_id": legal_entity_id, "first_account": account_id, "last_account": account_id}
    due = items_due(where | {"accounts": None, "cutoff_date": cutoff_date})
    tariff = _Tariff(due, cutoff_date, books_currency(legal_entity_id))
    return [item.owes(charge) for item in due for charge in tariff.of(item).charges]


def begun(*, legal_entity_id: int, after: dt.date) -> list[ChargeRow]:
    """What periods that began before the day `after` will be charged and are not yet, whole: nothing is written.

    In arrears the one under way is among them, at the price of its first day. An item without a price has none.
    """
    where = {"legal_entity_id": legal_entity_id, "first_account": 0, "last_account": 2**62, "accounts": None}
    due = items_due(where | {"cutoff_date": after})
    books = books_currency(legal_entity_id)
    in_advance, in_arrears = _Tariff(due, after, books), _Tariff(due, after + LONGEST_PERIOD, books)
    owed = (
        (item, charge)
        for item in due
        for charge in (in_arrears if shape_of(item.shape).timing == "arrears" else in_advance)
        .of(item)
        .charges
    )
    return [item.owes(charge) for item, charge in owed if (charge.period_from or charge.billable_on) < after]


def _periods(shape: Shape, cutoff: dt.date) -> Iterator[Period]:
    """Those due: of what is owed once, one that lasts the day on which it begins."""
    first = shape.billed_through
    if shape.is_one_shot:
        return iter([Period(first, first + _ONE_DAY, 1, 1)])
    grid = Grid(shape.anchor_date, shape.period_unit, shape.period_count)
    return iter(periods_due(Segment(grid, shape.timing, first, shape.until), cutoff))


def _charge(shape: Shape, period: Period, price: Price) -> ChargeRow:
    """The charge of one period, of no account nor item yet."""
    first, until, days, of_days = period
    quantity, unit_price, version_id = price
    label, off = shape.label, shape.discount_amount
    if days != of_days and shape.is_prorated:
        label = f"{label} {fraction(shape.language, days, of_days, unit_price, shape.currency)}"
        unit_price = prorated(unit_price, days, of_days)
        off = off and prorated(off, days, of_days)
    amount = rated_amount(quantity, unit_price)
    once = shape.is_one_shot
    return ChargeRow(
        account_id=0,
        product_id=shape.product_id,
        kind=_ONE_SHOT if once else _RECURRING,
        label=label,
        currency=shape.currency,
        quantity=quantity,
        unit_price=unit_price,
        amount=amount,
        # In arrears a period can be billed from its last day on, in advance from its first.
        billable_on=until - _ONE_DAY if shape.timing == "arrears" else first,
        discount_percent=shape.discount_percent,
        discount_amount=off and min(off, amount),
        discount_reason=shape.discount_reason or None,
        period_from=None if once else first,
        period_to=None if once else until,
        price_version_id=version_id,
    )
