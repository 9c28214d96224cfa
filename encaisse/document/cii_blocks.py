"""The building blocks of a Cross Industry Invoice: elements, dates, parts of a party, tax categories.

A block whose data are missing is None, and an element leaves out the None among its children. Docstrings
name the business terms (BT) and groups (BG) of EN 16931.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from lxml import etree

from encaisse.document.content import Address, Endpoint, Party, Period

Node = etree._Element

_UN: Final = "urn:un:unece:uncefact:data:standard:"
_NAMESPACES: Final = {
    "rsm": f"{_UN}CrossIndustryInvoice:100",
    "ram": f"{_UN}ReusableAggregateBusinessInformationEntity:100",
    "udt": f"{_UN}UnqualifiedDataType:100",
    "qdt": f"{_UN}QualifiedDataType:100",
}


def element(prefix: str, name: str, *children: Node | str | None, **attributes: str) -> Node:
    """An element of the namespace with that prefix; a string among its children is its text."""
    return _filled(etree.Element(f"{{{_NAMESPACES[prefix]}}}{name}", attributes), children)


def document(*children: Node) -> Node:
    """The root element, where alone the prefixes are declared."""
    return _filled(
        etree.Element(f"{{{_NAMESPACES['rsm']}}}CrossIndustryInvoice", None, _NAMESPACES), children
    )


def _filled(node: Node, children: Iterable[Node | str | None]) -> Node:
    for child in children:
        if isinstance(child, str):
            node.text = child
        elif child is not None:
            node.append(child)
    return node


def ram(name: str, *children: Node | str | None, **attributes: str) -> Node:
    """An element of the namespace that holds nearly all of them."""
    return element("ram", name, *children, **attributes)


def optional(name: str, value: str | None, **attributes: str) -> Node | None:
    """An element with a text, or nothing when the text is missing or empty."""
    return ram(name, value, **attributes) if value else None


def holder(name: str, child: str, value: str | None) -> Node | None:
    """An element around one child with a text, or nothing when the text is missing."""
    return ram(name, ram(child, value)) if value else None


def dated(name: str, day: dt.date, *, prefix: str = "udt") -> Node:
    """An element around a date (format 102)."""
    return ram(name, element(prefix, "DateTimeString", f"{day:%Y%m%d}", format="102"))


def plain(value: Decimal) -> str:
    """A number without exponent nor trailing zeros."""
    return f"{value.normalize():f}"


def vat_rate(category: str, rate: Decimal) -> Node | None:
    """The rate of a category; what is outside the scope of VAT has none (BR-O-05)."""
    return None if category == "O" else ram("RateApplicablePercent", plain(rate))


def vat_category(name: str, category: str, rate: Decimal) -> Node:
    """BG-30 of a line; BT-102 and BT-103 of a charge."""
    return ram(name, ram("TypeCode", "VAT"), ram("CategoryCode", category), vat_rate(category, rate))


def billing_period(period: Period | None) -> Node | None:
    """BG-14 and BG-26; the last day is told, not the day after."""
    if period is None:
        return None
    first, last = dated("StartDateTime", period.start), dated("EndDateTime", period.last_day)
    return ram("BillingSpecifiedPeriod", first, last)


def legal_organization(party: Party) -> Node | None:
    """BT-30 and BT-47."""
    if not party.siren:
        return None
    return ram("SpecifiedLegalOrganization", ram("ID", party.siren, schemeID="0002"))


def contact(party: Party) -> Node | None:
    """BG-6 and BG-9."""
    if not (party.phone or party.email):
        return None
    phone = holder("TelephoneUniversalCommunication", "CompleteNumber", party.phone)
    return ram("DefinedTradeContact", phone, holder("EmailURIUniversalCommunication", "URIID", party.email))


def postal_address(address: Address) -> Node:
    """BG-5, BG-8 and BG-15."""
    first, second, *others = (*address.lines, None, None)
    return ram(
        "PostalTradeAddress",
        optional("PostcodeCode", address.postcode),
        optional("LineOne", first),
        optional("LineTwo", second),
        optional("LineThree", ", ".join(filter(None, others))),
        optional("CityName", address.city),
        ram("CountryID", address.country),
    )


def electronic_address(endpoint: Endpoint | None) -> Node | None:
    """BT-34 and BT-49."""
    if endpoint is None:
        return None
    return ram("URIUniversalCommunication", ram("URIID", endpoint.address, schemeID=endpoint.scheme))


def vat_registration(number: str | None) -> Node | None:
    """BT-31 and BT-48."""
    return ram("SpecifiedTaxRegistration", ram("ID", number, schemeID="VA")) if number else None
