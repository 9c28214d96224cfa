"""Invoices to write about: each function gives the smallest content of its kind, changed by keyword."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

from encaisse.document.content import (
    Accounting,
    Address,
    Allowance,
    Exchange,
    Instalment,
    InvoiceContent,
    Kind,
    Language,
    Line,
    Operation,
    Party,
    Period,
    Reference,
    Tax,
    TaxKind,
    Terms,
    Totals,
)
from encaisse.document.rules import creditor_reference
from encaisse.kernel import money

OCTOBER = Period(dt.date(2026, 10, 1), dt.date(2026, 11, 1))
EXEMPT = "TVA non applicable, art. 294-1 du CGI"
REVERSED = "Autoliquidation"
OUTSIDE = "Prestation hors du champ de la TVA française, art. 259-1 du CGI"

SELLER = Party(
    name="Lumière & Œuvres",
    address=Address(lines=("12, rue de l’Échiquier",), postcode="75010", city="Paris", country="FR"),
    legal_form="SAS",
    capital="50 000 €",
    register="RCS Paris",
    siren="732829320",
    siret="73282932000074",
    vat_number="FR44732829320",
    email="facturation@lumiere.example",
    phone="+33 1 23 45 67 89",
)
BUYER = Party(
    name="Établissements Le Goff",
    address=Address(
        lines=("Bâtiment B", "48, rue du Général-Leclerc"),
        postcode="60144",
        city="Saint-Étienne",
        country="FR",
    ),
    reference="C00042",
    legal_form="SARL",
    siren="390714780",
    vat_number="FR38390714780",
    email="compta@legoff.example",
)
CAYENNE = replace(
    BUYER, address=Address(lines=("3, rue Brun",), postcode="97300", city="Cayenne", country="FR")
)
BERLIN = Party(
    name="Grün & Söhne GmbH",
    address=Address(lines=("Torstraße 1",), postcode="10119", city="Berlin", country="DE"),
    vat_number="DE136695976",
    email="rechnung@gruen.example",
)
CASABLANCA = Party(
    name="Atlas Négoce",
    address=Address(lines=("7, boulevard d’Anfa",), postcode="20000", city="Casablanca", country="MA"),
    email="compta@atlas.example",
)
PERSON = Party(
    name="Anaïs Lefèvre",
    address=Address(lines=("5, place du Marché",), postcode="44000", city="Nantes", country="FR"),
    is_business=False,
    email="anais@courrier.example",
)


def line(net: str, *, category: str = "S", rate: str = "20", **changes: object) -> Line:
    """One unit at that price."""
    minor = money.to_minor(Decimal(net), "EUR")
    plain = Line(
        label=f"Abonnement {net}",
        quantity=Decimal(1),
        unit="MON",
        unit_price=Decimal(net),
        gross_minor=minor,
        net_minor=minor,
        vat_category=category,
        vat_rate=Decimal(rate),
        period=OCTOBER,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def tax(base_minor: int, tax_minor: int, *, category: str = "S", rate: str = "20", **changes: object) -> Tax:
    """The VAT of a base."""
    plain = Tax(category=category, rate=Decimal(rate), base_minor=base_minor, tax_minor=tax_minor)
    return replace(plain, **changes)  # type: ignore[arg-type]


def invoice(
    lines: tuple[Line, ...], taxes: tuple[Tax, ...], buyer: Party = BUYER, **changes: object
) -> InvoiceContent:
    """An invoice of those lines and taxes, whose totals add up, due in 30 days."""
    net = sum(line.net_minor for line in lines)
    total_tax = sum(tax.tax_minor for tax in taxes)
    gross = net + total_tax
    plain = InvoiceContent(
        kind=Kind.INVOICE,
        number="F2026-000042",
        issue_date=dt.date(2026, 11, 1),
        due_date=dt.date(2026, 12, 1),
        currency="EUR",
        language=Language.FRENCH,
        seller=SELLER,
        buyer=buyer,
        lines=lines,
        taxes=taxes,
        totals=Totals(net_minor=net, tax_minor=total_tax, gross_minor=gross, payable_minor=gross),
        terms=Terms(
            text="30 jours",
            reference=creditor_reference("F2026-000042"),
            iban="FR7630006000011234567890189",
            bic="AGRIFRPP",
        ),
        period=OCTOBER,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def with_tax(content: InvoiceContent, **changes: object) -> InvoiceContent:
    """The same content, its first tax changed."""
    first, *others = content.taxes
    return replace(content, taxes=(replace(first, **changes), *others))  # type: ignore[arg-type]


def four_lines(**changes: object) -> InvoiceContent:
    """The invoice of the promise: 279.16, its VAT 55.83, in all 334.99."""
    lines = tuple(line(net) for net in ("68.33", "68.33", "57.50", "85.00"))
    return invoice(lines, (tax(279_16, 55_83),), **changes)


def credit_note(of: InvoiceContent, **changes: object) -> InvoiceContent:
    """The full credit note of an invoice, negative as the books keep it."""
    totals = of.totals
    plain = replace(
        of,
        kind=Kind.CREDIT_NOTE,
        number="A2026-000007",
        issue_date=dt.date(2026, 11, 15),
        due_date=None,
        corrects=Reference(of.number, of.issue_date),
        lines=tuple(map(_reversed_line, of.lines)),
        taxes=tuple(replace(t, base_minor=-t.base_minor, tax_minor=-t.tax_minor) for t in of.taxes),
        allowances=tuple(
            replace(a, base_minor=-a.base_minor, amount_minor=-a.amount_minor) for a in of.allowances
        ),
        totals=Totals(
            net_minor=-totals.net_minor,
            tax_minor=-totals.tax_minor,
            gross_minor=-totals.gross_minor,
            payable_minor=-totals.gross_minor,
        ),
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def _reversed_line(line: Line) -> Line:
    return replace(
        line,
        quantity=-line.quantity,
        gross_minor=-line.gross_minor,
        discount_minor=-line.discount_minor,
        net_minor=-line.net_minor,
    )


def second_share(**changes: object) -> InvoiceContent:
    """The second of four lines, which bears a cent less than its base alone would: 13.66 of the 55.83 in all."""
    return invoice((line("68.33"),), (tax(68_33, 13_66),), **changes)


def partial_credit_note() -> InvoiceContent:
    """That line credited by itself, and why."""
    return replace(
        credit_note(second_share(corrects=Reference("F2026-000042", dt.date(2026, 11, 1)))),
        corrects=Reference("F2026-000042", dt.date(2026, 11, 1)),
        reason="Matériel rendu",
    )


def opposite() -> InvoiceContent:
    """What bills that line again, for its credit note was a mistake."""
    note = Reference("A2026-000007", dt.date(2026, 11, 15), Kind.CREDIT_NOTE)
    return second_share(number="F2026-000043", corrects=note, reason="Avoir établi à tort")


def replacement() -> InvoiceContent:
    """What takes the place of an invoice that was cancelled."""
    return four_lines(number="F2026-000044", corrects=Reference("F2026-000042", dt.date(2026, 11, 1)))


def exempt_in_cayenne() -> InvoiceContent:
    """Category E."""
    lines = (line("100.00", category="E", rate="0"),)
    return invoice(lines, (tax(100_00, 0, category="E", rate="0", mention=EXEMPT),), CAYENNE)


def reversed_to_berlin() -> InvoiceContent:
    """Category AE."""
    taxes = (tax(100_00, 0, category="AE", rate="0", mention=REVERSED, vatex="VATEX-EU-AE"),)
    return invoice((line("100.00", category="AE", rate="0"),), taxes, BERLIN, language=Language.ENGLISH)


def outside_to_casablanca() -> InvoiceContent:
    """Category O."""
    taxes = (tax(100_00, 0, category="O", rate="0", mention=OUTSIDE, vatex="VATEX-EU-O"),)
    return invoice((line("100.00", category="O", rate="0"),), taxes, CASABLANCA)


def composite() -> InvoiceContent:
    """20 % of VAT and an eco-tax of 2 % on the same base: 246.91 + 24.69."""
    eco = tax(1234_56, 24_69, rate="2", kind=TaxKind.OTHER, label="Éco-contribution")
    return invoice((line("1234.56"),), (tax(1234_56, 246_91), eco))


def discounted() -> InvoiceContent:
    """Ten percent off the first line, an amount off the second, and two rates."""
    lines = (
        line(
            "75.92",
            net_minor=68_33,
            discount_minor=7_59,
            discount_percent=Decimal(10),
            label="Espace de stockage sécurisé",
        ),
        line("120.00", rate="5.5", net_minor=100_00, discount_minor=20_00),
        line("12.50", quantity=Decimal("2.5"), gross_minor=31_25, net_minor=31_25, unit="HUR"),
        line("-10.00"),
    )
    taxes = (tax(89_58, 17_92), tax(100_00, 5_50, rate="5.5"))
    return invoice(lines, taxes)


def lowered() -> InvoiceContent:
    """150.00 over two rates, ten percent off the document and 5.00 besides: 130.00, VAT 17.33 and 2.38."""
    lines = (
        line("110.00", net_minor=100_00, discount_minor=10_00, discount_reason="Remise de fidélité"),
        line("50.00", rate="5.5"),
    )
    welcome = Allowance(
        percent=Decimal(10), base_minor=100_00, amount_minor=10_00, reason="Remise de bienvenue", vat_category="S",
        vat_rate=Decimal(20),
    )  # fmt: skip
    gesture = replace(welcome, percent=None, amount_minor=3_33, reason="Geste commercial")
    reduced = {"base_minor": 50_00, "vat_rate": Decimal("5.5")}
    allowances = (
        welcome, replace(welcome, amount_minor=5_00, **reduced),
        gesture, replace(gesture, amount_minor=1_67, **reduced),
    )  # fmt: skip
    taxes = (tax(86_67, 17_33), tax(43_33, 2_38, rate="5.5"))
    totals = Totals(net_minor=130_00, tax_minor=19_71, gross_minor=149_71, payable_minor=149_71)
    return invoice(lines, taxes, allowances=allowances, totals=totals)


def in_dollars() -> InvoiceContent:
    """A foreign currency, with the VAT in euros."""
    accounting = Accounting(
        currency="EUR",
        exchange=Exchange(units=1, base="USD", rate=Decimal("0.92"), quote="EUR"),
        net_minor=92_00,
        tax_minor=18_40,
        gross_minor=110_40,
        vat_minor=18_40,
    )
    return invoice(
        (line("100.00"),),
        (tax(100_00, 20_00),),
        currency="USD",
        accounting=accounting,
        language=Language.ENGLISH,
    )


def prorated() -> InvoiceContent:
    """A quantity with more decimals than the French profile allows."""
    lines = (line("40.00", quantity=Decimal("0.483871"), gross_minor=19_35, net_minor=19_35),)
    return invoice(lines, (tax(19_35, 3_87),))


def to_a_person() -> InvoiceContent:
    """A consumer."""
    return invoice((line("10.00"),), (tax(10_00, 2_00),), PERSON)


def final_after_advance() -> InvoiceContent:
    """Part of it was paid by an advance."""
    content = invoice((line("100.00"),), (tax(100_00, 20_00),))
    return replace(content, totals=replace(content.totals, deducted_minor=36_00, payable_minor=84_00))


def long() -> InvoiceContent:
    """Sixty lines, long names, and every optional fact."""
    buyer = replace(
        BUYER,
        name="Société coopérative d’intérêt collectif des Établissements Lefèvre-Desrumaux, Œuvres et Fils",
        address=Address(
            lines=("Service comptabilité fournisseurs", "Bâtiment Œdipe, 3e étage", "ZA des Prés, BP 1042"),
            postcode="97320",
            city="Saint-Laurent-du-Maroni",
            country="GF",
        ),
    )
    lines = tuple(
        line(
            "19.90",
            label=f"Boîte d’archives n° {number:04}, conservation à Élancourt"
            + (
                ", enlèvement express, inventaire pièce par pièce et numérisation à la demande"
                * (number % 7 == 0)
            ),
        )
        for number in range(1, 61)
    )
    return invoice(
        lines,
        (tax(1194_00, 238_80),),
        buyer,
        operation=Operation.MIXED,
        vat_on_debits=True,
        purchase_order="BC-2026-7781",
        contract="CTR-2024-019",
        buyer_reference="Marché 2024/19, lot 3",
        delivery=BUYER.address,
    )


def in_instalments(**changes: object) -> InvoiceContent:
    """30 % on receipt, 40 % at 30 days and 30 % at 60 days end of month of 1,200.00, for an order."""
    content = invoice((line("1000.00"),), (tax(1000_00, 200_00),))
    instalments = (
        Instalment(dt.date(2026, 11, 1), 360_00),
        Instalment(dt.date(2026, 12, 1), 480_00),
        Instalment(dt.date(2026, 12, 31), 360_00),
    )
    text = "30\u00a0% à réception de la facture, 40\u00a0% à 30 jours date de facture, 30\u00a0% à 60 jours fin de mois"
    told = replace(
        content,
        due_date=dt.date(2026, 12, 31),
        terms=replace(content.terms, text=text, instalments=instalments),
        purchase_order="4500012345",
        contract="2026-M-17",
        buyer_reference="SRV-ACHATS",
    )
    return replace(told, **changes)  # type: ignore[arg-type]


EVERY_KIND = {
    "in instalments": in_instalments,
    "long": long,
    "four lines": four_lines,
    "credit note": lambda: credit_note(four_lines()),
    "partial credit note": partial_credit_note,
    "opposite invoice": opposite,
    "replacement": replacement,
    "credit note of discounts": lambda: credit_note(discounted()),
    "credit note of a composite": lambda: credit_note(composite()),
    "exempt in Cayenne": exempt_in_cayenne,
    "reversed to Berlin": reversed_to_berlin,
    "outside to Casablanca": outside_to_casablanca,
    "composite tax": composite,
    "discounts and two rates": discounted,
    "discounts of the document": lowered,
    "credit note of discounts of the document": lambda: credit_note(lowered()),
    "in dollars": in_dollars,
    "prorated": prorated,
    "to a person": to_a_person,
    "final after an advance": final_after_advance,
}
