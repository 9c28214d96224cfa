"""A legal entity's own template of its documents: drafted, seen at once on an invoice, put in force as a version."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk.entity_tabs import tabs
from encaisse.desk.forms import Form
from encaisse.desk.pages.design import LANGUAGES, sheets_of
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Route
from encaisse.document import operations
from encaisse.document.content import Language
from encaisse.document.operations import LONGEST_SOURCE
from encaisse.document.queries import specimens, templates
from encaisse.document.queries.templates import TemplateRow
from encaisse.kernel.errors import DomainError
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import settings_words, words
from encaisse.ui.lists import Column, Kind, Table
from encaisse.ui.shapes import Crumb

TYPST: Final = "text/plain; charset=utf-8"


class TemplateForm(Form):
    """The source of a template, and on which invoice to see it."""

    source = forms.CharField(
        label=gettext_lazy("Template"),
        help_text=gettext_lazy(
            "In the language of typst. It is given every text written out: it only places them."
        ),
        max_length=LONGEST_SOURCE,
        strip=False,
        widget=forms.Textarea({"rows": 32, "spellcheck": "false", "wrap": "off"}),
    )

    def __init__(self, scope: Scope, entity_id: int, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["invoice_id"] = forms.TypedChoiceField(
            label=_("Shown on"),
            choices=[("", _("An invented invoice")), *specimens.recent(scope, entity_id)],
            required=False,
            coerce=int,
            empty_value=None,
        )
        self.fields["language"] = forms.ChoiceField(
            label=_("In"), choices=[*words.LANGUAGES.items()], required=False
        )


class FileForm(Form):
    """A template as a file."""

    file = forms.FileField(
        label=gettext_lazy("A template from a file"),
        help_text=gettext_lazy("It becomes the draft; nothing is drawn by it yet."),
        widget=forms.FileInput({"accept": ".typ,text/plain"}),
    )

    def clean_file(self) -> str:
        """Its text."""
        try:
            return str(self.cleaned_data["file"].read(LONGEST_SOURCE * 4 + 1).decode("utf-8"))
        except UnicodeDecodeError:
            raise forms.ValidationError(_("This file is no text in UTF-8.")) from None


def template(request: ScopedRequest, entity_id: int) -> HttpResponse:
    """The draft: seen, saved, and put in force."""
    drafted = templates.drafted(request.scope, entity_id)
    form = TemplateForm(request.scope, entity_id, request.POST or None, initial={"source": drafted.source})
    activates = request.POST.get("do") == "activate"

    def keep(source: str, **seen_on: Any) -> None:
        operations.save_template(request.scope, entity_id, source)
        if activates:
            operations.activate_template(request.scope, entity_id)

    if form.sent(keep):
        messages.success(request, _("In force for what is issued from now on.") if activates else _("Saved."))
        return redirect("desk:template", entity_id)
    return render(request, "desk/template.html", _told(request, entity_id, form, FileForm()))


def preview(request: ScopedRequest, entity_id: int) -> HttpResponse:
    """The pages that the template as it stands would give, and what they lack; nothing is kept."""
    form = TemplateForm(request.scope, entity_id, request.POST)
    told: dict[str, Any] = {"sheets": (), "form": form}
    if form.is_valid():
        said = form.cleaned_data
        language = Language(said["language"] or LANGUAGES[0])
        options = {"language": language, "invoice_id": said["invoice_id"]}
        try:
            tried = specimens.tried(request.scope, entity_id, said["source"], **options)
            told |= {"sheets": sheets_of(tried.pdf), "missing": _missing(tried)}
        except DomainError as error:
            told["refusal"] = words.refusal(error)
    return render(request, "desk/template_preview.html", told)


def upload(request: ScopedRequest, entity_id: int) -> HttpResponse:
    """A file becomes the draft."""
    file_form = FileForm(request.POST, request.FILES)
    if file_form.sent(lambda file: operations.save_template(request.scope, entity_id, file)):
        messages.success(request, _("The draft is there: look at it, then put it in force."))
        return redirect("desk:template", entity_id)
    source = templates.drafted(request.scope, entity_id).source
    form = TemplateForm(request.scope, entity_id, initial={"source": source})
    return render(request, "desk/template.html", _told(request, entity_id, form, file_form))


def give_up(request: ScopedRequest, entity_id: int) -> HttpResponse:
    """Draw what is issued from now on by the product's own template."""
    operations.use_our_template(request.scope, entity_id)
    messages.success(request, _("What is issued from now on is drawn by the template of Encaisse."))
    return redirect("desk:template", entity_id)


def file(request: ScopedRequest, entity_id: int, version: int) -> HttpResponse:
    """The source of one version, or of the product's own template as version 0."""
    if version:
        source = templates.version(request.scope, entity_id, version)
    else:
        source = templates.ours(request.scope, entity_id)
    name = f"template-{version}.typ"
    return HttpResponse(
        source, content_type=TYPST, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def _missing(tried: specimens.Tried) -> list[str]:
    """The parts that lack something, each with the first text that is not there."""
    first = {each.part: each.text for each in reversed(tried.missing)}
    return [
        f"{settings_words.PARTS[part]}: “{first[part]}”" for part in settings_words.PARTS if part in first
    ]


def _told(request: ScopedRequest, entity_id: int, form: TemplateForm, file_form: FileForm) -> dict[str, Any]:
    entity = party.legal_entity(request.scope, entity_id)

    def address(row: TemplateRow) -> str:
        return reverse("desk:template_file", args=[entity_id, row.version]) if row.is_own else ""

    columns = (
        Column("version", _("Version"), Kind.NUMBER, link=address),
        Column("activated_at", _("In force since"), Kind.INSTANT),
        Column(
            "is_own", _("Template"), show=lambda row: _("Their own") if row.is_own else _("That of Encaisse")
        ),
        Column("activated_by", _("By")),
    )
    rows = templates.versions(request.scope, entity_id)
    crumbs = (
        Crumb(_("Legal entities"), reverse("desk:entities")),
        Crumb(entity.identity.name, reverse("desk:entity", args=[entity_id])),
        Crumb(_("Template")),
    )
    return {
        "entity": entity,
        "form": form,
        "file_form": file_form,
        "drafted": templates.drafted(request.scope, entity_id),
        "is_own": bool(rows and rows[0].is_own),
        "versions": Table(columns, rows, name="versions", caption=_("Versions")),
        "tabs": tabs(entity_id, "template"),
        "crumbs": crumbs,
    }


routes = [
    Route("entities/<le:entity_id>/template", "template", template, "configure", FORM),
    Route("entities/<le:entity_id>/template/preview", "template_preview", preview, "configure", BUTTON),
    Route("entities/<le:entity_id>/template/upload", "upload_template", upload, "configure", BUTTON),
    Route("entities/<le:entity_id>/template/give-up", "give_up_template", give_up, "configure", BUTTON),
    Route("entities/<le:entity_id>/template/<int:version>.typ", "template_file", file, "configure"),
]
