"""Why an offer or a price is refused. `field` names what the refusal is about."""

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
    field: ClassVar[str] = "valid_from"
    valid_from: dt.date


@refusal
class OfferKeepsItsPeriods(DomainError):
    """Contracts hold the offer, which keeps its kind and periods: other periods are another offer."""

    code: ClassVar[str] = "offer_keeps_its_periods"
    status: ClassVar[int] = 422
    field: str


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


@refusal
class OfferCodeTaken(DomainError):
    """Another offer has this code."""

    code: ClassVar[str] = "offer_code_taken"
    status: ClassVar[int] = 422
    field: ClassVar[str] = "code"


@refusal
class MeterMissing(DomainError):
    """Usage is counted by a meter, which the offer does not name."""

    code: ClassVar[str] = "meter_missing"
    status: ClassVar[int] = 422
    field: ClassVar[str] = "meter"


@refusal
class InclusionNested(DomainError):
    """A package of offers holds offers, not packages: one of the two is in another already."""

    code: ClassVar[str] = "inclusion_nested"
    status: ClassVar[int] = 422
    offer: str


@refusal
class PriceModelUnfit(DomainError):
    """A percentage is taken of transactions, which only offers of usage count."""

    code: ClassVar[str] = "price_model_unfit"
    status: ClassVar[int] = 422
    field: ClassVar[str] = "model"
    kind: str


@refusal
class PriceTermMissing(DomainError):
    """The model of the price needs a term that is not given."""

    code: ClassVar[str] = "price_term_missing"
    status: ClassVar[int] = 422
    field: str
    model: str


@refusal
class PriceTermUseless(DomainError):
    """The model of the price has no use for a term that is given."""

    code: ClassVar[str] = "price_term_useless"
    status: ClassVar[int] = 422
    field: str
    model: str


@refusal
class TiersUnreadable(DomainError):
    """The text does not say, tier by tier, up to what quantity and at what price."""

    code: ClassVar[str] = "tiers_unreadable"
    status: ClassVar[int] = 422
    field: ClassVar[str] = "tiers"


@refusal
class TiersNotRising(DomainError):
    """Each tier ends above the one before, and the last one alone has no end."""

    code: ClassVar[str] = "tiers_not_rising"
    status: ClassVar[int] = 422
    field: ClassVar[str] = "tiers"


@refusal
class PriceBoundsCrossed(DomainError):
    """The most that a transaction may cost is below the least."""

    code: ClassVar[str] = "price_bounds_crossed"
    status: ClassVar[int] = 422
    field: ClassVar[str] = "maximum_per_transaction"
    minimum: Decimal


@refusal
class PriceEndsBeforeItBegins(DomainError):
    """The price would end before it begins."""

    code: ClassVar[str] = "price_ends_before_it_begins"
    status: ClassVar[int] = 422
    field: ClassVar[str] = "valid_to"
    valid_from: dt.date


@refusal
class PriceEndFixed(DomainError):
    """The end of the price is said already, and is said once."""

    code: ClassVar[str] = "price_end_fixed"
    status: ClassVar[int] = 422
    field: ClassVar[str] = "valid_to"
    valid_to: dt.date


@refusal
class BilledAlready(DomainError):
    """Periods from that day on are billed, and keep the price that they were billed at."""

    code: ClassVar[str] = "billed_already"
    status: ClassVar[int] = 422
    field: ClassVar[str] = "valid_from"
    count: int
    valid_from: dt.date


@refusal
class PriceCustomerUnknown(DomainError):
    """No customer has this code."""

    code: ClassVar[str] = "price_customer_unknown"
    status: ClassVar[int] = 422
    field: ClassVar[str] = "customer"


@refusal
class PriceOfferUnknown(DomainError):
    """No offer has this code."""

    code: ClassVar[str] = "price_offer_unknown"
    status: ClassVar[int] = 422
    field: ClassVar[str] = "reference"


@refusal
class AdvanceTwice(DomainError):
    """An advance is an amount or a percentage, not both."""

    code: ClassVar[str] = "advance_twice"
    status: ClassVar[int] = 422
