"""Billing runs: the list, a new one, and the page where one is followed, reviewed, issued or cancelled."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_htmx.http import HttpResponseClientRefresh

from encaisse.billing.queries import runs as billing
from encaisse.billing.queries.runs import ExceptionRow, Progress, Reason, RunDetail, RunRow
from encaisse.billing.rules import Selection
from encaisse.desk import states, stories, words
from encaisse.desk.fields import DayField, today
from encaisse.desk.forms import Form
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Menu, Route, Section
from encaisse.flows import billing_cycle, tasks
from encaisse.insight.queries.timeline import of_run
from encaisse.invoice.queries.lists import RunTotal, run_totals
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Level, Scope
from encaisse.party import queries as party
from encaisse.ui import formats
from encaisse.ui.lists import Column, Empty, Filter, Kind, Listing, Table
from encaisse.ui.shapes import Crumb, Fact, Figure, Money, Status, Step, Tab, Tone

DAY: Final = dt.timedelta(days=1)
WORKING: Final = frozenset({"new", "drafting", "issuing"})


class Acts(NamedTuple):
    """What this person may do with this run now."""

    resume: bool
    issue: bool
    cancel: bool


class NewRun(Form):
    """What a run bills, and the date its invoices bear."""

    until = DayField(
        label=gettext_lazy("Bill what is due until"),
        help_text=gettext_lazy("Everything that may be billed on that day or before, and is not billed yet."),
    )
    issue_date = DayField(
        label=gettext_lazy("Date of the invoices"),
        help_text=gettext_lazy("Not before the last invoice of the same series."),
    )
    legal_entity_id = forms.TypedChoiceField(
        label=gettext_lazy("Legal entity"), required=False, coerce=int, empty_value=None
    )

    def clean(self) -> dict[str, Any]:
        """The arguments of the flow, whose cutoff is the first day that is not billed."""
        said = super().clean() or self.cleaned_data
        until = said.pop("until", None)
        selection = Selection(legal_entity_id=said.pop("legal_entity_id", None))
        said["selection"] = selection
        return {**said, "cutoff_date": until + DAY} if until else said

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        entities = [(each.id, each.name) for each in party.whole_entities(scope)]
        # Who sees some legal entities only bills one of them at a time; who sees some customers only, none.
        sees_all = scope.level is Level.EVERYTHING and scope.entity_ids is None
        every = [("", _("All of them"))] if sees_all else []
        self.fields["legal_entity_id"].required = not sees_all
        self.fields["legal_entity_id"].choices = every + entities  # type: ignore[attr-defined]


def until(row: RunRow) -> dt.date:
    """The last day that a run bills."""
    return row.cutoff_date - DAY


def runs(request: ScopedRequest) -> HttpResponse:
    """Every run, newest first."""
    listing = _listing()
    asked = listing.asked(request.GET)
    rows, total = billing.runs(
        request.scope,
        state=asked.text("state"),
        kind=asked.text("kind"),
        offset=asked.page.offset,
        limit=asked.page.size,
    )
    shown = {"name": "runs", "caption": _("Billing runs"), "empty": _empty(request.scope)}
    table = listing.table(asked, rows, total=total, **shown)
    return render(request, "desk/runs.html", {"table": table, "may_bill": request.scope.may("bill")})


def new_run(request: ScopedRequest) -> HttpResponse:
    """Plan a run and let a worker draft it."""
    day = today(request.scope)
    form = NewRun(request.scope, request.POST or None, initial={"until": day, "issue_date": day})
    if form.sent(lambda **said: billing_cycle.start(request.scope, **said)):
        tasks.draft_run_later(form.outcome, actor=request.scope.actor)
        return redirect("desk:run", form.outcome)
    crumbs = (Crumb(_("Billing runs"), reverse("desk:runs")), Crumb(_("New run")))
    return render(request, "desk/new_run.html", {"form": form, "crumbs": crumbs})


def run(request: ScopedRequest, run_id: int) -> HttpResponse:
    """One run: how far it is, what it made, what it set aside, what comes next."""
    found = billing.run_detail(request.scope, run_id)
    totals = run_totals(request.scope, run_id)
    shown = {
        **_head(found),
        "acts": _acts(request.scope, found),
        "steps": _steps(found),
        "poll": reverse("desk:run_progress", args=[run_id]) if found.run.state in WORKING else "",
        "figures": _figures(found, totals),
        "facts": _facts(found.run),
        "totals": _totals(totals),
        "approved": sum(total.documents for total in totals if total.state == "approved"),
        "reasons": _reasons(found),
        "moments": stories.moments(of_run(request.scope, run_id)),
    }
    return render(request, "desk/run.html", shown)


def progress(request: ScopedRequest, run_id: int) -> HttpResponse:
    """How far a run is, asked again and again while it works; then the page itself again."""
    found = billing.run_detail(request.scope, run_id)
    if found.run.state not in WORKING:
        return HttpResponseClientRefresh()
    poll = reverse("desk:run_progress", args=[run_id])
    return render(request, "desk/run_progress.html", {"steps": _steps(found), "poll": poll})


def exceptions(request: ScopedRequest, run_id: int) -> HttpResponse:
    """The accounts that a run set aside, each with its reason."""
    found = billing.run_detail(request.scope, run_id)
    listing = _exceptions(found)
    asked = listing.asked(request.GET)
    rows, total = billing.exceptions(
        request.scope, run_id, reason=asked.text("reason"), offset=asked.page.offset, limit=asked.page.size
    )
    empty = Empty(_("No exception"), _("Every account of this run was billed, or had nothing to bill."))
    table = listing.table(asked, rows, total=total, name="exceptions", caption=_("Exceptions"), empty=empty)
    return render(request, "desk/run_exceptions.html", {**_head(found, "exceptions"), "table": table})


def resume(request: ScopedRequest, run_id: int) -> HttpResponse:
    """Let a worker take up a run where it stopped."""
    found = billing.whole_run(request.scope, run_id)
    later = tasks.issue_run_later if found.state == "issuing" else tasks.draft_run_later
    later(run_id, actor=request.scope.actor)
    return redirect("desk:run", run_id)


def issue(request: ScopedRequest, run_id: int) -> HttpResponse:
    """Let a worker issue every approved draft."""
    billing.whole_run(request.scope, run_id)
    tasks.issue_run_later(run_id, actor=request.scope.actor)
    return redirect("desk:run", run_id)


def cancel(request: ScopedRequest, run_id: int) -> HttpResponse:
    """End a run without an invoice."""
    billing.whole_run(request.scope, run_id)
    billing_cycle.cancel(run_id, actor=request.scope.actor, drop=request.POST.get("charges") == "drop")
    messages.success(request, _("The run is cancelled; nothing was issued."))
    return redirect("desk:run", run_id)


def _listing() -> Listing:
    return Listing(
        columns=(
            Column("cutoff_date", _("Bills until"), Kind.DATE, show=until, link=_page),
            Column("issue_date", _("Date of the invoices"), Kind.DATE),
            Column("kind", _("Kind"), show=lambda row: states.RUN_KINDS[row.kind]),
            Column("entity", _("Legal entity"), show=_whom),
            Column("state", _("State"), Kind.STATUS, show=lambda row: states.RUNS[row.state]),
            Column("exceptions", _("Exceptions"), Kind.NUMBER, link=_exceptions_page),
            Column("actor", _("By")),
            Column("created_at", _("Started on"), Kind.DATE),
        ),
        filters=(
            Filter("state", _("State"), tuple((name, each.label) for name, each in states.RUNS.items())),
            Filter("kind", _("Kind"), tuple(states.RUN_KINDS.items())),
        ),
    )


def _empty(scope: Scope) -> Empty:
    action = (_("Prepare a billing run"), reverse("desk:new_run")) if scope.may("bill") else ("", "")
    return Empty(
        _("No billing run yet"),
        _("A run turns what is owed into invoices. Nothing is issued before you have reviewed it."),
        *action,
    )


def _page(row: RunRow) -> str:
    return reverse("desk:run", args=[row.id])


def _exceptions_page(row: RunRow) -> str:
    return reverse("desk:run_exceptions", args=[row.id]) if row.exceptions else ""


def _whom(row: RunRow) -> str:
    return row.account or row.entity or _("All of them")


def _invoices_of(run_id: int, **narrowed: str) -> str:
    return f"{reverse('desk:invoices')}?{urlencode({'run': public_id('run', run_id), **narrowed})}"


def _head(found: RunDetail, tab: str = "overview") -> dict[str, Any]:
    """What every page of a run begins with."""
    row = found.run
    made = found.outcomes.invoiced
    return {
        "run": row,
        "state": states.RUNS[row.state],
        "tabs": (
            Tab(_("Overview"), _page(row), current=tab == "overview"),
            Tab(_("Invoices"), _invoices_of(row.id), count=made),
            Tab(
                _("Exceptions"),
                reverse("desk:run_exceptions", args=[row.id]),
                current=tab == "exceptions",
                count=found.outcomes.exceptions,
            ),
        ),
        "crumbs": (Crumb(_("Billing runs"), reverse("desk:runs")), Crumb(_title(row))),
        "title": _title(row),
    }


def _title(row: RunRow) -> str:
    return _("Run until %(day)s") % {"day": formats.date(until(row))}


def _acts(scope: Scope, found: RunDetail) -> Acts:
    state, whole = found.run.state, found.is_whole
    return Acts(
        resume=whole and state in WORKING and scope.may("bill"),
        issue=whole and state == "review" and scope.may("issue"),
        cancel=whole and state in {"new", "drafting", "review"} and scope.may("bill"),
    )


def _steps(found: RunDetail) -> tuple[Step, ...]:
    steps, state = found.steps, found.run.state
    note = _("%(count)s accounts set aside") % {"count": formats.number(found.outcomes.exceptions)}
    waits = state == "review"
    reviewed = {"review": Tone.WARN, "issuing": Tone.GOOD, "complete": Tone.GOOD}.get(state, Tone.DRAFT)
    return (
        Step(_("Rating"), _tone(steps.rating, state), steps.rating.done, steps.rating.total),
        Step(
            _("Drafts"),
            _tone(steps.drafting, state),
            steps.drafting.done,
            steps.drafting.total,
            note if found.outcomes.exceptions else "",
        ),
        Step(_("Review"), reviewed, note=_("Look at the drafts, then issue them.") if waits else ""),
        Step(_("Issuing"), _tone(steps.issuing, state), steps.issuing.done, steps.issuing.total),
    )


def _tone(step: Progress, state: str) -> Tone:
    done, total = step.done, step.total
    if total and done == total:
        return Tone.GOOD
    if done or state in WORKING:
        return Tone.ACTIVE if state in WORKING else Tone.CLOSED
    return Tone.DRAFT


def _figures(found: RunDetail, totals: Sequence[RunTotal]) -> tuple[Figure, ...]:
    run_id, outcomes = found.run.id, found.outcomes
    sums: dict[str, int] = {}
    for total in totals:
        sums[total.currency] = sums.get(total.currency, 0) + total.gross_minor
    set_aside = reverse("desk:run_exceptions", args=[run_id])
    return (
        Figure(_("Invoices"), outcomes.invoiced, _invoices_of(run_id)),
        *(
            Figure(_("Total"), Money(gross, currency), _invoices_of(run_id, currency=currency))
            for currency, gross in sums.items()
        ),
        Figure(_("Exceptions"), outcomes.exceptions, set_aside, _("with their reasons"), Tone.WARN),
        Figure(_("Nothing to bill"), outcomes.nothing),
    )


def _facts(row: RunRow) -> tuple[Fact, ...]:
    return (
        Fact(_("Bills until"), until(row)),
        Fact(_("Date of the invoices"), row.issue_date),
        Fact(_("Kind"), states.RUN_KINDS[row.kind]),
        Fact(_("Legal entity"), _whom(row)),
        Fact(_("By"), row.actor),
        Fact(_("Started on"), row.created_at),
        Fact(_("Ended on"), row.ended_at),
    )


def _totals(totals: Sequence[RunTotal]) -> Table:
    columns = (
        Column("state", _("State"), Kind.STATUS, show=_total_state),
        Column("documents", _("Invoices"), Kind.NUMBER),
        Column("net_minor", _("Net"), Kind.MONEY),
        Column("tax_minor", _("Taxes"), Kind.MONEY),
        Column("gross_minor", _("Total"), Kind.MONEY),
    )
    empty = Empty(_("No invoice"), _("What this run makes will be summed up here."))
    return Table(columns, totals, name="totals", caption=_("Totals"), empty=empty)


def _total_state(row: RunTotal) -> Status:
    return states.DRAFTS.get(row.state) or Status(_("Issued"), Tone.GOOD)


def _reasons(found: RunDetail) -> Table:
    columns = (
        Column("code", _("Reason"), show=lambda row: states.reason(row.code), link=_with_reason(found)),
        Column("accounts", _("Accounts"), Kind.NUMBER),
    )
    return Table(columns, found.reasons, name="reasons", caption=_("Exceptions"))


def _with_reason(found: RunDetail) -> Callable[[Reason], str]:
    address = reverse("desk:run_exceptions", args=[found.run.id])
    return lambda row: f"{address}?{urlencode({'reason': row.code})}"


def _account_page(row: ExceptionRow) -> str:
    return reverse("desk:account", args=[row.account_id])


def _customer_page(row: ExceptionRow) -> str:
    return reverse("desk:customer", args=[row.customer_id])


def _exceptions(found: RunDetail) -> Listing:
    reasons = tuple((each.code, states.reason(each.code)) for each in found.reasons)
    return Listing(
        columns=(
            Column("account", _("Billing account"), Kind.CODE, link=_account_page),
            Column("customer", _("Customer"), link=_customer_page),
            Column("reason", _("Reason"), show=lambda row: words.reason(row.reason, row.facts)),
        ),
        filters=(Filter("reason", _("Reason"), reasons),),
    )


routes = [
    Route("runs", "runs", runs, menu=Menu(Section.BILL, gettext_lazy("Billing runs"))),
    Route("runs/new", "new_run", new_run, "bill", FORM),
    Route("runs/<run:run_id>", "run", run),
    Route("runs/<run:run_id>/progress", "run_progress", progress),
    Route("runs/<run:run_id>/exceptions", "run_exceptions", exceptions),
    Route("runs/<run:run_id>/resume", "resume_run", resume, "bill", BUTTON),
    Route("runs/<run:run_id>/issue", "issue_run", issue, "issue", BUTTON),
    Route("runs/<run:run_id>/cancel", "cancel_run", cancel, "bill", BUTTON),
]
