"""Which rate holds on a day, and the history of rates. Rates are everybody's: they say nothing about anybody."""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Q

from encaisse.currency.errors import NoRateRecorded
from encaisse.currency.models import ExchangeRate
from encaisse.currency.rules import Exchange, Rate
from encaisse.kernel import sql
from encaisse.kernel.scope import Scope


class RateRow(NamedTuple):
    """A recorded rate, with who recorded it; `is_last` when no later record speaks of the pair in its place."""

    id: int
    base: str
    quote: str
    units: int
    rate: Decimal
    valid_from: dt.date
    source: str
    actor: str
    actor_kind: str
    recorded_at: dt.datetime
    intake_row: int | None


def rates_on(currency: str, on: dt.date) -> dict[str, Rate]:
    """The rate of this day between the currency and each one that it is tied to, by that one."""
    found = (Rate(*row) for row in sql.rows("currency", "rates_on", {"currency": currency, "on": on}))
    return {rate.other(currency): rate for rate in found}


def rate_on(currency: str, accounting_currency: str, on: dt.date) -> Rate:
    """The rate of this day between the two. Raises NoRateRecorded: none is ever guessed."""
    rate = rates_on(accounting_currency, on).get(currency)
    if rate is None:
        raise NoRateRecorded(currency=currency, accounting_currency=accounting_currency, date=on)
    return rate


def exchange(currency: str, books: str, on: dt.date) -> Exchange | None:
    """What is in the books' currency as a customer of this one reads it on a day; None when they are the same."""
    if currency == books:
        return None
    return Exchange(currency, books, rates_on(books, on).get(currency))


def last_told(base: str, quote: str, valid_from: dt.date) -> Rate | None:
    """The newest record of the pair, told this way round, for just this day."""
    found = ExchangeRate.objects.filter(base=base, quote=quote, valid_from=valid_from).order_by("-pk")
    row = found.values_list(*Rate._fields).first()
    return row and Rate(*row)


def rates(scope: Scope, *, currency: str = "", limit: int, after: int | None = None) -> list[RateRow]:
    """Rates of one currency, or all: the latest recorded first, those after the record `after`.

    Raises NotPermitted.
    """
    scope.require("configure")
    found = ExchangeRate.objects.order_by("-pk")
    if currency:
        found = found.filter(Q(base=currency) | Q(quote=currency))
    if after is not None:
        found = found.filter(pk__lt=after)
    columns = [name if name != "actor" else "actor_label" for name in RateRow._fields]
    return [RateRow(*row) for row in found.values_list(*columns)[:limit]]


def current(scope: Scope, on: dt.date) -> list[RateRow]:
    """The rate that holds on this day of each pair, told as it was last, in order. Raises NotPermitted."""
    scope.require("configure")
    known = ExchangeRate.objects.filter(valid_from__lte=on).order_by("base", "quote")
    pairs = {tuple(sorted(pair)) for pair in known.values_list("base", "quote").distinct()}
    keys = [rates_on(one, on)[other].id for one, other in sorted(pairs)]
    columns = [name if name != "actor" else "actor_label" for name in RateRow._fields]
    rows = ExchangeRate.objects.filter(pk__in=keys).order_by("base", "quote").values_list(*columns)
    return [RateRow(*row) for row in rows]


def coming(scope: Scope, after: dt.date) -> list[RateRow]:
    """Rates recorded for days after this one, in their order. Raises NotPermitted."""
    scope.require("configure")
    columns = [name if name != "actor" else "actor_label" for name in RateRow._fields]
    rows = ExchangeRate.objects.filter(valid_from__gt=after).order_by("valid_from", "pk")
    return [RateRow(*row) for row in rows.values_list(*columns)]
