"""Rating: what one period of one item costs, and what is given back of it. Pure arithmetic over named tuples.

Amounts are exact to six decimals, half-up, and never rounded to cents here: a line is, once, on its invoice.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

from encaisse.catalog.rules.pricing import PriceFacts, PriceModel, Pricing, price_in_force, rate
from encaisse.kernel import money

_MILLIONTH: Final = Decimal("0.000001")
_ONE: Final = Decimal(1)
_NULL: Final = r"\N"
_ESCAPES: Final = str.maketrans({"\\": r"\\", "\n": r"\n", "\r": r"\r", "\t": r"\t"})
_SYMBOLS: Final = {"EUR": "€", "GBP": "£", "USD": "$"}
_SPACE: Final = "\N{NO-BREAK SPACE}"
_NARROW: Final = "\N{NARROW NO-BREAK SPACE}"


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


ITS_OWN: Final = ("account_id", "item_id", "buyer_reference_id")
"""The columns in which the charges differ that items of one shape make for one period."""
COLUMNS: Final = (*ITS_OWN, *(field for field in ChargeRow._fields if field not in ITS_OWN))


def repeated(row: ChargeRow) -> str:
    """All that such charges have alike, as the end of a line of COPY's text: the columns that are not their own."""
    shared = (value for field, value in zip(row._fields, row, strict=True) if field not in ITS_OWN)
    return "\t".join([_NULL if value is None else str(value).translate(_ESCAPES) for value in shared]) + "\n"


class Price(NamedTuple):
    """What a whole period costs: `quantity` × `unit_price`, by the version in force unless it was agreed."""

    quantity: Decimal
    unit_price: Decimal
    version_id: int | None


class PriceBook:
    """The prices in force, found once for each offer, currency and day that is asked for."""

    def __init__(self, versions: Mapping[int, Sequence[PriceFacts]]) -> None:
        """`versions` are those of each offer, as `catalog.queries.price_book` reads them."""
        self._versions = versions
        self._listed: dict[tuple[int, str, dt.date], Pricing] = {}
        own = {(each.offer_id, each.customer_id) for prices in versions.values() for each in prices}
        self._own = frozenset(pair for pair in own if pair[1] is not None)
        self.customers = frozenset(customer_id for _, customer_id in self._own)
        """Those that have a price of their own."""

    def at(self, offer_id: int, currency: str, customer_id: int, on: dt.date) -> Pricing:
        """The price of an offer for a customer on a day. Raises NoPriceInForce."""
        if (offer_id, customer_id) in self._own:
            return self._find(offer_id, currency, customer_id, on)
        key = (offer_id, currency, on)
        found = self._listed.get(key)
        if found is None:
            found = self._listed[key] = self._find(offer_id, currency, 0, on)
        return found

    def _find(self, offer_id: int, currency: str, customer_id: int, on: dt.date) -> Pricing:
        versions = self._versions.get(offer_id, ())
        return price_in_force(versions, currency=currency, customer_id=customer_id, on=on).pricing


def rated_amount(quantity: Decimal, unit_price: Decimal) -> Decimal:
    """Quantity × unit price, half-up to six decimals, before any discount."""
    return (quantity * unit_price).quantize(_MILLIONTH, rounding=ROUND_HALF_UP)


def prorated(price: Decimal, days: int, of_days: int) -> Decimal:
    """What `days` of the `of_days` days of a period cost, half-up to six decimals; a whole one its price."""
    if days == of_days:
        return price
    return (price * days / of_days).quantize(_MILLIONTH, rounding=ROUND_HALF_UP)


def kept(whole: Decimal, days: int, of_days: int, *, is_prorated: bool) -> Decimal:
    """What is owed of the price of a whole period that is held for `days` of its days; nothing for none."""
    if days <= 0:
        return Decimal(0)
    return prorated(whole, days, of_days) if is_prorated else whole


def price_of(pricing: Pricing, quantity: Decimal) -> Price:
    """What a whole period of `quantity` costs: where it has several parts, their sum is the price of one."""
    if pricing.model == PriceModel.PER_UNIT and pricing.unit_price is not None:
        return Price(quantity, pricing.unit_price, pricing.version_id)
    parts = rate(pricing, quantity)
    if len(parts) == 1:
        return Price(parts[0].quantity, parts[0].unit_price, pricing.version_id)
    return Price(_ONE, sum((part.amount for part in parts), Decimal(0)), pricing.version_id)


def agreed_price(unit_price: Decimal, quantity: Decimal, pricing: Pricing | None) -> Price:
    """What a whole period of `quantity` costs at an agreed price: whatever the quantity where the offer is flat."""
    version_id = pricing.version_id if pricing else None
    if pricing is not None and pricing.model == PriceModel.FLAT:
        return Price(_ONE, unit_price, version_id)
    return Price(quantity, unit_price, version_id)


def fraction(language: str, days: int, of_days: int, price: Decimal, currency: str) -> str:
    """What explains a part of a period beside its name: « (17/31 de 30,00 €) », "(17/31 of €30.00)"."""
    written = written_price(language, price, currency)
    return f"({days}/{of_days} {'of' if language == 'en' else 'de'} {written})"


def written_price(language: str, price: Decimal, currency: str) -> str:
    """A unit price with its currency as the language writes it: all its decimals, and at least the currency's."""
    places = max(money.decimals(currency), -int(price.normalize().as_tuple().exponent))
    number = f"{price:,.{places}f}"
    symbol = _SYMBOLS.get(currency)
    if language == "en":
        return f"{symbol}{number}" if symbol else f"{currency}{_SPACE}{number}"
    number = number.replace(",", _NARROW).replace(".", ",")
    return f"{number}{_SPACE}{symbol if currency == 'EUR' else currency}"
