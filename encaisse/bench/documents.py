"""Documents on one core: from what an issued invoice says to its Factur-X file, and that file against the official
rules. What is read from the database is read once, before: the time is that of the work alone.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from encaisse.bench.measure import Case
from encaisse.document.checking import Job, examine
from encaisse.document.content import (
    Address,
    InvoiceContent,
    Kind,
    Language,
    Line,
    Party,
    Period,
    Tax,
    Terms,
    Totals,
)
from encaisse.document.facturx import render
from encaisse.document.rules import creditor_reference

RENDERED: Final = "PDF/A-3a, tagged, transfer QR code, arithmetic of EN 16931 and BR-FR, Factur-X schema"
EXAMINED: Final = "data read from the PDF, schematrons of EN 16931 as Factur-X publishes it and of BR-FR"
_AT: Final = dt.datetime(2026, 11, 1, 9, 30, tzinfo=dt.UTC)
_OCTOBER: Final = Period(dt.date(2026, 10, 1), dt.date(2026, 11, 1))
_LINES: Final = 3


def run(
    count: int = 200,
    rounds: int = 3,
    say: Callable[[str], None] = lambda text: None,
    *,
    case: str = "render",
) -> dict[str, Any]:
    """Do `count` documents, `rounds` times, after one that warms the process up.

    One page and three lines each, as the billing bench bills them.
    """
    make, each, enforced = CASES[case]
    documents = [make(number) for number in range(1, count + 1)]
    each(documents[0])
    measured = Case(f"documents-{case}", count, enforced)
    for turn in range(rounds):
        with measured.round():
            for document in documents:
                each(document)
        say(f"{turn + 1}/{rounds}")
    return measured.result()


def _render(content: InvoiceContent) -> None:
    size = len(render(content, at=_AT))
    if size < 10_000:
        raise RuntimeError(f"a file of {size} bytes is no document")


def _file(rank: int) -> Job:
    return Job(render(_invoice(rank), at=_AT), "FR")


def _examine(job: Job) -> None:
    if broken := examine(job):
        raise RuntimeError(f"the document breaks {broken[0]}")


def _invoice(rank: int) -> InvoiceContent:
    number = f"F2026-{rank:06}"
    lines = tuple(_line(position) for position in range(1, _LINES + 1))
    net = sum(line.net_minor for line in lines)
    tax = net // 5
    totals = Totals(net_minor=net, tax_minor=tax, gross_minor=net + tax, payable_minor=net + tax)
    seller = _party("Banc d’essai", capital="50 000 €", register="RCS Paris", siret="73282932000074")
    return InvoiceContent(
        kind=Kind.INVOICE,
        number=number,
        issue_date=dt.date(2026, 11, 1),
        due_date=dt.date(2026, 12, 1),
        currency="EUR",
        language=Language.FRENCH,
        seller=seller,
        buyer=replace(_party(f"Client {rank}"), reference=f"C{rank:05}"),
        lines=lines,
        taxes=(Tax(category="S", rate=Decimal(20), base_minor=net, tax_minor=tax),),
        totals=totals,
        terms=Terms(
            text="30 jours date de facture",
            reference=creditor_reference(number),
            iban="FR7630006000011234567890189",
            bic="AGRIFRPP",
        ),
        period=_OCTOBER,
    )


def _line(position: int) -> Line:
    minor = position * 10_00
    return Line(
        label=f"Espace de stockage n° {position}",
        quantity=Decimal(1),
        unit="MON",
        unit_price=Decimal(position * 10),
        gross_minor=minor,
        net_minor=minor,
        vat_category="S",
        vat_rate=Decimal(20),
        period=_OCTOBER,
    )


def _party(name: str, **more: str) -> Party:
    address = Address(lines=("12, rue de l’Échiquier",), postcode="75010", city="Paris", country="FR")
    return Party(
        name=name,
        address=address,
        legal_form="SAS",
        siren="732829320",
        vat_number="FR44732829320",
        email="compta@client.example",
        **more,  # type: ignore[arg-type]
    )


# What makes one document of the case, what is measured of it, and what holds then.
CASES: Final[dict[str, tuple[Callable[[int], Any], Callable[[Any], None], str]]] = {
    "render": (_invoice, _render, RENDERED),
    "schematron": (_file, _examine, EXAMINED),
}
