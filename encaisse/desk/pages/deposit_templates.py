"""Templates of deposits: what a legal entity may ask for, and how long it holds it."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from encaisse.deposit.operations import templates as operations
from encaisse.deposit.queries import templates as queries
from encaisse.deposit.queries.templates import TemplateRow
from encaisse.deposit.rules import Limits
from encaisse.desk.fields import AmountField, DayField, typed
from encaisse.desk.forms import Form
from encaisse.desk.lists import files, window
from encaisse.desk.pages.deposits import listed
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Menu, Route, Section
from encaisse.kernel.money import CURRENCIES, from_minor, to_minor
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import formats
from encaisse.ui.lists import Column, Empty, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Crumb, Status, Tone, Value

AMOUNTS: Final = ("min", "max", "customer_max")
MOST_MONTHS: Final = 600


class TemplateForm(Form):
    """Between which amounts, how much of one customer, and for how long."""

    name = forms.CharField(
        label=gettext_lazy("Name"), help_text=gettext_lazy("Such as Badge or Lent terminal."), max_length=100
    )
    min = AmountField(
        label=gettext_lazy("Smallest amount"), min_value=Decimal(0), decimal_places=3, max_digits=15
    )
    max = AmountField(
        label=gettext_lazy("Largest amount"), min_value=Decimal(0), decimal_places=3, max_digits=15
    )
    customer_max = AmountField(
        label=gettext_lazy("Most of one customer"),
        help_text=gettext_lazy("All that is held of the customer or asked for. Left empty, no limit."),
        min_value=Decimal(0),
        decimal_places=3,
        max_digits=15,
        required=False,
    )
    valid_until = DayField(
        label=gettext_lazy("Held until"),
        help_text=gettext_lazy("The last day of each. It is proposed to give it back on the next."),
        required=False,
    )
    valid_months = forms.IntegerField(
        label=gettext_lazy("Or for so many months"), min_value=1, max_value=MOST_MONTHS, required=False
    )
    is_auto_refund = forms.BooleanField(
        label=gettext_lazy("Give back by itself"),
        help_text=gettext_lazy("At the end, when nothing is owed. Otherwise somebody approves each."),
        required=False,
    )
    currency = ""

    def limits(self, **said: Any) -> Limits:
        """The fields as the operation takes them."""
        currency = said.pop("currency", self.currency)
        amounts: dict[str, Any] = {f"{name}_minor": _minor(said.pop(name), currency) for name in AMOUNTS}
        return Limits(currency=currency, **amounts, **said)


class NewTemplateForm(TemplateForm):
    """The same, and whose it is."""

    legal_entity_id = forms.TypedChoiceField(label=gettext_lazy("Legal entity"), coerce=int)
    currency = forms.ChoiceField(  # type: ignore[assignment]
        label=gettext_lazy("Currency"), choices=[(each, each) for each in sorted(CURRENCIES)], initial="EUR"
    )
    field_order = ("legal_entity_id", "name", "currency")

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.choose("legal_entity_id", [(row.id, row.name) for row in party.legal_entities(scope)])


def deposit_templates(request: ScopedRequest) -> HttpResponse:
    """Every template."""
    page = {"table": _table(request.scope, request.GET), "may": request.scope.may("manage_deposits")}
    return render(request, "desk/deposit_templates.html", page)


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    shown = (
        Column("name", _("Template"), sortable=True, link=_page),
        Column("entity", _("Legal entity"), sortable=True),
        Column("min_minor", _("Smallest amount"), Kind.MONEY),
        Column("max_minor", _("Largest amount"), Kind.MONEY),
        Column("customer_max_minor", _("Most of one customer"), Kind.MONEY),
        Column("validity", _("Held"), show=_validity),
        Column("is_auto_refund", _("Given back"), show=_given_back),
        Column("deposits", _("Deposits"), Kind.NUMBER, link=lambda row: listed(template=row.id)),
        Column("state", _("State"), Kind.STATUS, show=_state),
    )
    listing = Listing(shown, sort=Sort("name"))
    asked = listing.asked(address, size)
    found = queries.templates(scope, window=window(asked))
    may = scope.may("manage_deposits")
    action = (_("New template"), reverse("desk:new_deposit_template")) if may else ("", "")
    text = _("A template says between which amounts a deposit is asked for, and for how long it is held.")
    told = {"name": "templates", "caption": _("Templates of deposits")}
    empty = Empty(_("No template yet"), text, *action)
    export = files("deposit_templates", asked)
    return listing.table(asked, found.rows, total=found.total, empty=empty, export_url=export, **told)


def new_deposit_template(request: ScopedRequest) -> HttpResponse:
    """Say what may be asked for."""
    form = NewTemplateForm(request.scope, request.POST or None)
    if form.sent(
        lambda legal_entity_id, **said: operations.define(request.scope, legal_entity_id, form.limits(**said))
    ):
        messages.success(request, _("Deposits may be asked for from this template."))
        return redirect("desk:deposit_templates")
    crumbs = (_all(), Crumb(_("New template")))
    return render(request, "desk/deposit_template.html", {"form": form, "crumbs": crumbs, "may": True})


def deposit_template(request: ScopedRequest, template_id: int) -> HttpResponse:
    """One template, to change for the deposits to come."""
    row = queries.template(request.scope, template_id)
    form = TemplateForm(request.POST or None, initial=_initial(row))
    form.currency = row.currency
    if form.sent(lambda **said: operations.change(request.scope, template_id, form.limits(**said))):
        messages.success(request, _("It counts for the deposits asked for from now on."))
        return redirect("desk:deposit_templates")
    shown = {
        "form": form,
        "template": row,
        "state": _state(row),
        "may": not row.is_archived,
        "deposits": listed(template=row.id),
        "crumbs": (_all(), Crumb(row.name)),
    }
    return render(request, "desk/deposit_template.html", shown)


def archive_deposit_template(request: ScopedRequest, template_id: int) -> HttpResponse:
    """No deposit is asked for from it any more."""
    operations.archive(request.scope, template_id)
    messages.success(request, _("No deposit is asked for from this template any more."))
    return redirect("desk:deposit_templates")


def _minor(amount: Decimal | None, currency: str) -> int | None:
    return None if amount is None else to_minor(amount, currency)


def _initial(row: TemplateRow) -> dict[str, Any]:
    said: dict[str, Any] = {
        name: getattr(row, name) for name in ("name", "valid_until", "valid_months", "is_auto_refund")
    }
    for name in AMOUNTS:
        amount = getattr(row, f"{name}_minor")
        said[name] = "" if amount is None else typed(from_minor(amount, row.currency))
    return said


def _validity(row: TemplateRow) -> Value:
    if row.valid_until:
        return _("until %(day)s") % {"day": formats.date(row.valid_until)}
    if row.valid_months:
        return ngettext("%(months)s month", "%(months)s months", row.valid_months) % {
            "months": row.valid_months
        }
    return _("until somebody ends it")


def _given_back(row: TemplateRow) -> Value:
    return _("by itself") if row.is_auto_refund else _("once approved")


def _state(row: TemplateRow) -> Status:
    return Status(_("Archived"), Tone.CLOSED) if row.is_archived else Status(_("In use"), Tone.GOOD)


def _page(row: TemplateRow) -> str:
    return reverse("desk:deposit_template", args=[row.id])


def _all() -> Crumb:
    return Crumb(_("Templates of deposits"), reverse("desk:deposit_templates"))


routes = [
    Route(
        "deposit-templates",
        "deposit_templates",
        deposit_templates,
        menu=Menu(Section.SETTINGS, gettext_lazy("Templates of deposits")),
        table=_table,
    ),
    Route("deposit-templates/new", "new_deposit_template", new_deposit_template, "manage_deposits", FORM),
    Route(
        "deposit-templates/<dpt:template_id>", "deposit_template", deposit_template, "manage_deposits", FORM
    ),
    Route(
        "deposit-templates/<dpt:template_id>/archive",
        "archive_deposit_template",
        archive_deposit_template,
        "manage_deposits",
        BUTTON,
    ),
]
