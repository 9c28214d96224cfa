"""What an offer includes: the offers that whoever subscribes to it holds too."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.catalog import queries
from encaisse.catalog.operations.offers import Included
from encaisse.desk.fields import AmountField, typed
from encaisse.desk.forms import Form
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Route
from encaisse.flows import sell
from encaisse.ui import formats
from encaisse.ui.shapes import Crumb

MOST: Final = 50


class InclusionForm(forms.Form):
    """One offer included. A line left empty counts for nothing."""

    offer_id = forms.TypedChoiceField(
        label=gettext_lazy("Offer"), coerce=int, empty_value=None, required=False
    )
    quantity = AmountField(
        label=gettext_lazy("For each one"), min_value=Decimal("0.000001"), max_digits=14, decimal_places=6
    )

    def __init__(self, *given: Any, offers: Sequence[tuple[int, str]], **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["offer_id"].choices = [("", "–"), *offers]  # type: ignore[attr-defined]


class Inclusions(forms.BaseFormSet):  # type: ignore[type-arg]  # no generic when it runs
    """The offers included, each once."""

    def clean(self) -> None:
        """No offer stands twice."""
        chosen = [line.offer_id for line in self.included()]
        if len(chosen) > len(set(chosen)):
            raise forms.ValidationError(_("A package holds offers, each once."))

    def included(self) -> list[Included]:
        """The lines that name an offer."""
        said = [form.cleaned_data for form in self.forms if form.cleaned_data.get("offer_id")]
        return [Included(line["offer_id"], line["quantity"]) for line in said]


Lines = forms.formset_factory(InclusionForm, formset=Inclusions, extra=0, max_num=MOST)


def include(request: ScopedRequest, offer_id: int) -> HttpResponse:
    """Say what an offer includes, one line more at a time."""
    sell.require_catalog(request.scope)
    found = queries.offer(request.scope, offer_id)
    form = Form(request.POST or None)
    lines = _lines(request, found)
    if lines.is_valid() and form.sent(lambda: sell.include(request.scope, offer_id, lines.included())):
        messages.success(request, _("Saved."))
        return redirect("desk:offer", offer_id)
    here = Crumb(found.row.code, reverse("desk:offer", args=[offer_id]))
    crumbs = (Crumb(_("Offers and prices"), reverse("desk:offers")), here, Crumb(_("What it includes")))
    return render(
        request, "desk/inclusions.html", {"form": form, "lines": lines, "offer": found.row, "crumbs": crumbs}
    )


def _lines(request: ScopedRequest, found: queries.OfferDetail) -> Any:
    """The lines as typed, at first those that are there; asked for one more, they are shown again, unjudged."""
    name = "name_fr" if formats.in_french() else "name_en"
    choices = [
        (row.offer_id, f"{getattr(row, name)} ({row.code})") for row in queries.offer_choices(request.scope)
    ]
    options: dict[str, Any] = {"prefix": "line", "form_kwargs": {"offers": choices}}
    if request.method != "POST":
        present = [{"offer_id": row.offer_id, "quantity": typed(row.quantity)} for row in found.inclusions]
        return Lines(initial=[*present, {"quantity": 1}], **options)
    sent = Lines(request.POST, **options)
    if request.POST.get("do") != "more":
        return sent
    shown = [{field.name: field.value() for field in line} for line in sent]
    return Lines(initial=[*shown, {"quantity": 1}], **options)


routes = [
    Route("offers/<off:offer_id>/inclusions", "include_offers", include, "manage_offers", FORM),
]
