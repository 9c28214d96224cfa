"""What the first whole period of what is subscribed to comes to, before anything is charged."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from encaisse.catalog.errors import NoPriceInForce
from encaisse.catalog.models import Offer
from encaisse.catalog.queries import price_book
from encaisse.charge.errors import PriceMissing
from encaisse.charge.rules import PriceBook, agreed_price, price_of, rated_amount
from encaisse.subscription.rules.changes import Terms


def first_periods(terms: Sequence[Terms], *, currency: str, customer_id: int, on: dt.date) -> list[Decimal]:
    """What each of these comes to for a whole period at the price of that day, its discount taken off.

    Usage comes to nothing before it is used. Raises PriceMissing.
    """
    offers = Offer.objects.in_bulk({each.offer_id for each in terms})
    book = PriceBook(price_book(offers))
    return [
        Decimal(0)
        if offers[each.offer_id].kind == "usage"
        else _period(each, offers[each.offer_id].code, book, (currency, customer_id, on))
        for each in terms
    ]


def _period(terms: Terms, code: str, book: PriceBook, asked: tuple[str, int, dt.date]) -> Decimal:
    try:
        pricing = book.at(terms.offer_id, *asked)
    except NoPriceInForce as none:
        if terms.unit_price is None:
            raise PriceMissing(offer=code, currency=asked[0], on=none.on) from none
        pricing = None
    if terms.unit_price is not None:
        price = agreed_price(terms.unit_price, terms.quantity, pricing)
    else:
        assert pricing is not None
        price = price_of(pricing, terms.quantity)
    gross = rated_amount(price.quantity, price.unit_price)
    return gross * (100 - terms.discount_percent) / 100 - min(terms.discount_amount or Decimal(0), gross)
