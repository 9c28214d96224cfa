"""A new contract: who subscribes to what, since when and on what terms; looked at first, then made."""

import datetime as dt
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk import contract_words
from encaisse.desk.buyer_references import ReferencesForm
from encaisse.desk.contract_terms import TermsForm
from encaisse.desk.fields import DayField, today
from encaisse.desk.pages.contract_events import ONE_DAY, horizon
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Route
from encaisse.flows.change_contract import preview_start, start_contract
from encaisse.insight.queries.exchange import exchange_of
from encaisse.insight.queries.search import account_named
from encaisse.kernel.references import key_of
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.subscription.operations.start import NewContract
from encaisse.subscription.rules.changes import Terms
from encaisse.ui.shapes import Crumb

MOST_LINES: Final = 50


class ContractForm(ReferencesForm):
    """Whose contract it is, from when to when, and how it goes on."""

    account = forms.CharField(
        label=gettext_lazy("Billing account"),
        help_text=gettext_lazy("Its reference, or that of the customer."),
        max_length=100,
    )
    reference = forms.CharField(label=gettext_lazy("Reference of the contract"), max_length=50)
    start_date = DayField(label=gettext_lazy("First day"))
    last_day = DayField(
        label=gettext_lazy("Last day"),
        help_text=gettext_lazy("Without one it lasts until it is ended, or for its term."),
        required=False,
    )
    term_months = forms.IntegerField(
        label=gettext_lazy("Term in months"), min_value=1, max_value=1200, required=False
    )
    renewal = forms.ChoiceField(
        label=gettext_lazy("At the end"), choices=[*contract_words.RENEWALS.items()], required=False
    )
    notice_days = forms.IntegerField(
        label=gettext_lazy("Notice in days"),
        help_text=gettext_lazy(
            "How long before it the customer is told of a price that rises or of a renewal."
        ),
        min_value=0,
        max_value=1000,
        required=False,
    )
    field_order = (
        "account", "reference", "start_date", "last_day", "term_months", "renewal", "notice_days",
    )  # fmt: skip

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.scope = scope

    def clean_account(self) -> int:
        """The account named."""
        found = account_named(self.scope, self.cleaned_data["account"])
        if found is None:
            raise forms.ValidationError(_("No account or customer has this reference."))
        return party.account(self.scope, found).row.id

    def clean(self) -> dict[str, Any]:
        """What is renewed by itself has a term."""
        said: dict[str, Any] = super().clean() or {}
        if said.get("renewal") == "automatic" and not said.get("term_months"):
            self.add_error("term_months", _("A contract is renewed by its term: say how many months."))
        return said

    def new(self, terms: list[Terms]) -> NewContract:
        """The contract as it was filled in."""
        said = self.cleaned_data
        last: dt.date | None = said["last_day"]
        return NewContract(
            reference=said["reference"],
            account_id=said["account"],
            start_date=said["start_date"],
            terms=terms,
            end_date=last + ONE_DAY if last else None,
            term_months=said["term_months"],
            notice_days=said["notice_days"] or 0,
            renewal=said["renewal"] or "none",
        )


class LineForm(TermsForm):
    """One offer. A line left empty counts for nothing."""

    def __init__(self, *given: Any, scope: Scope, **options: Any) -> None:
        super().__init__(*given, **options)
        self.fields["quantity"].initial = 1
        self.offer_choices(scope)


Lines = forms.formset_factory(LineForm, extra=0, min_num=1, validate_min=True, max_num=MOST_LINES)


def new_contract(request: ScopedRequest) -> HttpResponse:
    """Say what is subscribed to, one offer more at a time; see what it will cost; make the contract."""
    scope = request.scope
    form = ContractForm(scope, request.POST or None, initial=_initial(request))
    lines = _lines(request)
    if request.POST.get("do") in {"preview", "confirm"} and lines.is_valid():
        terms = [line.terms() for line in lines]
        if request.POST["do"] == "confirm":
            if form.sent(lambda **said: start_contract(scope, form.new(terms), form.references())):
                messages.success(request, _("The contract is made."))
                return redirect("desk:contract", form.outcome)
        else:
            form.sent(lambda **said: _previewed(scope, form, terms))
    crumbs = (Crumb(_("Contracts"), reverse("desk:contracts")), Crumb(_("New contract")))
    shown = {"form": form, "lines": lines, "seen": form.outcome, "crumbs": crumbs}
    return render(request, "desk/new_contract.html", shown)


def _previewed(scope: Scope, form: ContractForm, terms: list[Terms]) -> dict[str, Any]:
    new = form.new(terms)
    until = horizon(scope, new.start_date)
    seen = preview_start(scope, new, form.references(), horizon=until)
    return contract_words.previewed(seen, until, exchange_of(scope, new.account_id))


def _initial(request: ScopedRequest) -> dict[str, Any]:
    said = request.GET.get("account", "")
    account = party.account(request.scope, key_of("ba", said)).row.reference if said else ""
    return {"account": account, "start_date": today(request.scope)}


def _lines(request: ScopedRequest) -> Any:
    """The lines as typed; asked for one more, they are shown again, unjudged, before an empty one."""
    options: dict[str, Any] = {"prefix": "line", "form_kwargs": {"scope": request.scope}}
    if request.POST.get("do") != "more":
        return Lines(request.POST or None, **options)
    typed = Lines(request.POST, **options)
    more = forms.formset_factory(LineForm, extra=1, min_num=1, max_num=MOST_LINES)
    return more(initial=[{field.name: field.value() for field in line} for line in typed], **options)


routes = [Route("contracts/new", "new_contract", new_contract, "manage_contracts", FORM)]
