"""Imports: the files that came in, a new one, and what became of each record."""

import csv
from collections.abc import Callable, Iterable, Iterator
from io import StringIO
from itertools import chain
from typing import Any, Final, NamedTuple

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk.fields import DayField
from encaisse.desk.forms import Form
from encaisse.desk.lists import window
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Menu, Route, Section
from encaisse.flows.import_contracts import CONTRACTS, import_contracts
from encaisse.flows.import_credits import import_credits
from encaisse.flows.import_customers import CUSTOMERS, import_customers
from encaisse.flows.import_invoices import import_invoices
from encaisse.flows.import_offers import OFFERS, import_offers
from encaisse.flows.import_prices import PRICES, import_prices
from encaisse.flows.import_usage import import_usage
from encaisse.intake import queries
from encaisse.intake.operations import ImportReport
from encaisse.intake.queries import BatchRow, RefusedRecord
from encaisse.intake.rules import Column as FileColumn
from encaisse.intake.rules import RowError, harmless, match_columns
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.takeover.rules.records import CREDIT_COLUMNS, INVOICE_COLUMNS
from encaisse.ui import formats, import_words
from encaisse.ui.lists import Column, Empty, Filter, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Crumb, Fact, Figure, Tone, Words
from encaisse.usage.rules.records import USAGE_COLUMNS

LARGEST_BYTES: Final = 20 * 2**20
SHOWN: Final = 100


class FileKind(NamedTuple):
    """A kind of file that people bring: its columns, the flow, and what the flow calls the day."""

    columns: tuple[FileColumn, ...]
    flow: Callable[..., ImportReport]
    day: str = ""


KINDS: Final = {
    "customers": FileKind(CUSTOMERS.columns, import_customers),
    "offers": FileKind(OFFERS.columns, import_offers, "valid_from"),
    "prices": FileKind(PRICES.columns, import_prices, "valid_from"),
    "contracts": FileKind(CONTRACTS.columns, import_contracts, "billed_through"),
    "usage": FileKind(USAGE_COLUMNS, import_usage),
    "invoices": FileKind(INVOICE_COLUMNS, import_invoices, "opened_on"),
    "credits": FileKind(CREDIT_COLUMNS, import_credits, "opened_on"),
}
# What belongs to every legal entity.
SHARED: Final = frozenset({"offers", "prices"})


class NewImport(Form):
    """A file to bring, and whether for good."""

    kind = forms.ChoiceField(label=gettext_lazy("What the file holds"), choices=[*import_words.KINDS.items()])
    legal_entity_id = forms.TypedChoiceField(
        label=gettext_lazy("Legal entity"),
        help_text=gettext_lazy("Whose customers these are. Offers belong to all."),
        coerce=int,
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV, Excel (.xlsx) or JSON lines, with headings in the first line of a table; 20 MB at most."
        ),
        widget=forms.FileInput({"accept": ".csv,.txt,.tsv,.xlsx,.json,.jsonl"}),
    )
    day = DayField(
        label=gettext_lazy("From this day on"),
        help_text=gettext_lazy(
            "Contracts: everything before this day was billed elsewhere. Offers and prices: their first day. Invoices"
            " and credits: the day of their opening entries."
        ),
        required=False,
    )
    dry_run = forms.BooleanField(
        label=gettext_lazy("Rehearse: say what would come in, and write nothing"), required=False
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        entities = [(each.id, each.name) for each in party.legal_entities(scope)]
        self.fields["legal_entity_id"].choices = entities  # type: ignore[attr-defined]
        if scope.entity_ids is not None:
            shared = [each for each in import_words.KINDS.items() if each[0] not in SHARED]
            self.fields["kind"].choices = shared  # type: ignore[attr-defined]

    def clean_file(self) -> "UploadedFile[Any]":
        """A file that can be read while somebody waits."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_BYTES:
            raise forms.ValidationError(_("Larger than 20 MB. Cut it in several, or use the command line."))
        return file


def imports(request: ScopedRequest) -> HttpResponse:
    """Every file that came in, newest first."""
    listing = Listing(
        columns=(
            Column("started_at", _("Brought in"), Kind.DATE, sortable=True, link=_page),
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
    asked = listing.asked(request.GET)
    found = queries.batches(request.scope, asked.text("kind"), window=window(asked))
    empty = Empty(
        _("Nothing came in yet"),
        _("Customers first, then offers, then contracts: each file can be rehearsed before."),
        _("Import a file"),
        reverse("desk:new_import"),
    )
    shown = {"name": "imports", "caption": _("Imports"), "empty": empty}
    table = listing.table(asked, found.rows, total=found.total, **shown)
    return render(request, "desk/imports.html", {"table": table})


def new_import(request: ScopedRequest) -> HttpResponse:
    """Bring a file, or rehearse it."""
    form = NewImport(request.scope, request.POST or None, request.FILES or None)
    shown: dict[str, Any] = {"form": form, "crumbs": (_all_imports(), Crumb(_("New import")))}
    if form.sent(lambda **said: _bring(request.scope, **said)):
        report: ImportReport = form.outcome
        if report.batch_id is not None:
            return redirect("desk:import", report.batch_id)
        shown |= {"figures": _figures(report), "errors": _errors(report.errors[:SHOWN]), "report": report}
        shown["warnings"] = _warnings(report.warnings[:SHOWN])
    return render(request, "desk/new_import.html", shown)


def batch(request: ScopedRequest, batch_id: int) -> HttpResponse:
    """One file that came in: what became of its records, and why some were refused."""
    found = queries.batch(request.scope, batch_id)
    listing = Listing(_error_columns(), size=SHOWN)
    asked = listing.asked(request.GET)
    refused = queries.refused(request.scope, batch_id, window=Window("", asked.page.offset, asked.page.size))
    errors = tuple(chain.from_iterable(record.errors for record in refused.rows))
    table = listing.table(asked, errors, total=refused.total, name="errors", caption=_("Refused records"))
    shown = {"batch": found, "figures": _figures(found), "facts": _facts(found), "errors": table}
    shown["warnings"] = _warnings(queries.warned(request.scope, batch_id, limit=SHOWN))
    return render(request, "desk/import.html", shown | {"crumbs": (_all_imports(), Crumb(found.file_name))})


def refused(request: ScopedRequest, batch_id: int) -> StreamingHttpResponse:
    """The refused records as a file: mend it, and bring it again."""
    found = queries.batch(request.scope, batch_id)
    lines = _file(queries.every_refused(request.scope, batch_id), KINDS[found.kind].columns)
    named = {"Content-Disposition": f'attachment; filename="encaisse-{found.kind}-{_("refused")}.csv"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=named)


def _bring(
    scope: Scope, *, kind: str, legal_entity_id: int, file: "UploadedFile[Any]", day: Any, dry_run: bool
) -> ImportReport:
    brought = KINDS[kind]
    said: dict[str, Any] = {brought.day: day} if brought.day else {}
    if kind not in SHARED:
        said["legal_entity_id"] = legal_entity_id
    order = {"file_name": file.name or "", "actor": scope.actor, "scope": scope, "dry_run": dry_run}
    return brought.flow(file.file, **said, **order)


def _file(records: Iterable[RefusedRecord], columns: tuple[FileColumn, ...]) -> Iterator[str]:
    """The records under their own headings, those that we read first, then why each was refused."""
    why = _("Reason of the refusal")
    headings: list[str] = []
    for record in records:
        if not headings:
            ours = match_columns(list(record.record), [column._replace(required=False) for column in columns])
            others = sorted(set(record.record) - {*ours.values(), why})
            headings = [*(ours[column.field] for column in columns if column.field in ours), *others]
            yield "\ufeff" + _line([*headings, why])
        reasons = " ".join(import_words.reason(error.code, error.facts) for error in record.errors)
        yield _line([*(harmless(record.record.get(heading, "")) for heading in headings), reasons])


def _line(cells: list[str]) -> str:
    line = StringIO()
    csv.writer(line, delimiter=";").writerow(cells)
    return line.getvalue()


def _errors(errors: tuple[RowError, ...]) -> Table:
    return Table(_error_columns(), errors, name="errors", caption=_("Refused records"))


def _warnings(warnings: tuple[RowError, ...]) -> Table:
    return Table(_error_columns(), warnings, name="warnings", caption=_("Warnings"))


def _error_columns() -> tuple[Column, ...]:
    return (
        Column("record", _("Record number"), Kind.NUMBER),
        Column("column", _("Column")),
        Column("value", _("What it says")),
        Column("code", _("Why"), show=lambda row: import_words.reason(row.code, row.facts)),
        Column("facts", _("What to do"), show=lambda row: import_words.way_out(row.code, row.facts)),
    )


def _figures(counts: BatchRow | ImportReport) -> tuple[Figure, ...]:
    tone = Tone.BAD if counts.refused else Tone.DRAFT
    return (
        Figure(_("Created"), counts.created),
        Figure(_("Changed"), counts.updated),
        Figure(_("Unchanged"), counts.unchanged),
        Figure(_("Refused"), counts.refused, note=_("see below why") if counts.refused else "", tone=tone),
        Figure(
            _("Warnings"),
            counts.warned,
            note=_("taken in all the same") if counts.warned else "",
            tone=Tone.WARN if counts.warned else Tone.DRAFT,
        ),
    )


def _facts(found: BatchRow) -> tuple[Fact, ...]:
    return (
        Fact(_("File"), found.file_name),
        Fact(_("Content"), import_words.KINDS.get(found.kind, found.kind)),
        Fact(_("Brought in"), formats.instant(found.started_at)),
        Fact(_("By"), _author(found)),
    )


def _author(row: BatchRow) -> Words:
    return row.actor or (_("Command line") if row.actor_kind == "command" else row.actor_kind)


def _page(row: BatchRow) -> str:
    return reverse("desk:import", args=[row.id])


def _all_imports() -> Crumb:
    return Crumb(_("Imports"), reverse("desk:imports"))


routes = [
    Route("imports", "imports", imports, "import", menu=Menu(Section.SETTINGS, gettext_lazy("Imports"))),
    Route("imports/new", "new_import", new_import, "import", FORM),
    Route("imports/<imp:batch_id>", "import", batch, "import"),
    Route("imports/<imp:batch_id>/refused", "import_refused", refused, "import"),
]
