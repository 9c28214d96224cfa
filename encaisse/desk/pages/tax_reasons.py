"""Why each line of a document bears its tax."""

from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from encaisse.desk import tax_words
from encaisse.desk.lists import lines
from encaisse.desk.pages.invoices import page, title
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Route
from encaisse.invoice.queries.reasons import LineReason, tax_reasons
from encaisse.ui import formats
from encaisse.ui.lists import Table
from encaisse.ui.shapes import Crumb, Fact


class Shown(NamedTuple):
    """The lines of a document that bear one tax for one reason."""

    labels: list[str]
    tax: str
    facts: tuple[Fact, ...]
    lost: Table | None


def reasons(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """The rule that won for each line, for which sale, and why others did not."""
    found = tax_reasons(request.scope, invoice_id)
    crumbs = (
        Crumb(_("Invoices"), reverse("desk:invoices")),
        Crumb(title(found.row), page(found.row)),
        Crumb(_("Why these taxes")),
    )
    shown = {"reasons": _shown(found.lines), "crumbs": crumbs, "title": title(found.row)}
    return render(request, "desk/tax_reasons.html", shown)


def _shown(rows: tuple[LineReason, ...]) -> list[Shown]:
    gathered: dict[Any, list[LineReason]] = {}
    for row in rows:
        gathered.setdefault((row.tax_en, row.of, row.why), []).append(row)
    return [_one(same) for same in gathered.values()]


def _one(rows: list[LineReason]) -> Shown:
    first = rows[0]
    tax = first.tax_fr if formats.in_french() else first.tax_en
    return Shown([row.label for row in rows], tax, _facts(first), _lost(first))


def _facts(row: LineReason) -> tuple[Fact, ...]:
    facts = [Fact(_("As on"), row.of)] if row.of else []
    if row.why:
        facts.append(Fact(_("Rule that won"), tax_words.said(row.why.winner)))
        facts.append(Fact(_("For this sale"), lines(tax_words.sale(row.why.supply, row.why.on))))
    return tuple(facts)


def _lost(row: LineReason) -> Table | None:
    return tax_words.lost(row.why.lost) if row.why and row.why.lost else None


routes = [Route("invoices/<inv:invoice_id>/taxes", "tax_reasons", reasons)]
