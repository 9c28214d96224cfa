"""An invoice that does not exist, on which a seller sees what its documents look like."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from typing import Final

from encaisse.document.appearance import Appearance
from encaisse.document.content import (
    Address,
    InvoiceContent,
    Kind,
    Language,
    Line,
    Operation,
    Party,
    Period,
    Reference,
    Tax,
    Terms,
    Totals,
)
from encaisse.document.rules import creditor_reference

NUMBER: Final = "F0000-000000"
RATE: Final = Decimal(20)
# Label by language, quantity, price in hundredths, discount in hundredths.
SOLD: Final = (
    ({"fr": "Abonnement Essentiel", "en": "Essential subscription"}, 12, 49_00, 58_80),
    ({"fr": "Consommations du mois", "en": "Usage of the month"}, 340, 25, 0),
    ({"fr": "Mise en service", "en": "Setting up"}, 1, 150_00, 0),
)
REASON: Final = {"fr": "Engagement annuel", "en": "Yearly commitment"}
BUYER: Final = Party(
    name="Atelier des Glycines",
    address=Address(lines=("7, rue des Lilas",), postcode="69007", city="Lyon", country="FR"),
    reference="C00042",
    legal_form="SARL",
)


def specimen(
    seller: Party, terms: Terms, language: Language, *, today: dt.date, appearance: Appearance
) -> InvoiceContent:
    """What this seller would bill to nobody: three lines, a discount, a period, a transfer to its own account."""
    lines = tuple(_line(language, *sold) for sold in SOLD)
    net = sum(line.net_minor for line in lines)
    tax = round(net * RATE / 100)
    first = today.replace(day=1)
    return InvoiceContent(
        kind=Kind.INVOICE,
        number=NUMBER,
        issue_date=today,
        due_date=today + dt.timedelta(days=30),
        currency="EUR",
        language=language,
        seller=seller,
        buyer=BUYER,
        lines=lines,
        taxes=(Tax(category="S", rate=RATE, base_minor=net, tax_minor=tax),),
        totals=Totals(net_minor=net, tax_minor=tax, gross_minor=net + tax, payable_minor=net + tax),
        terms=terms,
        period=Period(first, (first + dt.timedelta(days=32)).replace(day=1)),
        operation=Operation.SERVICES,
        appearance=appearance,
    )


def kinds(content: InvoiceContent) -> Iterator[InvoiceContent]:
    """The same of several kinds, so that a template shows what it makes of each: the invoice; one of many pages, for
    services that bear no tax; a credit note with its reason."""
    yield content
    untaxed = [replace(line, vat_category="AE", vat_rate=Decimal(0)) for line in content.lines] * 12
    net = sum(line.net_minor for line in untaxed)
    reversed_charge = Tax(
        category="AE",
        rate=Decimal(0),
        base_minor=net,
        tax_minor=0,
        mention="Autoliquidation",
        vatex="VATEX-EU-AE",
    )
    yield replace(
        content,
        lines=tuple(untaxed),
        taxes=(reversed_charge,),
        totals=Totals(net_minor=net, tax_minor=0, gross_minor=net, payable_minor=net),
        purchase_order="4500012345",
        contract="K-2026-7",
    )
    yield replace(
        content,
        kind=Kind.CREDIT_NOTE,
        lines=tuple(_given_back(line) for line in content.lines),
        taxes=tuple(
            replace(tax, base_minor=-tax.base_minor, tax_minor=-tax.tax_minor) for tax in content.taxes
        ),
        totals=Totals(
            net_minor=-content.totals.net_minor,
            tax_minor=-content.totals.tax_minor,
            gross_minor=-content.totals.gross_minor,
            payable_minor=-content.totals.payable_minor,
        ),
        corrects=Reference(NUMBER, content.issue_date),
        reason=REASON[content.language],
    )


def _given_back(line: Line) -> Line:
    amounts = {name: -getattr(line, name) for name in ("gross_minor", "discount_minor", "net_minor")}
    return replace(line, quantity=-line.quantity, **amounts)


def terms(text: str, *, iban: str, bic: str, late_rate: str) -> Terms:
    """How the specimen is paid."""
    return Terms(
        text=text,
        reference=creditor_reference(NUMBER),
        iban=iban or None,
        bic=bic or None,
        late_rate=late_rate or None,
    )


def _line(language: Language, label: dict[str, str], quantity: int, price: int, discount: int) -> Line:
    gross = quantity * price
    return Line(
        label=label[language],
        quantity=Decimal(quantity),
        unit_price=Decimal(price) / 100,
        gross_minor=gross,
        discount_percent=Decimal(discount * 100) / gross if discount else None,
        discount_minor=discount,
        discount_reason=REASON[language] if discount else None,
        net_minor=gross - discount,
        vat_category="S",
        vat_rate=RATE,
    )
