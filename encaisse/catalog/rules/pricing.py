"""What a quantity costs, and which price is in force.

Amounts are in main units of the price's currency, exact to six decimals and half-up; nothing is rounded to cents
before an invoice does. Nothing costs anything while nothing is used: a price of zero quantity has no part.
"""

import datetime as dt
import enum
from collections.abc import Iterable, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

from encaisse.catalog.errors import NoPriceInForce, QuantityNegative

_MILLIONTH: Final = Decimal("0.000001")
_ONE: Final = Decimal(1)
_NOTHING: Final = Decimal(0)


class PriceModel(enum.StrEnum):
    """How a quantity becomes an amount.

    Flat: one price, whatever the quantity. Per unit: each unit has it. Graduated: each unit has the price of its
    own tier. Volume: all units have the price of the tier that the whole quantity reaches. Package: each package
    begun has it. Percentage: a share of the value of each transaction and a fixed amount, within bounds.
    """

    FLAT = "flat"
    PER_UNIT = "per_unit"
    GRADUATED = "graduated"
    VOLUME = "volume"
    PACKAGE = "package"
    PERCENTAGE = "percentage"


class Tier(NamedTuple):
    """Units until `up_to`, inclusive; None in the last tier, which has no end."""

    up_to: Decimal | None
    unit_price: Decimal


class Pricing(NamedTuple):
    """A version of a price, with what its model uses; the rest is None."""

    version_id: int
    model: str
    unit_price: Decimal | None = None
    tiers: tuple[Tier, ...] = ()
    package_size: Decimal | None = None
    percent: Decimal | None = None
    minimum_per_transaction: Decimal | None = None
    maximum_per_transaction: Decimal | None = None
    period_minimum: Decimal | None = None
    fixed_amount: Decimal | None = None


class Rated(NamedTuple):
    """A part of what is owed: `amount` is always quantity × unit price, to six decimals.

    `tier` counts from 1 where the price has tiers. Where an amount is no product, the quantity is one.
    """

    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    tier: int | None


class PriceFacts(NamedTuple):
    """A price of an offer, of `customer_id` alone unless that is None, until `valid_to`, exclusive."""

    pricing: Pricing
    offer_id: int
    customer_id: int | None
    currency: str
    valid_from: dt.date
    valid_to: dt.date | None

    def holds(self, on: dt.date) -> bool:
        """Whether the day lies between its ends."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


def rate(pricing: Pricing, quantity: Decimal) -> list[Rated]:
    """The parts of what the quantity costs, one for each tier that it reaches; none for no quantity.

    A percentage takes the quantity for the value of one transaction. Raises QuantityNegative.
    """
    if quantity < 0:
        raise QuantityNegative(quantity=quantity)
    if not quantity:
        return []
    match pricing.model:
        case PriceModel.GRADUATED:
            return _graduated(pricing.tiers, quantity)
        case PriceModel.VOLUME:
            return [_volume(pricing.tiers, quantity)]
        case PriceModel.PERCENTAGE:
            return [_share(pricing, quantity)]
    return [_product(_priced_units(pricing, quantity), pricing.unit_price or _NOTHING)]


def rate_transactions(pricing: Pricing, values: Iterable[Decimal]) -> list[Rated]:
    """What each transaction costs, in order. One of no value at all owes the fixed amount and the minimum too.

    By any other model each value is a quantity rated by itself. Raises QuantityNegative.
    """
    if pricing.model != PriceModel.PERCENTAGE:
        return [part for value in values for part in rate(pricing, value)]
    rated = []
    for value in values:
        if value < 0:
            raise QuantityNegative(quantity=value)
        rated.append(_share(pricing, value))
    return rated


def price_in_force(
    versions: Sequence[PriceFacts], *, currency: str, customer_id: int, on: dt.date
) -> PriceFacts:
    """The price of one offer, out of its versions, for a customer on a day.

    A price of the customer's own wins over the list; of several that hold, the latest to begin. Raises
    NoPriceInForce when the offer has none in that currency on that day.
    """
    holding = [
        price
        for price in versions
        if price.currency == currency and price.customer_id in (None, customer_id) and price.holds(on)
    ]
    if not holding:
        raise NoPriceInForce(currency=currency, on=on)
    return max(holding, key=_precedence)


def _precedence(price: PriceFacts) -> tuple[bool, dt.date]:
    return price.customer_id is not None, price.valid_from


def _priced_units(pricing: Pricing, quantity: Decimal) -> Decimal:
    """How many times the price is owed."""
    if pricing.model == PriceModel.FLAT:
        return _ONE
    if pricing.model == PriceModel.PACKAGE and pricing.package_size:
        whole, begun = divmod(quantity, pricing.package_size)
        return whole + 1 if begun else whole
    return quantity


def _graduated(tiers: Sequence[Tier], quantity: Decimal) -> list[Rated]:
    rated = []
    below = _NOTHING
    for number, tier in enumerate(tiers, 1):
        if quantity <= below:
            break
        top = quantity if tier.up_to is None else min(quantity, tier.up_to)
        rated.append(_product(top - below, tier.unit_price, number))
        below = top
    return rated


def _volume(tiers: Sequence[Tier], quantity: Decimal) -> Rated:
    reached = enumerate(tiers, 1)
    number, tier = next((n, t) for n, t in reached if t.up_to is None or quantity <= t.up_to)
    return _product(quantity, tier.unit_price, number)


def _share(pricing: Pricing, value: Decimal) -> Rated:
    amount = value * (pricing.percent or _NOTHING) / 100 + (pricing.fixed_amount or _NOTHING)
    if pricing.minimum_per_transaction is not None:
        amount = max(amount, pricing.minimum_per_transaction)
    if pricing.maximum_per_transaction is not None:
        amount = min(amount, pricing.maximum_per_transaction)
    return _product(_ONE, amount.quantize(_MILLIONTH, rounding=ROUND_HALF_UP))


def _product(quantity: Decimal, unit_price: Decimal, tier: int | None = None) -> Rated:
    amount = (quantity * unit_price).quantize(_MILLIONTH, rounding=ROUND_HALF_UP)
    return Rated(quantity, unit_price, amount, tier)
