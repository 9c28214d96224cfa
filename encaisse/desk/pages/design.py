"""How the documents of a legal entity look: colour, logo, texts, seen on an invoice while they are chosen."""

from base64 import b64encode
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.adapters.images import logo_svg
from encaisse.adapters.pages import page_png, page_sizes
from encaisse.desk.entity_tabs import tabs
from encaisse.desk.forms import Form
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Route
from encaisse.document import operations
from encaisse.document.appearance import HIGHEST_MM, LONGEST, LOWEST_MM
from encaisse.document.content import Language
from encaisse.document.queries import designs, specimens
from encaisse.document.queries.designs import Chosen
from encaisse.kernel.errors import DomainError
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import words
from encaisse.ui.lists import Column, Kind, Table
from encaisse.ui.shapes import Crumb, Sheet

WIDTH_PX: Final = 900
TEXTS: Final = {
    "header": (gettext_lazy("Under the name"), gettext_lazy("A trade name, a web address, opening hours.")),
    "payment": (
        gettext_lazy("Beside how to pay"),
        gettext_lazy("What your customers should know when they pay."),
    ),
    "footer": (
        gettext_lazy("Above the legal lines"),
        gettext_lazy("On every page. What the law wants printed stays below it, whatever is written here."),
    ),
}
PLACES: Final = {"left": gettext_lazy("Left, over the name"), "right": gettext_lazy("Right, over the title")}
LANGUAGES: Final = ("fr", "en")


class DesignForm(Form):
    """The choices of a design, and on which invoice to see them."""

    accent = forms.CharField(
        label=gettext_lazy("Colour"),
        help_text=gettext_lazy("Of the name, of the rules of tables and of the amount to pay."),
        max_length=7,
        widget=forms.TextInput({"type": "color"}),
    )
    logo_id = forms.TypedChoiceField(label=gettext_lazy("Logo"), required=False, coerce=int, empty_value=None)
    logo_place = forms.ChoiceField(label=gettext_lazy("Where it stands"), choices=[*PLACES.items()])
    logo_mm = forms.IntegerField(
        label=gettext_lazy("Height of the logo, in millimetres"), min_value=LOWEST_MM, max_value=HIGHEST_MM
    )
    numbered = forms.BooleanField(label=gettext_lazy("Number the lines"), required=False)
    qr = forms.BooleanField(label=gettext_lazy("Print a QR code that fills in the transfer"), required=False)
    fold_mark = forms.BooleanField(
        label=gettext_lazy("Print where the sheet is folded for its envelope"), required=False
    )

    def __init__(self, scope: Scope, entity_id: int, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        logos = [
            (row.id, _("Brought on %(day)s") % {"day": date_format(row.brought_at, "SHORT_DATETIME_FORMAT")})
            for row in designs.logos(scope, entity_id)
        ]
        self.fields["logo_id"].choices = [("", _("None")), *logos]  # type: ignore[attr-defined]
        for language in LANGUAGES:
            for name, (label, help_text) in TEXTS.items():
                self.fields[f"{name}_{language}"] = _text(
                    name, f"{label} ({words.LANGUAGES[language]})", help_text
                )
        seen = [(key, number) for key, number in specimens.recent(scope, entity_id)]
        self.fields["invoice_id"] = forms.TypedChoiceField(
            label=_("Shown on"),
            choices=[("", _("An invented invoice")), *seen],
            required=False,
            coerce=int,
            empty_value=None,
        )
        self.fields["language"] = forms.ChoiceField(
            label=_("In"), choices=[*words.LANGUAGES.items()], required=False
        )


class LogoForm(Form):
    """A new logo."""

    image = forms.FileField(
        label=gettext_lazy("Another logo"),
        help_text=gettext_lazy("SVG made of shapes, PNG or JPEG, one megabyte at most."),
        widget=forms.FileInput({"accept": ".svg,.png,.jpg,.jpeg,image/svg+xml,image/png,image/jpeg"}),
    )


def design(request: ScopedRequest, entity_id: int) -> HttpResponse:
    """The design of today, to change and to publish."""
    now = designs.chosen(request.scope, entity_id)
    form = DesignForm(request.scope, entity_id, request.POST or None, initial=_initial(request, now))
    if form.sent(lambda **told: operations.publish_design(request.scope, entity_id, _chosen(told))):
        messages.success(request, _("Published. What is issued from now on looks like this."))
        return redirect("desk:design", entity_id)
    return render(request, "desk/design.html", _told(request, entity_id, form, LogoForm()))


def preview(request: ScopedRequest, entity_id: int) -> HttpResponse:
    """The pages that the choices as they stand would give; nothing is kept."""
    form = DesignForm(request.scope, entity_id, request.POST)
    try:
        sheets = _sheets(request.scope, entity_id, form.cleaned_data) if form.is_valid() else ()
        told: dict[str, Any] = {"sheets": sheets}
    except DomainError as error:
        told = {"sheets": (), "refusal": words.refusal(error)}
    return render(request, "desk/design_preview.html", told | {"form": form})


def logo(request: ScopedRequest, entity_id: int) -> HttpResponse:
    """Another logo, cleaned; the design may then choose it."""
    party.legal_entity(request.scope, entity_id)
    form = LogoForm(request.POST, request.FILES)
    if form.sent(
        lambda image: operations.bring_logo(entity_id, logo_svg(image.read()), actor=request.scope.actor)
    ):
        messages.success(request, _("The logo is there: look at it, then publish."))
        return redirect(f"{reverse('desk:design', args=[entity_id])}?logo={form.outcome}")
    now = designs.chosen(request.scope, entity_id)
    choices = DesignForm(request.scope, entity_id, initial=_initial(request, now))
    return render(request, "desk/design.html", _told(request, entity_id, choices, form))


def _text(name: str, label: str, help_text: Any) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=LONGEST[name],
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )


def _told(request: ScopedRequest, entity_id: int, form: DesignForm, logo_form: LogoForm) -> dict[str, Any]:
    entity = party.legal_entity(request.scope, entity_id)
    columns = (
        Column("version", _("Version"), Kind.NUMBER),
        Column("published_at", _("Published"), Kind.DATE),
        Column("published_by", _("By")),
    )
    versions = Table(
        columns, designs.versions(request.scope, entity_id), name="versions", caption=_("Versions")
    )
    crumbs = (
        Crumb(_("Legal entities"), reverse("desk:entities")),
        Crumb(entity.identity.name, reverse("desk:entity", args=[entity_id])),
        Crumb(_("Documents")),
    )
    return {
        "entity": entity,
        "form": form,
        "logo_form": logo_form,
        "versions": versions,
        "tabs": tabs(entity_id, "design"),
        "crumbs": crumbs,
    }


def _initial(request: ScopedRequest, now: Chosen) -> dict[str, Any]:
    texts = {
        f"{name}_{language}": now.texts.get(language, {}).get(name, "")
        for name in TEXTS
        for language in LANGUAGES
    }
    said = {name: value for name, value in now._asdict().items() if name not in ("version", "texts")}
    brought = request.GET.get("logo", "")
    return said | texts | ({"logo_id": int(brought)} if brought.isdigit() else {})


def _chosen(told: dict[str, Any]) -> Chosen:
    texts = {
        language: {
            name: text for name in TEXTS if (text := told[f"{name}_{language}"].replace("\r\n", "\n").strip())
        }
        for language in LANGUAGES
    }
    said = {name: told[name] for name in Chosen._fields if name in told}
    return Chosen(version=0, texts=texts, **said | {"accent": told["accent"].lower()})


def _sheets(scope: Scope, entity_id: int, told: dict[str, Any]) -> tuple[Sheet, ...]:
    language = Language(told["language"] or LANGUAGES[0])
    pdf = specimens.shown(scope, entity_id, _chosen(told), language=language, invoice_id=told["invoice_id"])
    return sheets_of(pdf)


def sheets_of(pdf: bytes) -> tuple[Sheet, ...]:
    """The pages of a file as images within the page."""
    sizes = page_sizes(pdf, width_px=WIDTH_PX)
    return tuple(
        Sheet(f"data:image/png;base64,{b64encode(page_png(pdf, page, width_px=WIDTH_PX)).decode()}", *size)
        for page, size in enumerate(sizes, 1)
    )


routes = [
    Route("entities/<le:entity_id>/design", "design", design, "configure", FORM),
    Route("entities/<le:entity_id>/design/preview", "design_preview", preview, "configure", BUTTON),
    Route("entities/<le:entity_id>/logo", "bring_logo", logo, "configure", BUTTON),
]
