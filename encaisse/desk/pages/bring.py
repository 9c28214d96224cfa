"""A file brought in: received, laid out on a screen, rehearsed, and read by a worker."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django_htmx.http import HttpResponseClientRefresh

from encaisse.desk import import_report as report
from encaisse.desk.fields import DayField
from encaisse.desk.forms import Form
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Route
from encaisse.flows import import_files as flow
from encaisse.flows.import_files import KINDS, Seen
from encaisse.insight.queries import jobs
from encaisse.insight.queries.jobs import JobRow
from encaisse.intake import queries
from encaisse.intake.operations import uploads
from encaisse.intake.queries import UploadRow
from encaisse.intake.rules import Column as FileColumn
from encaisse.intake.rules import RowError
from encaisse.intake.rules.mapping import DATE, NUMBER, ColumnMap, suggested, targets
from encaisse.kernel.errors import DomainError
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.errors import DuplicateFound
from encaisse.party.rules.terms import PaymentMethod, PaymentTerms
from encaisse.ui import formats, import_words, words
from encaisse.ui.lists import Column, Table
from encaisse.ui.shapes import Crumb, Status, Step, Tone, Value, Words

# Records of the sample that the screen shows beside their fields.
SHOWN: Final = 3
LONGEST_QUOTE: Final = 40
NOT_READ: Final = "-"
AS_IS: Final = "as_is"
MANNERS: Final = {
    "dates": {
        AS_IS: gettext_lazy("As they are: day first, or year first"),
        "day_first": gettext_lazy("Day first, years of two digits too: 31/12/26"),
        "month_first": gettext_lazy("Month first: 12/31/2026"),
    },
    "decimals": {
        AS_IS: gettext_lazy("As they are: 1 234,56 or 1,234.56"),
        "comma": gettext_lazy("Decimal comma: 1.234 is one thousand and more"),
        "point": gettext_lazy("Decimal point: 1,234 is one thousand and more"),
    },
}


class Rehearsed(NamedTuple):
    """What a rehearsal counted."""

    created: int
    updated: int
    unchanged: int
    refused: int
    warned: int


class NewImport(Form):
    """A file to bring."""

    kind = forms.ChoiceField(label=gettext_lazy("What the file holds"), choices=[*import_words.KINDS.items()])
    legal_entity_id = forms.TypedChoiceField(
        label=gettext_lazy("Legal entity"),
        help_text=gettext_lazy("Whose customers these are. Offers and prices belong to all."),
        coerce=int,
    )
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy(
            "CSV, Excel (.xlsx) or JSON lines, with headings in the first line of a table; 200 MB at most."
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

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        entities = [(each.id, each.name) for each in party.legal_entities(scope)]
        self.fields["legal_entity_id"].choices = entities  # type: ignore[attr-defined]
        kinds = [
            (name, label)
            for name, label in import_words.KINDS.items()
            if name in KINDS and not (KINDS[name].is_shared and scope.entity_ids is not None)
        ]
        self.fields["kind"].choices = kinds  # type: ignore[attr-defined]


class LayOut(Form):
    """What each heading of a file holds, what all its records share, and how they write dates and numbers.

    After a rehearsal, each of the first duplicates that it found has a choice of its own.
    """

    dates = forms.ChoiceField(
        label=gettext_lazy("Dates"), choices=[*MANNERS["dates"].items()], required=False
    )
    decimals = forms.ChoiceField(
        label=gettext_lazy("Numbers"), choices=[*MANNERS["decimals"].items()], required=False
    )
    source = forms.CharField(
        label=gettext_lazy("Remember as"),
        help_text=gettext_lazy("A name for where such files come from: the next one is read the same way."),
        max_length=60,
        required=False,
    )

    def __init__(
        self, upload: UploadRow, chosen: ColumnMap, source: str, data: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(data)
        self.initial = {
            "dates": chosen.dates or AS_IS,
            "decimals": chosen.decimals or AS_IS,
            "source": source,
        }
        self.upload, self.of = upload, KINDS[upload.kind].columns
        choices = [
            (NOT_READ, _("– not read –")),
            *((each, _target(each, self.of)) for each in targets(self.of)),
        ]
        for place, heading in enumerate(upload.headings):
            self.fields[f"column_{place}"] = forms.ChoiceField(
                label=heading,
                choices=choices,
                initial=chosen.headings.get(heading, "") or NOT_READ,
                help_text=_quoted(upload, heading),
            )
        for column in self.of:
            self.fields[f"same_{column.field}"] = forms.CharField(
                label=_label(column), initial=chosen.constants.get(column.field, ""), required=False
            )
        if KINDS[upload.kind].has_duplicates:
            self.fields["duplicates"] = forms.ChoiceField(
                label=_("Duplicates"),
                help_text=_(
                    "Records that look like a customer who is there: same SIREN, VAT number, or name and address."
                ),
                choices=[*import_words.CHOICES.items()],
                initial=upload.facts.get("duplicates", "refuse"),
            )
        held = {column.holds for column in self.of}
        for name, holds in (("dates", DATE), ("decimals", NUMBER)):
            if holds not in held:
                del self.fields[name]

    def ask_of(self, found: Iterable[RowError]) -> None:
        """Each duplicate may have a choice of its own."""
        for each in found:
            self.fields[f"choice_{each.record}"] = forms.ChoiceField(
                label=_("Record %(number)s: %(value)s") % {"number": each.record, "value": each.value},
                help_text=import_words.reason(each.code, each.facts),
                choices=[(NOT_READ, _("As chosen for all")), *import_words.CHOICES.items()],
                initial=self.upload.facts.get("choices", {}).get(str(each.record), NOT_READ),
            )

    def clean(self) -> dict[str, Any]:
        """The arguments of the flow."""
        said = dict(super().clean() or self.cleaned_data)
        facts: dict[str, Any] = {}
        if "duplicates" in self.fields:
            choices = {
                field.removeprefix("choice_"): said[field] for field in said if field.startswith("choice_")
            }
            facts["duplicates"] = said.get("duplicates") or "refuse"
            facts["choices"] = {record: choice for record, choice in choices.items() if choice != NOT_READ}
        return {"chosen": self.chosen(said), "source": said.get("source", ""), "facts": facts}

    @property
    def choices(self) -> list[forms.BoundField]:
        """What becomes of each duplicate."""
        return [field for field in self if field.name.startswith("choice_")]

    @property
    def columns(self) -> list[forms.BoundField]:
        """A choice for each heading."""
        return [field for field in self if field.name.startswith("column_")]

    @property
    def same(self) -> list[forms.BoundField]:
        """A text for each field that every record may share."""
        return [field for field in self if field.name.startswith("same_")]

    @property
    def manners(self) -> list[forms.BoundField]:
        """How dates and numbers are written, and the name to remember all of it by."""
        return [self[name] for name in ("dates", "decimals", "duplicates", "source") if name in self.fields]

    @property
    def shares(self) -> bool:
        """Whether some field is the same in every record."""
        return any(field.value() for field in self.same)

    def chosen(self, said: Mapping[str, Any]) -> ColumnMap:
        """The map that these values of the fields make."""
        told = {field: "" if text in {NOT_READ, AS_IS} else text for field, text in said.items()}
        headings = {
            heading: told.get(f"column_{place}", "") for place, heading in enumerate(self.upload.headings)
        }
        constants = {
            column.field: said[f"same_{column.field}"]
            for column in self.of
            if said.get(f"same_{column.field}")
        }
        return ColumnMap(headings, constants, told.get("dates", ""), told.get("decimals", ""))


def new_import(request: ScopedRequest) -> HttpResponse:
    """Bring a file; what is done with it is asked on its own page."""
    form = NewImport(request.scope, request.POST or None, request.FILES or None)
    if form.sent(lambda **said: _receive(request.scope, **said)):
        return redirect("desk:upload", form.outcome)
    crumbs = (_all_imports(), Crumb(_("New import")))
    return render(request, "desk/new_import.html", {"form": form, "crumbs": crumbs})


def upload(request: ScopedRequest, upload_id: int) -> HttpResponse:
    """How a file is read: its columns, its first records, a rehearsal, then the import."""
    found = queries.upload(request.scope, upload_id)
    job = jobs.job(request.scope, found.job_id) if found.job_id else None
    if job and job.kind == flow.IMPORT and "batch_id" in job.answer:
        return redirect("desk:import", job.answer["batch_id"])
    source = request.GET.get("source", queries.proposed(found.kind, found.headings))
    chosen = (None if "source" in request.GET else found.mapping) or _suggested(found, source)
    form = LayOut(found, chosen, source, request.POST or None)
    form.ask_of(_duplicates(job))
    if form.sent(lambda **said: _lay_out(request, found, **said)):
        return redirect("desk:upload", upload_id)
    shown = {
        "upload": found,
        "form": form,
        "source": source,
        "sources": [*queries.mappings(found.kind)],
        "crumbs": (_all_imports(), Crumb(found.file_name)),
        **_read(found, form),
        **_job(found, job),
    }
    return render(request, "desk/upload.html", shown)


def upload_progress(request: ScopedRequest, upload_id: int) -> HttpResponse:
    """How far the reading of a file is, asked again and again; once it has ended, the page itself again."""
    found = queries.upload(request.scope, upload_id)
    job = jobs.job(request.scope, found.job_id) if found.job_id else None
    if job is None or not job.is_under_way:
        return HttpResponseClientRefresh()
    return render(request, "desk/job_progress.html", _job(found, job))


def _receive(
    scope: Scope, *, kind: str, legal_entity_id: int, file: "UploadedFile[Any]", day: dt.date | None
) -> int:
    facts: dict[str, Any] = {"legal_entity_id": None if KINDS[kind].is_shared else legal_entity_id}
    if day and KINDS[kind].day:
        facts |= {"day": day.isoformat()}
    return uploads.receive(kind, file.name or "", file.chunks(), facts=facts, actor=scope.actor)


def _lay_out(
    request: ScopedRequest, found: UploadRow, *, chosen: ColumnMap, source: str, facts: dict[str, Any]
) -> None:
    flow.lay_out(request.scope, found.id, chosen, source=source, facts=facts)
    act = request.POST.get("do")
    if act in {"rehearse", "import"}:
        flow.ask(request.scope, found.id, rehearsal=act == "rehearse")


def _suggested(found: UploadRow, source: str) -> ColumnMap:
    known = queries.mappings(found.kind)
    return suggested(found.headings, KINDS[found.kind].columns, [known[source]] if source in known else [])


def _read(found: UploadRow, form: LayOut) -> dict[str, Any]:
    """The first records as the form would have them read, or why they cannot be."""
    said = {name: form[name].value() for name in form.fields}
    try:
        records = flow.seen(found, form.chosen(said))[:SHOWN]
    except DomainError as error:
        return {"unread": words.refusal(error)}
    columns = (
        Column("field", _("Field"), show=lambda column: _label(column)),
        *(
            Column(
                f"record_{each.number}", _("Record %(number)s") % {"number": each.number}, show=_cell(each)
            )
            for each in records
        ),
    )
    rows = [
        column for column in form.of if any(column.field in {*each.fields, *each.wrong} for each in records)
    ]
    return {"records": Table(columns, rows, name="records", caption=_("First records"))}


def _cell(record: Seen) -> Callable[[FileColumn], Value]:
    def show(column: FileColumn) -> Value:
        if wrong := record.wrong.get(column.field):
            return Status(import_words.reason(wrong.code, wrong.facts), Tone.BAD)
        return _value(record.fields.get(column.field))

    return show


def _value(value: Any) -> Value:
    if isinstance(value, PaymentTerms):
        return words.terms(value)
    if isinstance(value, PaymentMethod):
        return words.PAYMENT_METHODS[value]
    if isinstance(value, Decimal):
        return formats.number(value)
    return value if isinstance(value, dt.date) else str(value or "")


def _job(found: UploadRow, job: JobRow | None) -> dict[str, Any]:
    """How far the reading is, or what came of it."""
    if job is None:
        return {}
    if job.is_under_way:
        note = "" if job.total else _("Waiting for a worker")
        label = _("Rehearsing") if job.kind == flow.REHEARSAL else _("Reading")
        step = Step(label, Tone.ACTIVE, job.over, job.total, note)
        return {"steps": (step,), "poll": reverse("desk:upload_progress", args=[found.id])}
    if job.error:
        return {"why": words.reason(job.error, job.error_facts)}
    if job.kind != flow.REHEARSAL or not job.answer:
        return {}
    told = Rehearsed(**{name: job.answer[name] for name in Rehearsed._fields})
    return {
        "figures": report.figures(told),
        "errors": report.errors([RowError(**each) for each in job.answer["errors"]]),
        "warnings": report.warnings([RowError(**each) for each in job.answer["warnings"]]),
    }


def _duplicates(job: JobRow | None) -> list[RowError]:
    """Those that the last rehearsal found first."""
    if job is None or job.kind != flow.REHEARSAL:
        return []
    told = [RowError(**each) for each in (*job.answer.get("errors", ()), *job.answer.get("warnings", ()))]
    return sorted(each for each in told if each.code == DuplicateFound.code)


def _target(target: str, columns: Iterable[FileColumn]) -> Words:
    """What a heading may be chosen to hold, in words."""
    labels = {column.field: _label(column) for column in columns}
    parts = [part.partition("<") for part in target.split()]
    if len(parts) > 1:
        return _("%(field)s, and the %(other)s within") % {
            "field": labels[parts[0][0]],
            "other": labels[parts[1][0]],
        }
    field, _made, source = parts[0]
    if not source:
        return labels[field]
    if source in labels:
        return _("%(field)s, out of a %(other)s") % {"field": labels[field], "other": labels[source]}
    return import_words.CONVERSIONS[source]


def _label(column: FileColumn) -> str:
    return column.headings[0 if get_language() == "fr" else -1]


def _quoted(upload: UploadRow, heading: str) -> str:
    """What the first records say there, as it is written."""
    said = dict.fromkeys(each["cells"].get(heading, "") for each in upload.sample)
    quoted = [text if len(text) <= LONGEST_QUOTE else f"{text[:LONGEST_QUOTE]}…" for text in said if text]
    return " · ".join(quoted[:SHOWN])


def _all_imports() -> Crumb:
    return Crumb(_("Imports"), reverse("desk:imports"))


routes = [
    Route("imports/new", "new_import", new_import, "import", FORM),
    Route("imports/files/<upl:upload_id>", "upload", upload, "import", FORM),
    Route("imports/files/<upl:upload_id>/progress", "upload_progress", upload_progress, "import"),
]
