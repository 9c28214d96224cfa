"""What must hold before a document is written, and what follows from its content by arithmetic.

The codes are those of EN 16931 (BR-…) and of the French profile, XP Z12-012 (BR-FR-…), so that a refusal
here reads like one of the official validators, which remain the last word.
"""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from encaisse.document.content import Address, Endpoint, InvoiceContent, Kind, Party, Tax, TaxKind
from encaisse.party.rules.places import EU_COUNTRIES
from encaisse.party.rules.places import is_french as is_french_land

# Metropolitan France and the departments that the Code général des impôts treats as France for identity.
_FRANCE: Final = frozenset({"FR", "GP", "MQ", "GF", "RE", "YT"})
_NUMBER: Final = re.compile(r"[A-Za-z0-9+\-_/]{1,35}")
_SIREN_SCHEME: Final = "0225"
_EMAIL_SCHEME: Final = "EM"
# What corrects another document bears a share of its stored taxes, which may be as far from what its own base would
# bear. The official rules allow a whole unit of the currency.
_SHARED_CENTS: Final = 2
# What Windows allows in no name, and the names that it keeps for itself.
_NOT_IN_NAMES: Final = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
_DEVICES: Final = frozenset(
    {"CON", "PRN", "AUX", "NUL", *(f"{port}{number}" for port in ("COM", "LPT") for number in range(10))}
)
_LONGEST_NAME: Final = 100
_UNTAXED: Final = frozenset({"AE", "E", "G", "K", "O"})


def is_french(party: Party) -> bool:
    """Whether the party is established in France, overseas departments included."""
    return is_french_place(party.address)


def is_french_place(address: Address) -> bool:
    """Whether the address is in France, overseas departments included."""
    return is_french_country(address.country)


def is_french_country(country: str) -> bool:
    """Whether the country code is France's, or that of one of its overseas departments."""
    return country in _FRANCE


def answers_to_en_16931(country: str) -> bool:
    """Whether a seller from there writes structured invoices: a member state’s, a French territory’s, Monaco’s.

    Elsewhere an invoice is a page: it keeps the arithmetic, and the law of its own country.
    """
    return country in EU_COUNTRIES or is_french_land(country) or country == "MC"


def endpoint(party: Party) -> Endpoint | None:
    """Where the party's e-invoices go: its own address, else its SIREN, else its e-mail, else nowhere."""
    if party.endpoint:
        return party.endpoint
    if party.siren:
        return Endpoint(_SIREN_SCHEME, party.siren)
    return Endpoint(_EMAIL_SCHEME, party.email) if party.email else None


def treatment(content: InvoiceContent) -> str:
    """The French circuit of the document (note BAR): who reports it, and how.

    A French buyer without a SIREN, such as an association that is not taxable, is reported like a person.
    Source: XP Z12-012, rule BR-FR-20.
    """
    buyer = content.buyer
    if buyer.siren:
        return "B2B"
    if is_french(buyer):
        return "B2C"
    return "B2BINT" if buyer.is_business else "B2CINT"


def creditor_reference(number: str) -> str | None:
    """The ISO 11649 reference (RF…) of a document number, or None when it has over 21 letters and digits."""
    body = re.sub(r"[^A-Z0-9]", "", number.upper())
    if not 0 < len(body) <= 21:
        return None
    return f"RF{98 - _mod_97(body + 'RF00'):02d}{body}"


def is_creditor_reference(text: str) -> bool:
    """Whether the text is an ISO 11649 reference whose check digits are right."""
    return bool(re.fullmatch(r"RF[0-9]{2}[A-Z0-9]{1,21}", text)) and _mod_97(text[4:] + text[:4]) == 1


def _mod_97(text: str) -> int:
    return int("".join(str(int(character, 36)) for character in text)) % 97


def first_payment(content: InvoiceContent) -> int:
    """What the customer is asked to pay first: the first instalment, else all that is payable."""
    instalments = content.terms.instalments
    return instalments[0].amount_minor if instalments else content.totals.payable_minor


def supply_date(content: InvoiceContent) -> dt.date:
    """The day of supply: the one given, else the last of the period, else the day of issue."""
    if content.supplied_on:
        return content.supplied_on
    return content.period.last_day if content.period else content.issue_date


def other_taxes(content: InvoiceContent) -> tuple[Tax, ...]:
    """The components that are not VAT, such as an eco-tax."""
    return tuple(tax for tax in content.taxes if tax.kind is TaxKind.OTHER)


def allowance_minor(content: InvoiceContent) -> int:
    """What discounts of the whole document take off its lines."""
    return sum(allowance.amount_minor for allowance in content.allowances)


def charge_category(content: InvoiceContent) -> str:
    """The VAT category of a tax that is not VAT: exempt, or outside the scope with all the rest (BR-O-11)."""
    return "O" if any(tax.category == "O" for tax in content.taxes) else "E"


def vat_breakdown(content: InvoiceContent, reason: str) -> tuple[Tax, ...]:
    """The VAT of the document as EN 16931 groups it, where the other taxes are charges.

    Those within the base of a VAT are in it already. The others bear none: their amounts join the base of their
    category, which is added, with that reason, when no line has it.
    """
    rows = [tax for tax in content.taxes if tax.kind is TaxKind.VAT]
    charges_minor = sum(tax.tax_minor for tax in other_taxes(content) if tax.vat_rate is None)
    if not charges_minor:
        return tuple(rows)
    category = charge_category(content)
    for position, tax in enumerate(rows):
        if tax.category == category:
            rows[position] = replace(tax, base_minor=tax.base_minor + charges_minor)
            return tuple(rows)
    exempt = Tax(category=category, rate=Decimal(0), base_minor=charges_minor, tax_minor=0, mention=reason)
    return (*rows, exempt)


def broken_rules(content: InvoiceContent) -> tuple[str, ...]:
    """The codes of every rule that the content breaks, in the order of the rules; empty means sound."""
    rules = [*_parts(content), *_arithmetic(content), *_categories(content)]
    if answers_to_en_16931(content.seller.address.country):
        rules += _identified(content)
    if is_french(content.seller):
        rules += _french(content)
    return tuple(dict.fromkeys(rules))


def _parts(content: InvoiceContent) -> Iterator[str]:
    if not content.lines:
        yield "BR-16"
    if not content.taxes:
        yield "BR-CO-18"
    if not content.seller.name:
        yield "BR-06"
    if not content.buyer.name:
        yield "BR-07"


def _identified(content: InvoiceContent) -> Iterator[str]:
    """What only structured invoices ask of who sells and buys."""
    if not (content.seller.siren or content.seller.vat_number):
        yield "BR-CO-26"
    found = {tax.category for tax in content.taxes if tax.kind is TaxKind.VAT}
    if found - {"O"} and not content.seller.vat_number:
        yield "BR-S-02"
    if "AE" in found and not (content.buyer.vat_number or content.buyer.siren):
        yield "BR-AE-02"


def _arithmetic(content: InvoiceContent) -> Iterator[str]:
    totals = content.totals
    if any(line.net_minor != line.gross_minor - line.discount_minor for line in content.lines):
        yield "BR-LIN"
    if sum(line.net_minor for line in content.lines) - allowance_minor(content) != totals.net_minor:
        yield "BR-CO-13"
    if sum(tax.tax_minor for tax in content.taxes) != totals.tax_minor:
        yield "BR-CO-14"
    if totals.gross_minor != totals.net_minor + totals.tax_minor:
        yield "BR-CO-15"
    if totals.payable_minor != totals.gross_minor - totals.deducted_minor:
        yield "BR-CO-16"
    leeway = _SHARED_CENTS if content.corrects else 0
    if any(abs(tax.tax_minor - _rounded(tax)) > leeway for tax in content.taxes if tax.per_unit is None):
        yield "BR-CO-17"


def _rounded(tax: Tax) -> int:
    exact = tax.base_minor * tax.rate / 100
    return int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _vat_bases(content: InvoiceContent) -> dict[tuple[str, Decimal], int]:
    """What the VAT of each category and rate is computed on, from the parts of the document."""
    bases: defaultdict[tuple[str, Decimal], int] = defaultdict(int)
    for line in content.lines:
        bases[line.vat_category, line.vat_rate] += line.net_minor
    for allowance in content.allowances:
        bases[allowance.vat_category, allowance.vat_rate] -= allowance.amount_minor
    for tax in other_taxes(content):
        if tax.vat_rate is not None:
            bases[tax.category, tax.vat_rate] += tax.tax_minor
    return bases


def _categories(content: InvoiceContent) -> Iterator[str]:
    vat = [tax for tax in content.taxes if tax.kind is TaxKind.VAT]
    if {(tax.category, tax.rate): tax.base_minor for tax in vat} != _vat_bases(content):
        yield "BR-S-08"
    for tax in vat:
        yield from _untaxed(tax)
    found = {tax.category for tax in vat}
    if "O" in found and len(found) > 1:
        yield "BR-O-11"


def _untaxed(tax: Tax) -> Iterator[str]:
    if tax.category in _UNTAXED and tax.tax_minor:
        yield f"BR-{tax.category}-09"
    if tax.category in _UNTAXED and not tax.mention:
        yield f"BR-{tax.category}-10"


def _french(content: InvoiceContent) -> Iterator[str]:
    if not _NUMBER.fullmatch(content.number):
        yield "BR-FR-02"
    if not content.seller.siren:
        yield "BR-FR-10"
    if endpoint(content.buyer) is None:
        yield "BR-FR-12"
    if endpoint(content.seller) is None:
        yield "BR-FR-13"
    if content.kind is Kind.CREDIT_NOTE and content.corrects is None:
        yield "BR-FR-CO-05"
    if content.due_date and content.due_date < content.issue_date:
        yield "BR-FR-CO-07"
    if content.currency != "EUR" and (content.accounting is None or content.accounting.currency != "EUR"):
        yield "BR-FR-CO-12"


def file_stem(number: str) -> str:
    """What the file of a document is called, without its ending, on whatever system: numbers of others may hold
    anything.

    Source: Microsoft, “Naming Files, Paths, and Namespaces”.
    """
    plain = _NOT_IN_NAMES.sub("-", number).strip(" .")[:_LONGEST_NAME].rstrip(" .") or "document"
    return f"{plain}-" if plain.split(".")[0].upper() in _DEVICES else plain


def apart(stem: str, taken: set[str]) -> str:
    """The name, or with the first number that tells it from those taken, whatever their case; it is taken then."""
    name, count = stem, 1
    while name.casefold() in taken:
        count += 1
        name = f"{stem} ({count})"
    taken.add(name.casefold())
    return name
