"""Imports: the files that came in, a new one, and what became of each record."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from io import StringIO
from itertools import chain
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from encaisse.adapters.spreadsheet import workbook
from encaisse.desk import import_report as report
from encaisse.desk.lists import files, window
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, Menu, Route, Section
from encaisse.flows.undo_import import UNDOES, undo_import
from encaisse.intake import queries
from encaisse.intake.queries import BatchRow, RefusedRecord
from encaisse.intake.rules import harmless
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Scope
from encaisse.ui import formats, import_words
from encaisse.ui.lists import Column, Empty, Filter, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Crumb, Fact, Status, Tone, Words

SHOWN: Final = 100
WORKBOOK: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def imports(request: ScopedRequest) -> HttpResponse:
    """Every file that came in, newest first."""
    return render(request, "desk/imports.html", {"table": _table(request.scope, request.GET)})


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    listing = Listing(
        columns=(
            Column("started_at", _("Brought in"), Kind.INSTANT, sortable=True, link=_page),
            Column("file_name", _("File"), sortable=True),
            Column("kind", _("Content"), show=lambda row: import_words.KINDS.get(row.kind, row.kind)),
            Column("actor", _("By"), show=_author),
            Column("created", _("Created"), Kind.NUMBER),
            Column("updated", _("Changed"), Kind.NUMBER),
            Column("unchanged", _("Unchanged"), Kind.NUMBER),
            Column("refused", _("Refused"), Kind.NUMBER),
        ),
        filters=(Filter("kind", _("Content"), tuple(import_words.KINDS.items())),),
        sort=Sort("started_at", descending=True),
    )
    asked = listing.asked(address, size)
    found = queries.batches(scope, asked.text("kind"), window=window(asked))
    empty = Empty(
        _("Nothing came in yet"),
        _("Customers first, then offers, then contracts: each file can be rehearsed before."),
        _("Import a file"),
        reverse("desk:new_import"),
    )
    shown = {"name": "imports", "caption": _("Imports"), "empty": empty}
    return listing.table(asked, found.rows, total=found.total, export_url=files("imports", asked), **shown)


def batch(request: ScopedRequest, batch_id: int) -> HttpResponse:
    """One file that came in: what became of its records, and why some were refused."""
    found = queries.batch(request.scope, batch_id)
    listing = Listing(report.error_columns(), size=SHOWN)
    asked = listing.asked(request.GET)
    refused = queries.refused(request.scope, batch_id, window=Window("", asked.page.offset, asked.page.size))
    errors = tuple(chain.from_iterable(record.errors for record in refused.rows))
    table = listing.table(asked, errors, total=refused.total, name="errors", caption=_("Refused records"))
    shown = {"batch": found, "figures": report.figures(found), "facts": _facts(found), "errors": table}
    shown["may_undo"] = _may_undo(found)
    shown["warnings"] = report.warnings(queries.warned(request.scope, batch_id, limit=SHOWN))
    return render(request, "desk/import.html", shown | {"crumbs": (_all_imports(), Crumb(found.file_name))})


def _may_undo(found: BatchRow) -> bool:
    way = UNDOES.get(found.kind)
    brought = way and (found.created or way.takes_back_changes and found.updated)
    return bool(brought) and not found.is_undone


def undo(request: ScopedRequest, batch_id: int) -> HttpResponse:
    """Take a whole import back."""
    count = undo_import(request.scope, batch_id)
    said = ngettext("%(count)s row was withdrawn.", "%(count)s rows were withdrawn.", count) % {
        "count": count
    }
    messages.success(request, said)
    return redirect("desk:import", batch_id)


def refused(request: ScopedRequest, batch_id: int) -> StreamingHttpResponse:
    """The refused records as a file: mend it, and bring it again."""
    found = queries.batch(request.scope, batch_id)
    rows = _rows(found, queries.every_refused(request.scope, batch_id))
    name = f"encaisse-{found.kind}-{_('refused')}"
    if request.GET.get("format") == "xlsx":
        return _attached(iter([workbook(rows)]), f"{name}.xlsx", WORKBOOK)
    return _attached(chain(("\ufeff",), map(_line, rows)), f"{name}.csv", "text/csv; charset=utf-8")


def _attached(content: Iterator[Any], name: str, media_type: str) -> StreamingHttpResponse:
    named = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingHttpResponse(content, content_type=media_type, headers=named)


def _rows(found: BatchRow, records: Iterable[RefusedRecord]) -> Iterator[list[str]]:
    """The records under the headings of their file, then why each was refused and what to do.

    Both columns are ours: a file that was refused before has them once, and none of them is read.
    """
    ours = [_("Reason of the refusal"), _("What to do")]
    headings = [heading for heading in found.headings if heading not in ours]
    yield [*headings, *ours]
    for record in records:
        told = [(error.code, error.facts) for error in record.errors]
        reasons = " ".join(import_words.reason(*each) for each in told)
        ways_out = " ".join(dict.fromkeys(import_words.way_out(*each) for each in told))
        yield [*(harmless(record.record.get(heading, "")) for heading in headings), reasons, ways_out]


def _line(cells: list[str]) -> str:
    line = StringIO()
    csv.writer(line, delimiter=";").writerow(cells)
    return line.getvalue()


def _facts(found: BatchRow) -> tuple[Fact, ...]:
    return (
        Fact(_("File"), found.file_name),
        Fact(_("Content"), import_words.KINDS.get(found.kind, found.kind)),
        Fact(_("Brought in"), formats.instant(found.started_at)),
        Fact(_("By"), _author(found)),
        Fact(
            _("State"), Status(_("Undone"), Tone.CLOSED) if found.is_undone else Status(_("Done"), Tone.GOOD)
        ),
    )


def _author(row: BatchRow) -> Words:
    return row.actor or (_("Command line") if row.actor_kind == "command" else row.actor_kind)


def _page(row: BatchRow) -> str:
    return reverse("desk:import", args=[row.id])


def _all_imports() -> Crumb:
    return Crumb(_("Imports"), reverse("desk:imports"))


routes = [
    Route(
        "imports",
        "imports",
        imports,
        "import",
        menu=Menu(Section.SETTINGS, gettext_lazy("Imports")),
        table=_table,
    ),
    Route("imports/<imp:batch_id>", "import", batch, "import"),
    Route("imports/<imp:batch_id>/undo", "undo_import", undo, "import", BUTTON),
    Route("imports/<imp:batch_id>/refused", "import_refused", refused, "import"),
]
