"""The command palette: pages by their name in either language, and what the search finds, one keystroke away."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk import states
from encaisse.desk.fields import read_amount
from encaisse.desk.navigation import LABELS
from encaisse.desk.pages.settings import DOORS
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Route
from encaisse.insight.queries.search import search
from encaisse.kernel.scope import Scope
from encaisse.party.rules.names import sort_key
from encaisse.ui import formats
from encaisse.ui.lists import LONGEST_VALUE
from encaisse.ui.shapes import Words

MOST: Final = 8
LEAST: Final = 2
# Pages that no menu names, since another page leads to them.
OTHERS: Final[Mapping[str, Words]] = {
    "balance": gettext_lazy("Trial balance"),
    "fec": gettext_lazy("FEC"),
    "jobs": gettext_lazy("Jobs"),
    "own_account": gettext_lazy("My account"),
    "new_invoice": gettext_lazy("New invoice"),
    "new_run": gettext_lazy("New run"),
    "new_payment": gettext_lazy("Record a payment"),
    "new_offer": gettext_lazy("New offer"),
    "new_import": gettext_lazy("New import"),
}


class Place(NamedTuple):
    """Somewhere that one may go: its name, what tells it from others, its address."""

    label: Words
    note: Words
    url: str


class Heap(NamedTuple):
    """Places of one kind."""

    title: Words
    places: list[Place]


def palette(request: ScopedRequest) -> HttpResponse:
    """The pages and rows that a text finds, as options of the palette."""
    from encaisse.desk.urls import ROUTES  # noqa: PLC0415 - which gathers the routes made here

    text = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_VALUE]
    heaps = [Heap(_("Pages"), places(ROUTES, request.scope, text)), *_rows(request.scope, text)]
    found = [heap for heap in heaps if heap.places]
    return render(request, "desk/palette.html", {"text": text, "heaps": found})


def places(routes: Iterable[Route], scope: Scope, text: str) -> list[Place]:
    """The pages that the scope may open whose French or English name has every word of the text, the closest first."""
    words = sort_key(text).split()
    found = []
    for route, label in _named(routes):
        names = _names(label)
        permitted = not route.permission or scope.may(route.permission)
        if permitted and any(all(word in name for word in words) for name in names):
            section = LABELS[route.menu.section] if route.menu else ""
            begins = any(name.startswith(" ".join(words)) for name in names)
            found.append((not begins, Place(label, section, reverse(f"desk:{route.name}"))))
    return [place for _far, place in sorted(found, key=lambda each: each[0])][:MOST]


def _named(routes: Iterable[Route]) -> Iterator[tuple[Route, Words]]:
    doors = {door.name: door.label for each in DOORS.values() for door in each}
    others = doors | dict(OTHERS)
    for route in routes:
        if route.menu:
            yield route, route.menu.label
        elif route.name in others:
            yield route, others[route.name]


def _names(label: Words) -> list[str]:
    names = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            names.append(sort_key(str(label)))
    return names


def _rows(scope: Scope, text: str) -> Iterator[Heap]:
    """What the search finds; a single letter would find anything."""
    if len(text) < LEAST:
        return
    hits = search(scope, text, read_amount(text))
    yield Heap(
        _("Customers"),
        [
            Place(row.name, row.reference, reverse("desk:customer", args=[row.id]))
            for row in hits.customers[:MOST]
        ],
    )
    yield Heap(
        _("Invoices"),
        [
            Place(
                row.number or states.INVOICE_KINDS[row.kind],
                f"{row.customer} · {formats.money(row.gross_minor, row.currency)}",
                reverse("desk:invoice", args=[row.id]),
            )
            for row in hits.invoices[:MOST]
        ],
    )
    yield Heap(
        _("Payments"),
        [
            Place(
                row.reference or row.customer,
                f"{row.customer} · {formats.money(row.amount_minor, row.currency)}",
                reverse("desk:payment", args=[row.id]),
            )
            for row in hits.payments[:MOST]
        ],
    )


routes = [Route("palette", "palette", palette)]
