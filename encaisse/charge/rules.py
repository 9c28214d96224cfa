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
    discount_percent: Decimal
    period_from: dt.date | None
    period_to: dt.date | None
    billable_on: dt.date
    item_id: int | None
    reverses_id: int | None
    origin_key: str | None


def rated_amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Quantity × unit price, half-up to six decimals, before any discount."""
    return (quantity * unit_price).quantize(_MILLIONTH, rounding=ROUND_HALF_UP)
