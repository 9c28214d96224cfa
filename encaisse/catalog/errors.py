"""Why an offer is refused."""

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class PeriodUnknown(DomainError):
    """The text names no period that prices can recur by."""

    code: ClassVar[str] = "period_unknown"
    status: ClassVar[int] = 422


@refusal
class RevenueAccountInvalid(DomainError):
    """The account is not one of class 7 of the French chart, in three to ten digits."""

    code: ClassVar[str] = "revenue_account_invalid"
    status: ClassVar[int] = 422


@refusal
class ProductContradicted(DomainError):
    """An earlier record of the same file says something else of the same product."""

    code: ClassVar[str] = "product_contradicted"
    status: ClassVar[int] = 422
    product: str


@refusal
class PriceFixedForDay(DomainError):
    """The offer has another price from that day on already, and prices never change: choose a later day."""

    code: ClassVar[str] = "price_fixed_for_day"
    status: ClassVar[int] = 422
    valid_from: dt.date


@refusal
class OfferKeepsItsPeriods(DomainError):
    """The offer is sold with other periods already: other periods are another offer."""

    code: ClassVar[str] = "offer_keeps_its_periods"
    status: ClassVar[int] = 422


@refusal
class NoPriceInForce(DomainError):
    """The offer has no price in that currency on that day: add one that begins by then."""

    code: ClassVar[str] = "no_price_in_force"
    status: ClassVar[int] = 422
    currency: str
    on: dt.date


@refusal
class QuantityNegative(DomainError):
    """Less than nothing cannot be used: what was counted too much is taken back by a credit."""

    code: ClassVar[str] = "quantity_negative"
    status: ClassVar[int] = 422
    quantity: Decimal
