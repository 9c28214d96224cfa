"""What prices and amounts are in the currency that a customer is billed in, in words."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from encaisse.currency.rules import Exchange, Rate
from encaisse.desk.lists import amounts
from encaisse.invoice.queries.detail import InTheBooks
from encaisse.ui import formats
from encaisse.ui.shapes import Fact, Money, Value


def said(rate: Rate) -> str:
    """A rate as people read it: 1 EUR = 10,95 MAD."""
    return f"{formats.number(rate.units)} {rate.base} = {formats.number(rate.rate)} {rate.quote}"


def fact(exchange: Exchange | None) -> tuple[Fact, ...]:
    """The rate at which amounts are shown, with its day and its source."""
    if exchange is None:
        return ()
    if exchange.rate is None:
        pair = {"one": exchange.books, "other": exchange.currency}
        note = _("Nothing is billed until one is recorded between %(one)s and %(other)s.") % pair
        return (Fact(_("Exchange rate"), _("None recorded"), note=note),)
    told = {"day": formats.date(exchange.rate.valid_from), "source": exchange.rate.source}
    note = _("From %(day)s, %(source)s. What is billed is converted at the rate of its day.") % told
    return (Fact(_("Exchange rate"), said(exchange.rate), note=note),)


def in_the_books(books: InTheBooks) -> Fact:
    """What a document comes to in the books, and the rate that converted it."""
    note = _("converted elsewhere")
    if books.rate:
        told = {"rate": said(books.rate), "day": formats.date(books.rate.valid_from)}
        note = _("%(rate)s, from %(day)s") % told
    return Fact(_("In the books"), Money(books.gross_minor, books.currency), note=note)


def both(amount_minor: int | None, currency: str, exchange: Exchange | None) -> Value:
    """An amount in its own currency and, below, in the customer's."""
    if amount_minor is None:
        return None
    return amounts(_both(amount_minor, currency, exchange))


def _both(amount_minor: int, currency: str, exchange: Exchange | None) -> Iterator[Money]:
    yield Money(amount_minor, currency)
    other = exchange.shown(amount_minor, currency) if exchange else None
    if exchange and other is not None:
        yield Money(other, exchange.currency)
