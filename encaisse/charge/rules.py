"""Rating: what one period of one item costs. Pure arithmetic over named tuples."""

import datetime as dt
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

_MILLIONTH: Final = Decimal("0.000001")


class ChargeRow(NamedTuple):
    """A charge as it is stored; the fields are the columns of its COPY, in order."""

    account_id: int
    product_id: int
    kind: str
    label: str
    currency: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    billable_on: dt.date
    discount_percent: Decimal = Decimal(0)
    discount_amount: Decimal | None = None
    discount_reason: str | None = None
    period_from: dt.date | None = None
    period_to: dt.date | None = None
    item_id: int | None = None
    price_version_id: int | None = None
    buyer_reference_id: int | None = None
    reverses_id: int | None = None
    origin_key: str | None = None


def rated_amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Quantity × unit price, half-up to six decimals, before any discount."""
    return (quantity * unit_price).quantize(_MILLIONTH, rounding=ROUND_HALF_UP)


def prorated(price: Decimal, days: int, of_days: int) -> Decimal:
    """What `days` of the `of_days` days of a period cost, half-up to six decimals; a whole one its price."""
    if days == of_days:
        return price
    return (price * days / of_days).quantize(_MILLIONTH, rounding=ROUND_HALF_UP)
