"""The PDFs of invoices made elsewhere: a ZIP brought, and what became of each of its files."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk import states
from encaisse.desk.forms import Form
from encaisse.desk.lists import files
from encaisse.desk.pages.jobs import progress_of
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Route
from encaisse.flows import bring_pdfs
from encaisse.flows.bring_pdfs import Brought
from encaisse.flows.import_pdfs import Told
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import words
from encaisse.ui.lists import Column, Empty, Filter, Kind, Listing, Table
from encaisse.ui.shapes import Crumb, Fact, Figure, Status, Tone

OUTCOMES: Final = {
    "refused": Status(gettext_lazy("Refused"), Tone.BAD),
    "alone": Status(gettext_lazy("Of no single invoice"), Tone.WARN),
    "known": Status(gettext_lazy("There already"), Tone.DRAFT),
    "kept": Status(gettext_lazy("Archived"), Tone.GOOD),
}


class BringForm(Form):
    """A ZIP, whose invoices these are, and whether they are sent."""

    legal_entity_id = forms.TypedChoiceField(
        label=gettext_lazy("Legal entity"),
        help_text=gettext_lazy("Who sold what these invoices bill."),
        coerce=int,
    )
    file = forms.FileField(
        label=gettext_lazy("ZIP of PDFs"),
        help_text=gettext_lazy(
            "Each PDF is called by the number of its invoice, a slash being a hyphen, or as the imported file said;"
            " 2 GB at most."
        ),
        widget=forms.FileInput({"accept": ".zip"}),
    )
    send = forms.BooleanField(
        label=gettext_lazy("Send each to the readers of its account"),
        help_text=gettext_lazy(
            "Only those that are archived now; whoever had them elsewhere has them twice."
        ),
        required=False,
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        entities = [(each.id, each.name) for each in party.legal_entities(scope)]
        self.fields["legal_entity_id"].choices = entities  # type: ignore[attr-defined]


def bring(request: ScopedRequest) -> HttpResponse:
    """Bring a ZIP; a worker reads it."""
    form = BringForm(request.scope, request.POST or None, request.FILES or None)
    if form.sent(lambda **said: _receive(request.scope, **said)):
        return redirect("desk:pdfs", form.outcome)
    crumbs = (_imports(), Crumb(_("PDFs of invoices")))
    return render(request, "desk/bring_pdfs.html", {"form": form, "crumbs": crumbs})


def pdfs(request: ScopedRequest, job_id: int) -> HttpResponse:
    """How far the reading of a ZIP is, then what became of each file."""
    found = bring_pdfs.brought(request.scope, job_id)
    job = found.job
    shown = {
        "job": job,
        "title": str(job.facts["file_name"]),
        "state": states.JOBS[job.state],
        "why": words.reason(job.error, job.error_facts) if job.error else "",
        "figures": _figures(found),
        "facts": (
            Fact(_("By"), job.actor),
            Fact(_("Asked for"), job.asked_at),
            Fact(_("Ended"), job.ended_at),
        ),
        "table": _files_of(found, request.GET),
        "crumbs": (_imports(), Crumb(str(job.facts["file_name"]))),
        **progress_of(job),
    }
    return render(request, "desk/pdfs.html", shown)


def _table(scope: Scope, address: Mapping[str, str], size: int = 0, *, job_id: int) -> Table:
    return _files_of(bring_pdfs.brought(scope, job_id), address, size)


def _files_of(found: Brought, address: Mapping[str, str], size: int = 0) -> Table:
    labels = tuple((name, status.label) for name, status in OUTCOMES.items())
    listing = Listing(_columns(), (Filter("outcome", _("Outcome"), labels),))
    asked = listing.asked(address, size)
    outcome = asked.text("outcome")
    rows = [each for each in found.files if outcome in ("", each.outcome)]
    page = rows[asked.page.offset : asked.page.offset + asked.page.size]
    empty = Empty(_("No file yet"), _("What became of each file stands here once the ZIP was read."))
    shown = {"name": "files", "caption": _("Files"), "empty": empty}
    return listing.table(asked, page, total=len(rows), export_url=files("pdfs", asked, found.job.id), **shown)


def _columns() -> tuple[Column, ...]:
    return (
        Column("name", _("File"), link=_invoice_page),
        Column("outcome", _("Outcome"), Kind.STATUS, show=lambda row: OUTCOMES[row.outcome]),
        Column("reason", _("Why"), show=_why),
    )


def _invoice_page(row: Told) -> str:
    return reverse("desk:invoice", args=[row.invoice_id]) if row.invoice_id else ""


def _why(row: Told) -> str:
    if row.outcome == "alone":
        return _("No invoice made elsewhere is called so, or several are.")
    return words.reason("not_a_pdf", {"reason": row.reason}) if row.reason else ""


def _figures(found: Brought) -> tuple[Figure, ...]:
    here = reverse("desk:pdfs", args=[found.job.id])
    if found.job.state != "done":
        return ()
    return tuple(
        Figure(
            status.label,
            found.counts[name],
            f"{here}?outcome={name}",
            tone=status.tone if found.counts[name] else Tone.DRAFT,
        )
        for name, status in reversed(OUTCOMES.items())
    )


def _receive(scope: Scope, *, legal_entity_id: int, file: "UploadedFile[Any]", send: bool) -> int:
    return bring_pdfs.bring(scope, legal_entity_id, file.name or "", file.chunks(), send=send)


def _imports() -> Crumb:
    return Crumb(_("Imports"), reverse("desk:imports"))


routes = [
    Route("imports/pdfs", "bring_pdfs", bring, "import", FORM),
    Route("imports/pdfs/<job:job_id>", "pdfs", pdfs, "import", table=_table),
]
