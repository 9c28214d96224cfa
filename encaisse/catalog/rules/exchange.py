"""A price as a customer who is billed in another currency reads it."""

from typing import Any, Final

from encaisse.catalog.rules.pricing import PriceFacts, Tier
from encaisse.currency.rules import Exchange

_AMOUNTS: Final = (
    "unit_price", "minimum_per_transaction", "maximum_per_transaction", "period_minimum", "fixed_amount",
)  # fmt: skip


def read_in(price: PriceFacts, exchange: Exchange | None) -> PriceFacts | None:
    """A price of the books' currency in the customer's, each of its amounts by itself; None where there is no other
    one to read. What is billed is converted by the line, at the rate of its day."""
    if exchange is None or exchange.rate is None or price.currency != exchange.books:
        return None
    terms = price.pricing
    amounts: dict[str, Any] = {
        name: exchange.price(getattr(terms, name), price.currency) for name in _AMOUNTS
    }
    tiers = tuple(
        Tier(each.up_to, exchange.price(each.unit_price, price.currency) or each.unit_price * 0)
        for each in terms.tiers
    )
    return price._replace(pricing=terms._replace(tiers=tiers, **amounts), currency=exchange.currency)
