"""Legal entities: who sells, under which law, and how."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk.entity_tabs import tabs
from encaisse.desk.identities import IdentityForm, said
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Menu, Route, Section
from encaisse.flows.save_seller import save_seller
from encaisse.kernel import clock
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.operations.sellers import Seller
from encaisse.party.queries import EntityDetail, EntityRow
from encaisse.party.rules.terms import MonthEndReading
from encaisse.tax.queries import regimes
from encaisse.ui import words
from encaisse.ui.lists import Column, Kind, Table
from encaisse.ui.shapes import Crumb

VAT = {"vat_services": "service", "vat_goods": "goods"}
SELLING = ("timezone", "iban", "bic", "late_penalty", "invoice_prefix", "credit_note_prefix")


class EntityForm(IdentityForm):
    """Who the seller is in law, how it is paid, how it numbers, and what it counts first."""

    capital = forms.CharField(
        label=gettext_lazy("Share capital"),
        help_text=gettext_lazy("As invoices say it, such as 50 000 €."),
        max_length=100,
        required=False,
    )
    registry = forms.CharField(
        label=gettext_lazy("Trade register"),
        help_text=gettext_lazy("Such as RCS Paris."),
        max_length=100,
        required=False,
    )
    iban = forms.CharField(
        label=gettext_lazy("IBAN"),
        help_text=gettext_lazy("Where customers pay to; printed on invoices."),
        max_length=50,
        required=False,
    )
    bic = forms.CharField(label=gettext_lazy("BIC"), max_length=20, required=False)
    late_penalty = forms.CharField(
        label=gettext_lazy("Late payment interest"),
        help_text=gettext_lazy("The yearly rate that invoices print, such as 12 %. Empty: the legal one."),
        max_length=100,
        required=False,
    )
    month_end_reading = forms.ChoiceField(
        label=gettext_lazy("End of month"),
        help_text=gettext_lazy(
            "What 45 days end of month counts: issued on 20 January, they end on 31 March, or on 17 March. The"
            " law allows both; it counts from the next issue on."
        ),
        choices=[*words.MONTH_ENDS.items()],
        widget=forms.RadioSelect,
    )
    vat_services = forms.ChoiceField(
        label=gettext_lazy("VAT on services"),
        help_text=gettext_lazy(
            "When it is owed. On debits, French invoices say that the seller has opted for it; on receipts it waits"
            " in an account of its own. It counts from the next issue on: issued invoices keep theirs."
        ),
        choices=[*words.VAT_REGIMES.items()],
        widget=forms.RadioSelect,
    )
    vat_goods = forms.ChoiceField(
        label=gettext_lazy("VAT on goods"),
        help_text=gettext_lazy("In France it is owed on delivery, and so on debits."),
        choices=[*words.VAT_REGIMES.items()],
        widget=forms.RadioSelect,
    )
    invoice_prefix = forms.CharField(
        label=gettext_lazy("Invoice numbers begin with"),
        help_text=gettext_lazy("It counts from the next series on, with the new year."),
        max_length=20,
        required=False,
    )
    credit_note_prefix = forms.CharField(
        label=gettext_lazy("Credit note numbers begin with"), max_length=20, required=False
    )
    timezone = forms.CharField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Where its business days begin, such as Europe/Paris."),
        max_length=50,
    )

    def seller(self, found: EntityDetail, **told: Any) -> Seller:
        """The legal entity as typed; its code and the currency of its books stay."""
        return Seller(
            code=found.code,
            currency=found.currency,
            identity=self.identity(found.identity, **told),
            month_end_reading=MonthEndReading(told["month_end_reading"]),
            **{name: told[name] for name in SELLING},
        )


def entities(request: ScopedRequest) -> HttpResponse:
    """Every company that sells."""
    return render(request, "desk/entities.html", {"table": _table(request.scope)})


def entity(request: ScopedRequest, entity_id: int) -> HttpResponse:
    """One company that sells, to read and to change; issued documents keep the identity that they were made with."""
    found = party.legal_entity(request.scope, entity_id)
    form = EntityForm(request.POST or None, initial=_initial(found))
    if form.sent(lambda **told: _save(request.scope, form.seller(found, **told), told)):
        messages.success(request, _("Saved."))
        return redirect("desk:entity", entity_id)
    crumbs = (Crumb(_("Legal entities"), reverse("desk:entities")), Crumb(found.identity.name))
    return render(
        request,
        "desk/entity.html",
        {"entity": found, "form": form, "crumbs": crumbs, "tabs": tabs(entity_id, "entity")},
    )


def _save(scope: Scope, seller: Seller, told: Mapping[str, Any]) -> int:
    return save_seller(scope, seller, regimes={tax_class: told[name] for name, tax_class in VAT.items()})


def _initial(found: EntityDetail) -> dict[str, Any]:
    selling = {name: getattr(found, name) for name in SELLING}
    chosen = regimes(found.id, clock.today(found.timezone))
    vat = {name: chosen.get(tax_class, "debits") for name, tax_class in VAT.items()}
    return said(found.identity) | selling | vat | {"month_end_reading": found.month_end_reading}


def _table(scope: Scope) -> Table:
    columns = (
        Column("name", _("Legal entity"), link=_page),
        Column("code", _("Code"), Kind.CODE),
        Column("currency", _("Currency")),
        Column("timezone", _("Time zone")),
    )
    return Table(columns, party.whole_entities(scope), name="entities", caption=_("Legal entities"))


def _page(row: EntityRow) -> str:
    return reverse("desk:entity", args=[row.id])


routes = [
    Route(
        "entities",
        "entities",
        entities,
        "configure",
        menu=Menu(Section.SETTINGS, gettext_lazy("Legal entities")),
    ),
    Route("entities/<le:entity_id>", "entity", entity, "configure", FORM),
]
