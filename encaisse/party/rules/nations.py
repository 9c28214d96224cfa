"""What countries beyond Europe ask of who sells and buys there, as data: one entry a country.

A country that is not listed asks nothing but a name and an address.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final, NamedTuple, Protocol

from stdnum.exceptions import ValidationError
from stdnum.ma import ice as stdnum_ice

from encaisse.intake.rules import parse_text
from encaisse.party.errors import IceInvalid, NationalNumberInvalid

Parse = Callable[[str], str]
_SEPARATORS: Final = re.compile(r"[\s./-]")


class Identifier(NamedTuple):
    """A number by which a country knows a business: the field of an identity, its name there, and its form."""

    field: str
    label: str
    parse: Parse


class Nation(NamedTuple):
    """What one country asks.

    `identifiers` stand in the order in which documents print them, the trade register among them. A seller there must
    have `of_seller`, and a business there that buys from one `of_buyer`. Documents say their total in words or not.
    Books are kept by the accounts of a `chart`. VAT is owed on debits or on receipts until the seller chooses; an empty
    text is on debits.
    """

    identifiers: tuple[Identifier, ...]
    of_seller: tuple[str, ...] = ()
    of_buyer: tuple[str, ...] = ()
    says_total_in_words: bool = False
    chart: str = "FR"
    vat_due_on: str = ""


class Known(Protocol):
    """Anything that knows the national numbers of a party."""

    @property
    def country(self) -> str: ...


def parse_ice(text: str) -> str:
    """The fifteen digits, the last two of which check the others (modulo 97). Raises IceInvalid."""
    try:
        return stdnum_ice.validate(_SEPARATORS.sub("", text))
    except ValidationError:
        raise IceInvalid() from None


def _number(text: str, *, field: str, label: str, form: str) -> str:
    number = _SEPARATORS.sub("", text).upper()
    if not re.fullmatch(form, number):
        raise NationalNumberInvalid(field=field, label=label)
    return number


def _numbered(field: str, label: str, form: str) -> Identifier:
    return Identifier(field, label, partial(_number, field=field, label=label, form=form))


_REGISTER: Final = Identifier("registry", "RC", parse_text)
_RCCM: Final = Identifier("registry", "RCCM", parse_text)

# Sources: Morocco: CGI art. 145, III, VII and VIII, decree 2-11-63 on the ICE, Code de commerce art. 49, CGI art. 95
# (VAT is owed on receipts unless the seller opted for debits). Senegal: decree 2012-886 (NINEA). Côte d’Ivoire: CGI
# art. 384 (NCC).
NATIONS: Final = {
    "MA": Nation(
        identifiers=(
            Identifier("ice", "ICE", parse_ice),
            _numbered("fiscal_number", "IF", "[0-9]{6,9}"),
            _REGISTER,
            _numbered("professional_tax", "TP", "[0-9]{7,9}"),
            _numbered("social_security", "CNSS", "[0-9]{6,9}"),
        ),
        of_seller=("ice", "fiscal_number", "professional_tax"),
        of_buyer=("ice",),
        says_total_in_words=True,
        chart="MA",
        vat_due_on="receipts",
    ),
    "SN": Nation(
        identifiers=(_numbered("fiscal_number", "NINEA", "[0-9]{7,9}([0-9][A-Z][0-9])?"), _RCCM),
        of_seller=("fiscal_number",),
        says_total_in_words=True,
    ),
    "CI": Nation(
        identifiers=(_numbered("fiscal_number", "NCC", "[0-9]{7}[A-Z]"), _RCCM),
        of_seller=("fiscal_number",),
        says_total_in_words=True,
    ),
}
NOWHERE: Final = Nation(())
# The columns of an identity that hold such numbers and nothing else.
FIELDS: Final = ("ice", "fiscal_number", "professional_tax", "social_security")


def nation(country: str) -> Nation:
    """What the country asks, if it is one that we know more of than of the others."""
    return NATIONS.get(country, NOWHERE)


def parse_national(field: str, text: str, country: str) -> str:
    """The number in the plain form that its country gives it; of a country without such a number, as it is written.

    An ICE is one wherever its owner has moved to. Raises IceInvalid, NationalNumberInvalid.
    """
    for each in nation(country).identifiers:
        if each.field == field:
            return each.parse(text)
    return parse_ice(text) if field == "ice" else parse_text(text, longest=30)


def numbers_of(identity: Known) -> Iterator[tuple[str, str]]:
    """The numbers that an identity has in its country, by their names there, in the order of documents."""
    for each in nation(identity.country).identifiers:
        if value := getattr(identity, each.field):
            yield each.label, value
