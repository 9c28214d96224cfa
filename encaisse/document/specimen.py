"""An invoice that does not exist, on which a seller sees what its documents look like."""

import datetime as dt
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
