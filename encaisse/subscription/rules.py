"""The periods of what recurs, and the contract that a record of an imported table describes.

Periods are half-open and anniversary: they follow each other from the start date, whose day they keep where
the month has it, so that 31 January is followed by 28 February, then by 31 March.
"""

import calendar
import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

from encaisse.catalog.rules.periods import Timing
from encaisse.intake.rules import (
    Column,
    Columns,
    Reading,
    Record,
    RowError,
    parse_date,
    parse_decimal,
    parse_text,
)
from encaisse.subscription.errors import EndsBeforeItStarts

CONTRACT_COLUMNS: Final = (
    Column("reference", ("Contrat", "Référence contrat", "Contract", "Contract reference"), required=True),
    Column("customer", ("Code client", "Customer code", "Customer"), required=True),
    Column("offer", ("Offre", "Code offre", "Offer", "Offer code"), required=True),
    Column("quantity", ("Quantité", "Quantity"), required=True),
    Column("start_date", ("Début", "Date de début", "Start", "Start date"), required=True),
    Column("end_date", ("Fin", "Date de fin", "End", "End date")),
    Column("unit_price", ("Prix unitaire HT", "Unit price")),
    Column("discount_percent", ("Remise %", "Remise", "Discount %", "Discount")),
    Column("billed_through", ("Facturé jusqu'au", "Billed through")),
)
_ONE_DAY: Final = dt.timedelta(days=1)
_SMALLEST: Final = Decimal("0.000001")


class Period(NamedTuple):
    """From `first` to `until`, exclusive."""

    first: dt.date
    until: dt.date


class RecurringItem(NamedTuple):
    """What periods depend on. Everything before `billed_through` is billed; `end_date` is exclusive."""

    start_date: dt.date
    end_date: dt.date | None
    months: int
    timing: str
    billed_through: dt.date


class ContractRow(NamedTuple):
    """A contract of one item, as a record gives it; None is what it leaves out.

    People write last days: `end_date` and `billed_through` are the day after, since both are exclusive.
    """

    reference: str
    customer: str
    offer: str
    quantity: Decimal
    start_date: dt.date
    end_date: dt.date | None
    unit_price: Decimal | None
    discount_percent: Decimal
    billed_through: dt.date | None


class Price(NamedTuple):
    """A stored version of an offer's price, in force from `valid_from` on, for periods of `months` months."""

    version_id: int
    offer_id: int
    currency: str
    valid_from: dt.date
    unit_price: Decimal
    months: int
    timing: str


class NewSubscription(NamedTuple):
    """A contract as it is stored; the fields are the columns of its COPY, in order."""

    id: int
    reference: str
    account_id: int
    state: str
    start_date: dt.date
    end_date: dt.date | None
    intake_row_id: int | None
    content_hash: str


class NewItem(NamedTuple):
    """What a contract holds, as it is stored; the fields are the columns of its COPY, in order."""

    id: int
    subscription_id: int
    position: int
    offer_id: int
    price_version_id: int
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal
    billed_through: dt.date


def price_for(prices: Sequence[Price], currency: str, on: dt.date) -> Price:
    """The price of one offer for an account in `currency` on a day, out of its versions, of which there is one.

    Without a price in that currency it is the first other one's; before the first version, that version's.
    """
    mine = [price for price in prices if price.currency == currency]
    mine = mine or [price for price in prices if price.currency == prices[0].currency]
    in_force = [price for price in mine if price.valid_from <= on]
    if in_force:
        return max(in_force, key=lambda price: price.valid_from)
    return min(mine, key=lambda price: price.valid_from)


def boundary(start_date: dt.date, months: int, number: int) -> dt.date:
    """The first day of period `number` (from 0) of those that last `months` months each."""
    years, month = divmod(start_date.month - 1 + months * number, 12)
    year, month, day = start_date.year + years, month + 1, start_date.day
    if day > 28:
        day = min(day, calendar.monthrange(year, month)[1])
    return dt.date(year, month, day)


def periods_due(item: RecurringItem, cutoff: dt.date) -> list[Period]:
    """The periods to charge for a run at `cutoff`, in order, from `billed_through` on.

    In advance: those that begin before the cutoff. In arrears: those that end on it or before, the end being
    exclusive. Only whole periods are charged: one that the end of the contract cuts is not.
    """
    number = _first_boundary_from(item.start_date, item.months, item.billed_through)
    first = boundary(item.start_date, item.months, number)
    due: list[Period] = []
    while True:
        number += 1
        until = boundary(item.start_date, item.months, number)
        is_due = until <= cutoff if item.timing == Timing.ARREARS else first < cutoff
        if not is_due or (item.end_date is not None and until > item.end_date):
            return due
        due.append(Period(first, until))
        first = until


def billed_through_boundary(start_date: dt.date, months: int, timing: str, date: dt.date) -> dt.date:
    """The boundary of periods that stands for "everything before `date` was billed elsewhere".

    In advance, the period under way at that date was billed when it began: the first boundary from the date
    on. In arrears it was not: the last boundary until the date. Never before the start.
    """
    number = _first_boundary_from(start_date, months, date)
    first_from = boundary(start_date, months, number)
    if timing == Timing.ARREARS and first_from > date and number > 0:
        return boundary(start_date, months, number - 1)
    return first_from


def _first_boundary_from(start_date: dt.date, months: int, date: dt.date) -> int:
    # Counted in whole months, hence at most one step before the answer, and never after it.
    elapsed = (date.year - start_date.year) * 12 + date.month - start_date.month
    number = max(0, elapsed // months)
    return number if boundary(start_date, months, number) >= date else number + 1


def read_contract(record: Record, columns: Columns) -> ContractRow | list[RowError]:
    """The contract of a record whose columns were matched with CONTRACT_COLUMNS, or all its errors."""
    reading = Reading(record, columns)
    reference = partial(parse_text, longest=50)
    start_date = reading.required("start_date", parse_date, dt.date.min)
    row = ContractRow(
        reference=reading.required("reference", reference, ""),
        customer=reading.required("customer", reference, ""),
        offer=reading.required("offer", reference, ""),
        quantity=reading.required("quantity", partial(parse_decimal, lowest=_SMALLEST), Decimal(1)),
        start_date=start_date,
        end_date=reading.optional("end_date", partial(_end_date, start_date=start_date), None),
        unit_price=reading.optional("unit_price", parse_decimal, None),
        discount_percent=reading.optional("discount_percent", _percent, Decimal(0)),
        billed_through=reading.optional("billed_through", _day_after, None),
    )
    return reading.errors or row


def _end_date(text: str, start_date: dt.date) -> dt.date:
    last = parse_date(text)
    if last < start_date:
        raise EndsBeforeItStarts(start_date=start_date)
    return last + _ONE_DAY


def _day_after(text: str) -> dt.date:
    return parse_date(text) + _ONE_DAY


def _percent(text: str) -> Decimal:
    return parse_decimal(text, decimals=4, highest=Decimal(100))
