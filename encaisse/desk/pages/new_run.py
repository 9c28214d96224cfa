"""A new billing run: whom it bills, until when, a dry run first when one wants to know."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_htmx.http import HttpResponseClientRefresh

from encaisse.billing.queries import cycles
from encaisse.billing.queries import runs as billing
from encaisse.billing.queries.choices import Choice, choices, customer_named
from encaisse.billing.queries.runs import TrialRow
from encaisse.billing.rules import Manner, Selection
from encaisse.desk import selections, states
from encaisse.desk.fields import DayField, today
from encaisse.desk.forms import Form
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Route
from encaisse.desk.selections import named
from encaisse.flows import billing_cycle, tasks
from encaisse.flows.try_run import ask_trial
from encaisse.insight.queries.search import account_named
from encaisse.invoice.queries.lists import RunTotal
from encaisse.kernel.money import CURRENCIES
from encaisse.kernel.references import key_of
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import judgement_words, words
from encaisse.ui.lists import Column, Empty, Kind, Table
from encaisse.ui.shapes import Crumb, Fact, Figure, Step, Tone

DAY: Final = dt.timedelta(days=1)
ANYTHING: Final = ("", "–")
ACTIONS: Final = ("on_suspect", "on_reject")


class NewRun(Form):
    """What a run bills, the date its invoices bear, and what narrows it."""

    until = DayField(
        label=gettext_lazy("Bill what is due until"),
        help_text=gettext_lazy("Everything that may be billed on that day or before, and is not billed yet."),
    )
    issue_date = DayField(
        label=gettext_lazy("Date of the invoices"),
        help_text=gettext_lazy("Not before the last invoice of the same series."),
    )
    on_suspect = forms.ChoiceField(
        label=gettext_lazy("Suspect drafts"),
        help_text=gettext_lazy("What becomes of what validation rules catch, once the run is issued."),
        choices=list(judgement_words.ACTIONS.items()),
        initial="quarantine",
    )
    on_reject = forms.ChoiceField(
        label=gettext_lazy("Rejected drafts"),
        choices=list(judgement_words.ACTIONS.items()),
        initial="quarantine",
    )
    legal_entity_id = forms.TypedChoiceField(
        label=gettext_lazy("Legal entity"), required=False, coerce=int, empty_value=None
    )
    cycle_id = forms.TypedChoiceField(
        label=gettext_lazy("Billing cycle"), required=False, coerce=int, empty_value=None
    )
    customer = forms.CharField(
        label=gettext_lazy("Customer"),
        help_text=gettext_lazy("Its reference."),
        required=False,
        max_length=100,
    )
    account = forms.CharField(
        label=gettext_lazy("Billing account"),
        help_text=gettext_lazy("Its reference."),
        required=False,
        max_length=100,
    )
    group_id = forms.TypedChoiceField(
        label=gettext_lazy("Group"), required=False, coerce=int, empty_value=None
    )
    rep_id = forms.TypedChoiceField(
        label=gettext_lazy("Representative"), required=False, coerce=int, empty_value=None
    )
    offer_id = forms.TypedChoiceField(
        label=gettext_lazy("Hold the offer"), required=False, coerce=int, empty_value=None
    )
    payment_method = forms.ChoiceField(label=gettext_lazy("Pay by"), required=False)
    terms_kind = forms.ChoiceField(label=gettext_lazy("Terms"), required=False)
    currency = forms.ChoiceField(label=gettext_lazy("Currency"), required=False)
    country = forms.CharField(
        label=gettext_lazy("Country"),
        help_text=gettext_lazy("Its two letters, such as FR."),
        required=False,
        max_length=2,
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.scope = scope
        entities = [(each.id, each.name) for each in party.whole_entities(scope)]
        # Who sees some legal entities only bills one of them at a time; who sees some customers only, none.
        sees_all = scope.sees_everything
        every = [("", _("All of them"))] if sees_all else []
        self.fields["legal_entity_id"].required = not sees_all
        there_are = choices(scope)
        offered: Mapping[str, Iterable[Any]] = {
            "legal_entity_id": every + entities,
            "cycle_id": [
                ANYTHING, *((each.id, named((each.name_fr, each.name_en))) for each in cycles.cycles(scope))
            ],
            "group_id": [ANYTHING, *map(_chosen, there_are.groups)],
            "rep_id": [ANYTHING, *map(_chosen, there_are.reps)],
            "offer_id": [ANYTHING, *map(_chosen, there_are.offers)],
            "payment_method": [ANYTHING, *words.PAYMENT_METHODS.items()],
            "terms_kind": [ANYTHING, *selections.TERMS.items()],
            "currency": [ANYTHING, *((code, code) for code in sorted(CURRENCIES))],
        }  # fmt: skip
        for name, found in offered.items():
            self.fields[name].choices = found  # type: ignore[attr-defined]

    def clean_customer(self) -> int | None:
        """The customer named."""
        return self._named(customer_named(self.scope, self.cleaned_data["customer"]), "customer")

    def clean_account(self) -> int | None:
        """The account named, or that of the customer named when it has one only."""
        return self._named(account_named(self.scope, self.cleaned_data["account"]), "account")

    def clean_country(self) -> str:
        """In capitals."""
        return str(self.cleaned_data["country"]).strip().upper()

    def clean(self) -> dict[str, Any]:
        """The arguments of the flow, whose cutoff is the first day that is not billed."""
        said = dict(super().clean() or self.cleaned_data)
        until = said.pop("until", None)
        dates = {"issue_date": said.pop("issue_date", None)}
        if until:
            dates["cutoff_date"] = until + DAY
        keys = {"customer_id": said.pop("customer", None), "account_id": said.pop("account", None)}
        actions = {name: said.pop(name) for name in ACTIONS if name in said}
        return {**dates, "selection": Selection(**keys, **said), "manner": Manner(**actions)}

    @property
    def dates(self) -> list[forms.BoundField]:
        """When, and what becomes of what is caught."""
        return [self[name] for name in ("until", "issue_date", *ACTIONS)]

    @property
    def whom(self) -> list[forms.BoundField]:
        """Which accounts."""
        return [field for field in self if field.name not in {"until", "issue_date", *ACTIONS}]

    def _named(self, found: int | None, field: str) -> int | None:
        if self.cleaned_data[field].strip() and found is None:
            raise forms.ValidationError(_("No account or customer has this reference."))
        return found if self.cleaned_data[field].strip() else None


def _chosen(each: Choice) -> tuple[int, str]:
    return each.id, f"{named(each.names)} ({each.code})"


def new_run(request: ScopedRequest) -> HttpResponse:
    """Plan a run and let workers draft it, or let one compute what it would make."""
    form = NewRun(request.scope, request.POST or None, initial=_initial(request))
    if request.POST.get("do") == "try":
        if form.sent(lambda manner, **said: ask_trial(request.scope, **said)):
            tasks.try_later(form.outcome)
            return redirect("desk:trial", form.outcome)
    elif form.sent(lambda **said: billing_cycle.start(request.scope, **said)):
        tasks.draft_run_later(form.outcome, actor=request.scope.actor)
        return redirect("desk:run", form.outcome)
    return render(request, "desk/new_run.html", {"form": form, "crumbs": _crumbs(_("New run"))})


def trial(request: ScopedRequest, trial_id: int) -> HttpResponse:
    """A dry run: what was asked, then what it would make."""
    found = billing.trial(request.scope, trial_id)
    shown = {
        "trial": found,
        "crumbs": _crumbs(_("Dry run")),
        "facts": _facts(found),
        "may_bill": request.scope.may("bill"),
        "steps": _waiting(),
        "poll": reverse("desk:trial_progress", args=[trial_id]) if found.ended_at is None else "",
        "refused": words.reason(found.refused["code"], found.refused["facts"]) if found.refused else "",
        **(_outcome(found.figures) if found.figures else {}),
    }
    return render(request, "desk/trial.html", shown)


def trial_progress(request: ScopedRequest, trial_id: int) -> HttpResponse:
    """Asked again and again until the figures are there; then the page itself again."""
    if billing.trial(request.scope, trial_id).ended_at:
        return HttpResponseClientRefresh()
    poll = reverse("desk:trial_progress", args=[trial_id])
    return render(request, "desk/run_progress.html", {"steps": _waiting(), "poll": poll})


def begin_trial(request: ScopedRequest, trial_id: int) -> HttpResponse:
    """Begin as a run what was tried."""
    found = billing.trial(request.scope, trial_id)
    run_id = billing_cycle.start(
        request.scope,
        cutoff_date=found.cutoff_date,
        issue_date=found.issue_date,
        selection=found.selection,
    )
    tasks.draft_run_later(run_id, actor=request.scope.actor)
    return redirect("desk:run", run_id)


def _initial(request: ScopedRequest) -> dict[str, Any]:
    day = today(request.scope)
    initial: dict[str, Any] = {"until": day, "issue_date": day}
    if reference := request.GET.get("account"):
        initial["account"] = party.account(request.scope, key_of("ba", reference)).row.reference
    if reference := request.GET.get("customer"):
        initial["customer"] = party.customer(request.scope, key_of("cus", reference)).reference
    if reference := request.GET.get("cycle"):
        cycle = cycles.cycle(request.scope, key_of("cyc", reference))
        initial |= {"cycle_id": cycle.id, "legal_entity_id": cycle.legal_entity_id}
    return initial


def _crumbs(title: str) -> tuple[Crumb, ...]:
    return (Crumb(_("Billing runs"), reverse("desk:runs")), Crumb(title))


def _waiting() -> tuple[Step, ...]:
    note = _("Everything is computed as a run would, then taken back: nothing stays but these figures.")
    return (Step(_("Computing"), Tone.ACTIVE, note=note),)


def _facts(found: TrialRow) -> tuple[Fact, ...]:
    return (
        Fact(_("Bills until"), found.cutoff_date - DAY),
        Fact(_("Date of the invoices"), found.issue_date),
        *selections.facts(found.chosen),
        Fact(_("By"), found.actor),
        Fact(_("Asked on"), found.created_at),
    )


def _outcome(figures: Mapping[str, Any]) -> dict[str, Any]:
    outcomes = figures["outcomes"]
    totals = [RunTotal(**total) for total in figures["totals"]]
    return {
        "figures": (
            Figure(_("Accounts invoiced"), outcomes["invoiced"]),
            Figure(_("Exceptions"), outcomes["exceptions"]),
            Figure(_("Nothing to bill"), outcomes["nothing"]),
        ),
        "totals": totals_table(totals),
        "reasons": Table(
            (
                Column("code", _("Reason"), show=lambda row: states.reason(row["code"])),
                Column("accounts", _("Accounts"), Kind.NUMBER, show=lambda row: row["accounts"]),
            ),
            figures["reasons"],
            name="reasons",
            caption=_("Exceptions"),
        ),
    }


def totals_table(totals: Iterable[RunTotal]) -> Table:
    """What a run makes, by currency and state of its documents."""
    columns = (
        Column("state", _("State"), Kind.STATUS, show=lambda row: states.made(row.state)),
        Column("documents", _("Invoices"), Kind.NUMBER),
        Column("net_minor", _("Net"), Kind.MONEY),
        Column("tax_minor", _("Taxes"), Kind.MONEY),
        Column("gross_minor", _("Total"), Kind.MONEY),
    )
    empty = Empty(_("No invoice"), _("What this run makes will be summed up here."))
    return Table(columns, list(totals), name="totals", caption=_("Totals"), empty=empty)


routes = [
    Route("runs/new", "new_run", new_run, "bill", FORM),
    Route("runs/trials/<try:trial_id>", "trial", trial, "bill"),
    Route("runs/trials/<try:trial_id>/progress", "trial_progress", trial_progress, "bill"),
    Route("runs/trials/<try:trial_id>/begin", "begin_trial", begin_trial, "bill", BUTTON),
]
