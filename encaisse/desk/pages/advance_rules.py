"""What an offer asks in advance: a card of its page, and the form that says it from a day on."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.catalog import queries
from encaisse.catalog.rules.advances import AdvanceFacts
from encaisse.desk.fields import AmountField, DayField, today
from encaisse.desk.forms import Form
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Route
from encaisse.flows import sell
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import formats
from encaisse.ui.lists import Column, Kind, Table
from encaisse.ui.shapes import Crumb


class AdvanceRuleForm(Form):
    """A percentage, an amount, or neither: then nothing is asked from that day on."""

    valid_from = DayField(label=gettext_lazy("For contracts that begin from"))
    percent = AmountField(
        label=gettext_lazy("In % of the first period"),
        help_text=gettext_lazy("Of what its first whole period comes to without tax, discounts taken off."),
        min_value=Decimal("0.0001"),
        max_value=Decimal(100),
        max_digits=7,
        decimal_places=4,
        required=False,
    )
    amount = AmountField(
        label=gettext_lazy("Or an amount without tax"),
        help_text=gettext_lazy(
            "Once for each position that holds the offer. With neither, nothing is asked any more."
        ),
        min_value=Decimal("0.01"),
        max_digits=14,
        decimal_places=2,
        required=False,
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        codes = sorted({row.currency for row in party.legal_entities(scope)})
        self.fields["currency"].choices = [(code, code) for code in codes]  # type: ignore[attr-defined]


def section(scope: Scope, offer_id: int) -> Table:
    """What the offer asked in advance since when, the last said first."""
    columns = (
        Column("valid_from", _("From"), Kind.DATE),
        Column("asked", _("Advance"), show=_asked),
    )
    rules = queries.advances_of_offer(scope, offer_id)
    return Table(columns, rules, name="advance_rules", caption=_("Advance"))


def advance_rule(request: ScopedRequest, offer_id: int) -> HttpResponse:
    """Say what the offer asks in advance from a day on."""
    sell.require_catalog(request.scope)
    found = queries.offer(request.scope, offer_id)
    form = AdvanceRuleForm(request.scope, request.POST or None, initial={"valid_from": today(request.scope)})
    if form.sent(lambda **said: sell.set_advance(request.scope, AdvanceFacts(offer_id, **said))):
        messages.success(request, _("Contracts that begin from that day on follow it."))
        return redirect("desk:offer", offer_id)
    address, title = reverse("desk:offer", args=[offer_id]), _("Advance")
    crumbs = (
        Crumb(_("Offers and prices"), reverse("desk:offers")),
        Crumb(found.row.code, address),
        Crumb(title),
    )
    return render(
        request, "desk/discount.html", {"form": form, "title": title, "back": address, "crumbs": crumbs}
    )


def _asked(row: AdvanceFacts) -> str:
    if row.amount is not None:
        return formats.price(row.amount, row.currency)
    if row.percent is not None:
        return _("%(percent)s of the first period") % {"percent": formats.percent(row.percent.normalize())}
    return _("None")


routes = [
    Route("offers/<off:offer_id>/advance", "advance_rule", advance_rule, "manage_offers", FORM),
]
