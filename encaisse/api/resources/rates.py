"""Exchange rates: what one currency is worth in another, by day."""

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any, Final

from ninja import Query
from pydantic import BeforeValidator, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from encaisse.api.fields import (
    Currency,
    CurrencyGiven,
    DecimalTold,
    Given,
    Name,
    Page,
    Paging,
    RateKey,
    RateRef,
    Text,
    Told,
    page,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.currency import operations, queries
from encaisse.currency import rules as currency

resource = Resource("Exchange rates")
_EXACT: Final = r"^[0-9]{1,10}(\.[0-9]{1,10})?$"


def _rate(value: object) -> Decimal:
    if not isinstance(value, str) or not re.fullmatch(_EXACT, value, re.ASCII):
        raise PydanticCustomError("decimal", "not a decimal")
    return Decimal(value)


RateGiven = Annotated[
    Decimal,
    BeforeValidator(_rate),
    WithJsonSchema({"type": "string", "pattern": _EXACT, "examples": ["10.95"]}),
]


class RateFilter(Paging):
    """Which rates; `currency` is on either side."""

    after: RateKey | None = None
    currency: Annotated[str, Text(3)] = ""


class Rate(Told):
    """`units` of `base` are worth `rate` of `quote` from `valid_from` on, as `source` says."""

    id: RateRef
    base: Currency
    quote: Currency
    units: int
    rate: DecimalTold
    valid_from: dt.date
    source: str
    actor: str
    recorded_at: dt.datetime


class RateToRecord(Given):
    """A rate as somebody reads it somewhere."""

    base: CurrencyGiven
    quote: CurrencyGiven
    units: int = Field(1, ge=1, le=currency.MOST_UNITS)
    rate: RateGiven
    valid_from: dt.date
    source: Name


@resource.get("/exchange-rates", Page[Rate], "configure")
def list_exchange_rates(request: ProgramRequest, asked: Query[RateFilter]) -> Any:
    """List exchange rates.

    Every record, the latest recorded first: of one day the first one told counts.
    """
    rows = queries.rates(request.scope, currency=asked.currency, limit=asked.limit + 1, after=asked.after)
    return page(request, "rat", rows, asked.limit)


@resource.post("/exchange-rates", Rate, "configure")
def record_exchange_rate(request: ProgramRequest, said: RateToRecord) -> Any:
    """Record an exchange rate.

    A record never changes: a correction is a newer one of the same day.
    """
    rate_id = operations.record_rate(request.scope, currency.Told(**said.dict()))
    return queries.rates(request.scope, limit=1, after=rate_id + 1)[0]
