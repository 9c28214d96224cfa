"""What a rate says, and amounts of one currency in another: whole numbers and exact ratios, rounded once."""

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

from encaisse.currency.errors import RateNotPositive, RateOfOneCurrency, RateWithoutSource
from encaisse.intake.rules import (
    Column,
    Columns,
    Reading,
    Record,
    RowError,
    parse_currency,
    parse_date,
    parse_decimal,
    parse_text,
)
from encaisse.kernel import money

RATE_DECIMALS: Final = 10
PRICE_DECIMALS: Final = 6
MOST_UNITS: Final = 1_000_000
USUAL_BASE: Final = "EUR"
RATE_COLUMNS: Final = (
    Column("reference", ("Devise", "Devise cotée", "Monnaie", "Currency"), required=True),
    Column("rate", ("Taux", "Cours", "Taux de change", "Rate"), required=True, holds="number"),
    Column("valid_from", ("Date", "Valable du", "Applicable au", "Valid from"), required=True, holds="date"),
    Column("source", ("Source", "Origine"), required=True),
    Column("base", ("Devise de base", "Base", "Base currency")),
    Column("units", ("Unités", "Pour", "Units"), holds="number"),
)
_NO_DAY: Final = dt.date.min


class Told(NamedTuple):
    """A rate as somebody tells it: `units` of `base` are worth `rate` of `quote` from `valid_from` on."""

    base: str
    quote: str
    units: int
    rate: Decimal
    valid_from: dt.date
    source: str


class Rate(NamedTuple):
    """A recorded rate, and what it says: amounts of `base` are amounts of `quote` × `rate` ÷ `units`."""

    id: int
    base: str
    quote: str
    units: int
    rate: Decimal
    valid_from: dt.date
    source: str

    def ratio(self, start: str) -> tuple[int, int]:
        """How many main units of the other currency one main unit of `start` is, as a quotient of whole numbers."""
        numerator, denominator = self.rate.as_integer_ratio()
        if start == self.base:
            return numerator, denominator * self.units
        return denominator * self.units, numerator

    def other(self, currency: str) -> str:
        """The currency that it ties this one to."""
        return self.quote if currency == self.base else self.base


def checked(told: Told) -> Told:
    """The same, which can be recorded.

    Raises UnknownCurrency, RateOfOneCurrency, RateNotPositive, RateWithoutSource.
    """
    base, quote = parse_currency(told.base), parse_currency(told.quote)
    if base == quote:
        raise RateOfOneCurrency(currency=base)
    if told.rate <= 0 or not 1 <= told.units <= MOST_UNITS:
        raise RateNotPositive()
    source = parse_text(told.source)
    if not source:
        raise RateWithoutSource()
    return told._replace(base=base, quote=quote, source=source)


def converted(amount_minor: int, start: str, rate: Rate) -> int:
    """An amount of `start` in the other currency of the rate, rounded half-up once; halves go away from zero."""
    numerator, denominator = rate.ratio(start)
    shift = money.decimals(rate.other(start)) - money.decimals(start)
    if shift >= 0:
        numerator *= 10**shift
    else:
        denominator *= 10**-shift
    return money.half_up(amount_minor * numerator, denominator)


def equivalent(amount: Decimal, start: str, rate: Rate) -> Decimal:
    """A price of `start` in the other currency of the rate, half-up to six decimals: to be read, not to bill by."""
    numerator, denominator = rate.ratio(start)
    top, bottom = amount.as_integer_ratio()
    millionths = money.half_up(top * numerator * 10**PRICE_DECIMALS, bottom * denominator)
    return Decimal(millionths).scaleb(-PRICE_DECIMALS)


class Exchange(NamedTuple):
    """A customer's currency beside that of the books, and the last rate recorded between the two; None without one."""

    currency: str
    books: str
    rate: Rate | None

    def shown(self, amount_minor: int | None, currency: str) -> int | None:
        """An amount of the books in the customer's currency; None of any other, and where no rate is recorded."""
        if amount_minor is None or currency != self.books or self.rate is None:
            return None
        return converted(amount_minor, currency, self.rate)

    def price(self, amount: Decimal | None, currency: str) -> Decimal | None:
        """The same of a price."""
        if amount is None or currency != self.books or self.rate is None:
            return None
        return equivalent(amount, currency, self.rate)


def quotient(rate: Rate, start: str) -> Decimal:
    """Main units of the other currency for one of `start`, half-up to ten decimals: to be read, not to convert by."""
    numerator, denominator = rate.ratio(start)
    return Decimal(money.half_up(numerator * 10**RATE_DECIMALS, denominator)).scaleb(-RATE_DECIMALS)


def read_rate(record: Record, columns: Columns) -> Told | list[RowError]:
    """The rate of a record whose columns were matched with RATE_COLUMNS, or all its errors.

    Without a base it is of the euro, without units of one.
    """
    reading = Reading(record, columns)
    smallest = Decimal(1).scaleb(-RATE_DECIMALS)
    units = reading.optional("units", _units, Decimal(1))
    told = Told(
        base=reading.optional("base", parse_currency, USUAL_BASE),
        quote=reading.required("reference", parse_currency, ""),
        units=int(units),
        rate=reading.required(
            "rate", partial(parse_decimal, decimals=RATE_DECIMALS, lowest=smallest), smallest
        ),
        valid_from=reading.required("valid_from", parse_date, _NO_DAY),
        source=reading.required("source", parse_text, ""),
    )
    if told.base == told.quote:
        reading.refuse("reference", RateOfOneCurrency(currency=told.base))
    return reading.errors or told


def _units(text: str) -> Decimal:
    return parse_decimal(text, decimals=0, lowest=Decimal(1), highest=Decimal(MOST_UNITS))
