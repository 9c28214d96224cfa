"""What is sold: products, offers and their prices. It belongs to every legal entity: a test key reads it only."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import Field

from encaisse.api.fields import (
    AccountKey,
    Code,
    Currency,
    CurrencyGiven,
    CustomerKey,
    CustomerRef,
    DecimalGiven,
    DecimalTold,
    Given,
    Name,
    OfferKey,
    OfferRef,
    Page,
    Paging,
    PriceKey,
    PriceRef,
    ProductKey,
    ProductRef,
    Search,
    Text,
    Told,
    page,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.shapes import Exchange
from encaisse.catalog import queries
from encaisse.catalog.operations.offers import Included
from encaisse.catalog.queries import OfferDetail, Wanted
from encaisse.catalog.rules.exchange import read_in
from encaisse.catalog.rules.offers import OfferFacts
from encaisse.catalog.rules.pricing import PriceFacts, Pricing, Tier
from encaisse.flows import sell
from encaisse.insight.queries.exchange import exchange_of
from encaisse.kernel.lists import Window

resource = Resource("Offers and prices")
Kind = Literal["one_shot", "recurring", "usage"]
Unit = Literal["day", "week", "month", "year"]
Model = Literal["flat", "per_unit", "graduated", "volume", "package", "percentage"]


class OfferFilter(Paging):
    """What a list of offers is narrowed to; `product` is a code, `sold_on` the day on which it is still sold."""

    after: OfferKey | None = None
    text: Search = ""
    kind: Kind | None = None
    product: Code = ""
    sold_on: dt.date | None = None
    sort: Literal["code", "-code", "name", "-name"] = "code"

    def wanted(self) -> Wanted:
        """The same as the query takes it."""
        said = Wanted(self.text, self.kind or "", self.product)
        return said._replace(sold="yes", on=self.sold_on) if self.sold_on else said


class Product(Told):
    """What a line of an invoice is of."""

    id: ProductRef
    code: str
    name_fr: str
    name_en: str


class PriceTier(Told):
    """Units until `up_to`, inclusive; none in the last tier, which has no end."""

    up_to: DecimalTold | None
    unit_price: DecimalTold


class Price(Told):
    """A price of an offer until `valid_to`, exclusive; of one customer when it is named. What its model does not use
    is null."""

    id: PriceRef
    customer_id: CustomerRef | None
    currency: Currency
    valid_from: dt.date
    valid_to: dt.date | None
    model: Model
    unit_price: DecimalTold | None
    tiers: list[PriceTier]
    package_size: DecimalTold | None
    percent: DecimalTold | None
    fixed_amount: DecimalTold | None
    minimum_per_transaction: DecimalTold | None
    maximum_per_transaction: DecimalTold | None
    period_minimum: DecimalTold | None


class PricesRead(Told):
    """The prices of an offer's list and, where an account is billed in another currency than the books', what they are
    in its own at the last rate, to be read: each line is converted when it is billed."""

    exchange: Exchange | None
    prices: list[Price]
    shown: list[Price]


class OfferSummary(Told):
    """An offer in a list, with the prices of the list. Nothing begins on it from `discontinued_on` on."""

    id: OfferRef
    code: str
    name_fr: str
    name_en: str
    product: str
    kind: Kind
    period_unit: str
    period_count: int
    timing: str
    discontinued_on: dt.date | None
    prices: list[Price]

    @staticmethod
    def resolve_prices(row: queries.OfferRow) -> list[dict[str, Any]]:
        """Those that everybody pays."""
        return [_price(each) for each in row.prices]


class Inclusion(Told):
    """How many of another offer each one holds."""

    offer_id: OfferRef
    code: str
    name_fr: str
    name_en: str
    quantity: DecimalTold


class Offer(Told):
    """An offer, what it includes, what includes it, and the prices of the customers that the key sees."""

    offer: OfferSummary
    product_id: ProductRef
    alignment: str
    proration: str
    meter: str
    aggregation: str
    inclusions: list[Inclusion]
    packages: list[Inclusion]
    own_prices: list[Price]

    @staticmethod
    def resolve_offer(found: OfferDetail) -> queries.OfferRow:
        """What its list says of it."""
        return found.row

    @staticmethod
    def resolve_own_prices(found: OfferDetail) -> list[dict[str, Any]]:
        """Those of single customers."""
        return [_price(each.price) for each in found.own_prices]


class OfferGiven(Given):
    """What an offer is but for its code. `meter` and `aggregation` are of usage alone."""

    product_id: ProductKey
    name_fr: Name
    name_en: Name
    kind: Kind = "recurring"
    period_unit: Unit = "month"
    period_count: int = Field(1, ge=1, le=99)
    timing: Literal["advance", "arrears"] = "advance"
    alignment: Literal["anniversary", "calendar"] = "anniversary"
    proration: Literal["day", "none"] = "day"
    meter: Annotated[str, Text(50)] = ""
    aggregation: Literal["", "sum", "count", "maximum", "unique"] = ""

    def facts(self) -> OfferFacts:
        """The same as the flow takes it."""
        return OfferFacts(**self.dict(exclude={"product_id", "code"}))


class NewOffer(OfferGiven):
    """An offer to be, under a code for ever."""

    code: Annotated[str, Text(50, 1, "^[A-Za-z0-9._-]+$")]


class InclusionGiven(Given):
    """How many of another offer each one holds."""

    offer_id: OfferKey
    quantity: DecimalGiven = Field(gt=0)


class InclusionsGiven(Given):
    """Everything that new contracts of the offer hold beside it."""

    inclusions: list[InclusionGiven] = Field(max_length=50)


class Discontinuation(Given):
    """The day from which no contract begins on the offer; null takes it back."""

    discontinued_on: dt.date | None


class TierGiven(Given):
    """Units until `up_to`, inclusive; none in the last tier, which has no end."""

    up_to: DecimalGiven | None = Field(None, gt=0)
    unit_price: DecimalGiven = Field(ge=0)


class NewPrice(Given):
    """A price from a day on, for one customer when it is named. Where periods from that day on are billed already,
    `past_periods_stay` says that they keep theirs."""

    customer_id: CustomerKey | None = None
    currency: CurrencyGiven
    valid_from: dt.date
    valid_to: dt.date | None = None
    model: Model = "per_unit"
    unit_price: DecimalGiven | None = Field(None, ge=0)
    tiers: list[TierGiven] = Field([], max_length=50)
    package_size: DecimalGiven | None = Field(None, gt=0)
    percent: DecimalGiven | None = Field(None, ge=0, le=100)
    fixed_amount: DecimalGiven | None = Field(None, ge=0)
    minimum_per_transaction: DecimalGiven | None = Field(None, ge=0)
    maximum_per_transaction: DecimalGiven | None = Field(None, ge=0)
    period_minimum: DecimalGiven | None = Field(None, ge=0)
    past_periods_stay: bool = False

    def price(self, offer_id: int) -> PriceFacts:
        """The same as the flow takes it."""
        terms: dict[str, Decimal | None] = {name: getattr(self, name) for name in _AMOUNTS}
        tiers = tuple(Tier(each.up_to, each.unit_price) for each in self.tiers)
        pricing = Pricing(0, self.model, tiers=tiers, **terms)
        return PriceFacts(pricing, offer_id, self.customer_id, self.currency, self.valid_from, self.valid_to)


class PriceEnd(Given):
    """The first day on which the price no longer holds."""

    valid_to: dt.date
    past_periods_stay: bool = False


_AMOUNTS = (
    "unit_price", "package_size", "percent", "fixed_amount", "minimum_per_transaction", "maximum_per_transaction",
    "period_minimum",
)  # fmt: skip


@resource.get("/products", Page[Product])
def list_products(request: ProgramRequest) -> Any:
    """List products.

    All of them at once, by code.
    """
    return whole(queries.products(request.scope))


@resource.get("/offers", Page[OfferSummary])
def list_offers(request: ProgramRequest, asked: Query[OfferFilter]) -> Any:
    """List offers.

    With the prices that everybody pays.
    """
    window = Window(asked.sort, size=asked.limit + 1, after=asked.after)
    return page(
        request, "off", queries.offers(request.scope, asked.wanted(), window=window).rows, asked.limit
    )


@resource.get("/offers/{offer_id}", Offer)
def get_offer(request: ProgramRequest, offer_id: OfferKey) -> Any:
    """Read an offer."""
    return queries.offer(request.scope, offer_id)


@resource.get("/accounts/{account_id}/offers/{offer_id}/prices", PricesRead)
def read_prices(request: ProgramRequest, account_id: AccountKey, offer_id: OfferKey) -> Any:
    """Read what an offer costs a billing account.

    In the currency of its price, and in that which the account is billed in.
    """
    exchange, listed = (
        exchange_of(request.scope, account_id),
        queries.offer(request.scope, offer_id).row.prices,
    )
    shown = [other for each in listed if (other := read_in(each, exchange))]
    return {"exchange": exchange, "prices": [*map(_price, listed)], "shown": [*map(_price, shown)]}


@resource.post("/offers", Offer, "manage_offers")
def create_offer(request: ProgramRequest, said: NewOffer) -> Any:
    """Create an offer.

    It has no price yet.
    """
    made = sell.create_offer(request.scope, said.code, said.facts(), product_id=said.product_id)
    return queries.offer(request.scope, made)


@resource.put("/offers/{offer_id}", Offer, "manage_offers")
def change_offer(request: ProgramRequest, offer_id: OfferKey, said: OfferGiven) -> Any:
    """Change an offer.

    Once a contract holds it, its periods stay.
    """
    sell.change_offer(request.scope, offer_id, said.facts(), product_id=said.product_id)
    return queries.offer(request.scope, offer_id)


@resource.put("/offers/{offer_id}/inclusions", Offer, "manage_offers")
def include_offers(request: ProgramRequest, offer_id: OfferKey, said: InclusionsGiven) -> Any:
    """Say what an offer includes.

    New contracts hold it too; those that there are stay as they are.
    """
    sell.include(
        request.scope, offer_id, [Included(each.offer_id, each.quantity) for each in said.inclusions]
    )
    return queries.offer(request.scope, offer_id)


@resource.put("/offers/{offer_id}/discontinuation", Offer, "manage_offers")
def discontinue_offer(request: ProgramRequest, offer_id: OfferKey, said: Discontinuation) -> Any:
    """Stop selling an offer, or take that back."""
    sell.discontinue(request.scope, offer_id, said.discontinued_on)
    return queries.offer(request.scope, offer_id)


@resource.post("/offers/{offer_id}/prices", Offer, "manage_offers")
def set_price(request: ProgramRequest, offer_id: OfferKey, said: NewPrice) -> Any:
    """Give an offer a price from a day on."""
    queries.offer(request.scope, offer_id)
    sell.set_price(request.scope, said.price(offer_id), past_periods_stay=said.past_periods_stay)
    return queries.offer(request.scope, offer_id)


@resource.put("/prices/{price_id}/end", Offer, "manage_offers")
def end_price(request: ProgramRequest, price_id: PriceKey, said: PriceEnd) -> Any:
    """Say when a price ends."""
    found = queries.price(request.scope, price_id)
    sell.end_price(request.scope, price_id, said.valid_to, past_periods_stay=said.past_periods_stay)
    return queries.offer(request.scope, found.offer_id)


def _price(facts: PriceFacts) -> dict[str, Any]:
    terms = facts.pricing._asdict()
    own = {name: getattr(facts, name) for name in ("customer_id", "currency", "valid_from", "valid_to")}
    return {
        "id": terms.pop("version_id"),
        **own,
        **terms,
        "tiers": [each._asdict() for each in facts.pricing.tiers],
    }
