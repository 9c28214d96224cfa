"""The documents of a run in one file: for the printer, as a ZIP, or as one PDF."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.billing.queries import runs as billing
from encaisse.desk.forms import Form
from encaisse.desk.pages.runs import head, until
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Route
from encaisse.flows.mass_actions import PDF, ZIP
from encaisse.flows.print_run import PRINT, Printing, start
from encaisse.flows.put_together import start_for_run
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Scope
from encaisse.ui import formats
from encaisse.ui.shapes import Crumb, Words

MAKES: Final[Mapping[str, Words]] = {
    PRINT: gettext_lazy("A print file: PDFs for the printer, and the index of what lies where"),
    ZIP: gettext_lazy("One ZIP: a PDF for each document, called by its number"),
    PDF: gettext_lazy("One PDF of all documents"),
}
ORDERS: Final[Mapping[str, Words]] = {
    "postal": gettext_lazy("By country, postcode and name"),
    "number": gettext_lazy("By number"),
}
WHOSE: Final[Mapping[str, Words]] = {
    "all": gettext_lazy("Every document"),
    "paper": gettext_lazy("Those that go to nobody by e-mail"),
}


class FilesForm(Form):
    """What is made, of which documents, in which order, and how it is cut for the printer."""

    make = forms.ChoiceField(
        label=gettext_lazy("What to make"),
        choices=list(MAKES.items()),
        widget=forms.RadioSelect,
        initial=PRINT,
    )
    whose = forms.ChoiceField(label=gettext_lazy("Which documents"), choices=list(WHOSE.items()))
    order = forms.ChoiceField(label=gettext_lazy("Order"), choices=list(ORDERS.items()), initial="postal")
    even = forms.BooleanField(
        label=gettext_lazy("Each document begins on a sheet of its own"),
        help_text=gettext_lazy("For printing on both sides: an empty page follows an odd number of pages."),
        required=False,
        initial=True,
    )
    most_documents = forms.IntegerField(
        label=gettext_lazy("Documents in a file at most"),
        help_text=gettext_lazy("Of the print file; empty for any number."),
        required=False,
        min_value=1,
    )
    most_pages = forms.IntegerField(
        label=gettext_lazy("Pages in a file at most"), required=False, min_value=1
    )

    def start(self, scope: Scope, run_id: int, name: str) -> int:
        """The job, which calls its file so."""
        said = dict(self.cleaned_data)
        make, on_paper = said.pop("make"), said.pop("whose") == "paper"
        if make != PRINT:
            return start_for_run(scope, make, run_id, order=said["order"], on_paper=on_paper, name=name)
        printing = Printing(
            order=said["order"],
            on_paper=on_paper,
            even=said["even"],
            most_documents=said["most_documents"] or 0,
            most_pages=said["most_pages"] or 0,
            name=name,
            headings=_headings(),
            comma=formats.in_french(),
        )
        return start(scope, run_id, printing)


def files(request: ScopedRequest, run_id: int) -> HttpResponse:
    """Say what is to be made; a job makes it."""
    found = billing.run_detail(request.scope, run_id)
    form = FilesForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        word = slugify(_("Billing run"))
        name = f"{word}-{until(found.run).isoformat()}-{public_id('run', run_id)}"
        return redirect("desk:job", form.start(request.scope, run_id, name))
    shown: dict[str, Any] = {**head(found), "form": form, "title": _("Documents in one file")}
    shown["crumbs"] = (*shown["crumbs"][:-1], Crumb(head(found)["title"], reverse("desk:run", args=[run_id])))
    return render(request, "desk/run_files.html", shown)


def _headings() -> tuple[str, ...]:
    """Those of the index, in the reader's language."""
    return (
        _("Position"), _("File"), _("First page"), _("Pages"), _("Number"), _("Recipient"), _("Address"),
        _("Address, continued"), _("Postcode"), _("City"), _("Country"),
    )  # fmt: skip


routes = [Route("runs/<run:run_id>/files", "run_files", files, methods=FORM)]
