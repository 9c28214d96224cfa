"""Whether a document of these parties can be legal at all, before it is drafted."""

from typing import Final, NamedTuple, Protocol

from encaisse.invoice.errors import MissingLegalData
from encaisse.party.rules.nations import nation

# Where the French rules of invoicing hold, overseas departments included. No other seller is held to them.
FRANCE: Final = frozenset({"FR", "GP", "MQ", "GF", "RE", "YT"})


class PartyFacts(NamedTuple):
    """What the law and EN 16931 ask of an identity."""

    name: str
    siren: str
    vat_number: str
    address_1: str
    postcode: str
    city: str
    country: str
    email: str
    is_business: bool
    ice: str = ""
    fiscal_number: str = ""
    professional_tax: str = ""
    registry: str = ""


class Facts(Protocol):
    """Anything that knows as much of a party, such as the row of a query."""

    @property
    def name(self) -> str: ...
    @property
    def siren(self) -> str: ...
    @property
    def address_1(self) -> str: ...
    @property
    def postcode(self) -> str: ...
    @property
    def city(self) -> str: ...
    @property
    def country(self) -> str: ...
    @property
    def email(self) -> str: ...
    @property
    def is_business(self) -> bool: ...
    @property
    def ice(self) -> str: ...


def require_seller(seller: PartyFacts) -> None:
    """A seller has a name, an address and, in France, a SIREN and a VAT number; elsewhere what its country asks.

    Raises MissingLegalData naming the first field. Source: CGI ann. II art. 242 nonies A; BR-FR-10;
    `party.rules.nations`.
    """
    _require("seller", seller, ("name", "address_1", "city", "country"))
    _require("seller", seller, nation(seller.country).of_seller)
    if seller.country in FRANCE:
        _require("seller", seller, ("siren", "vat_number", "postcode"))


def require_buyer(buyer: Facts, *, seller_country: str) -> None:
    """A buyer has a name and an address; that of a French seller an electronic address, and its SIREN when it is a
    French business. A business that buys at home elsewhere has what its country asks.

    Raises MissingLegalData naming the first field. Source: decree 2022-1299; BR-FR-11 and BR-FR-12;
    `party.rules.nations`.
    """
    if buyer.is_business and buyer.country == seller_country:
        _require("buyer", buyer, nation(buyer.country).of_buyer)
    if buyer.siren and buyer.name and buyer.address_1 and buyer.city and buyer.country and buyer.postcode:
        return  # all of it is there, as it nearly always is
    _require("buyer", buyer, ("name", "address_1", "city", "country"))
    if buyer.country == "FR":
        _require("buyer", buyer, ("postcode",))
        if seller_country in FRANCE and buyer.is_business:
            _require("buyer", buyer, ("siren",))
    if not buyer.siren and seller_country in FRANCE:
        _require("buyer", buyer, ("email",))


def _require(party: str, facts: Facts, fields: tuple[str, ...]) -> None:
    for field in fields:
        if not getattr(facts, field):
            raise MissingLegalData(party=party, field=field)
