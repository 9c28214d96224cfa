"""Billing runs: the list, and the page where one is followed, reviewed, issued or cancelled."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django_htmx.http import HttpResponseClientRefresh

from encaisse.billing.queries import runs as billing
from encaisse.billing.queries.runs import Progress, Reason, RunDetail, RunRow
from encaisse.desk import selections, states, stories
from encaisse.desk.lists import files
from encaisse.desk.pages.new_run import totals_table
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Menu, Route, Section
from encaisse.document.queries.checks import checks_of_run
from encaisse.insight.queries.timeline import of_run
from encaisse.invoice.queries.lists import RunTotal, run_totals
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Scope
from encaisse.ui import formats, judgement_words
from encaisse.ui.lists import Column, Empty, Filter, Kind, Listing, Table
from encaisse.ui.shapes import Crumb, Fact, Figure, Money, Status, Step, Tab, Tone

DAY: Final = dt.timedelta(days=1)
WORKING: Final = frozenset({"new", "drafting", "issuing"})
ISSUED: Final = frozenset({"issuing", "finished", "complete"})


class Acts(NamedTuple):
    """What this person may do with this run now. `again` begins another over what a complete one set aside."""

    pause: bool
    resume: bool
    retry: bool
    again: bool
    issue: bool
    cancel: bool


def until(row: RunRow) -> dt.date:
    """The last day that a run bills."""
    return row.cutoff_date - DAY


def runs(request: ScopedRequest) -> HttpResponse:
    """Every run, newest first."""
    page = {"table": _table(request.scope, request.GET), "may_bill": request.scope.may("bill")}
    return render(request, "desk/runs.html", page)


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    listing = _listing()
    asked = listing.asked(address, size)
    rows, total = billing.runs(
        scope,
        state=asked.text("state"),
        kind=asked.text("kind"),
        offset=asked.page.offset,
        limit=asked.page.size,
    )
    shown = {"name": "runs", "caption": _("Billing runs"), "empty": _empty(scope)}
    return listing.table(asked, rows, total=total, export_url=files("runs", asked), **shown)


def run(request: ScopedRequest, run_id: int) -> HttpResponse:
    """One run: how far it is, what it made, what it set aside, what comes next."""
    found = billing.run_detail(request.scope, run_id)
    totals = run_totals(request.scope, run_id)
    shown = {
        **head(found),
        "acts": _acts(request.scope, found),
        "steps": _steps(found),
        "poll": _poll(found),
        "figures": _figures(found, totals),
        "facts": _facts(found.run),
        "documents": _documents(found, request.scope),
        "totals": totals_table(totals),
        "approved": sum(total.documents for total in totals if total.state == "approved"),
        "reasons": _reasons(found),
        "moments": stories.moments(of_run(request.scope, run_id)),
    }
    return render(request, "desk/run.html", shown)


def progress(request: ScopedRequest, run_id: int) -> HttpResponse:
    """How far a run is, asked again and again while it works; then the page itself again."""
    found = billing.run_detail(request.scope, run_id)
    if not _poll(found):
        return HttpResponseClientRefresh()
    return render(request, "desk/run_progress.html", {"steps": _steps(found), "poll": _poll(found)})


def _poll(found: RunDetail) -> str:
    """What a page asks again and again while workers are on the run; empty when nobody is."""
    idle = found.run.state not in WORKING or found.run.paused_at
    return "" if idle else reverse("desk:run_progress", args=[found.run.id])


def _listing() -> Listing:
    return Listing(
        columns=(
            Column("cutoff_date", _("Bills until"), Kind.DATE, show=until, link=_page),
            Column("issue_date", _("Date of the invoices"), Kind.DATE),
            Column("kind", _("Kind"), show=lambda row: states.RUN_KINDS[row.kind]),
            Column("entity", _("Accounts"), show=_whom),
            Column("state", _("State"), Kind.STATUS, show=_state),
            Column("exceptions", _("Exceptions"), Kind.NUMBER, link=_exceptions_page),
            Column("actor", _("By")),
            Column("created_at", _("Started on"), Kind.INSTANT),
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
    return selections.phrase(row.chosen)


def _state(row: RunRow) -> Status:
    if row.state == "finished":
        text = ngettext("Finished, %(n)s in quarantine", "Finished, %(n)s in quarantine", row.quarantined)
        return Status(text % {"n": formats.number(row.quarantined)}, Tone.WARN)
    return Status(_("Paused"), Tone.WARN) if row.paused_at else states.RUNS[row.state]


def _invoices_of(run_id: int, **narrowed: str) -> str:
    return f"{reverse('desk:invoices')}?{urlencode({'run': public_id('run', run_id), **narrowed})}"


def head(found: RunDetail, tab: str = "overview") -> dict[str, Any]:
    """What every page of a run begins with."""
    row = found.run
    made = found.outcomes.invoiced
    return {
        "run": row,
        "state": _state(row),
        "tabs": (
            Tab(_("Overview"), _page(row), current=tab == "overview"),
            Tab(_("Invoices"), _invoices_of(row.id), count=made),
            Tab(_("Report"), reverse("desk:run_report", args=[row.id]), current=tab == "report"),
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
    bills, failed = whole and scope.may("bill"), found.outcomes.exceptions > 0
    return Acts(
        pause=bills and state in WORKING and found.run.paused_at is None,
        resume=bills and state in WORKING,
        retry=bills and state == "review" and failed,
        again=bills and state in {"finished", "complete"} and failed,
        issue=whole and state == "review" and scope.may("issue"),
        cancel=bills and state in {"new", "drafting", "review"},
    )


def _steps(found: RunDetail) -> tuple[Step, ...]:
    steps, state = found.steps, found.run.state
    note = _("%(count)s accounts set aside") % {"count": formats.number(found.outcomes.exceptions)}
    waits = state == "review"
    reviewed = Tone.GOOD if state in ISSUED else Tone.WARN if waits else Tone.DRAFT
    drafts = _step(_("Drafts"), steps.drafting, state)
    if found.outcomes.exceptions:
        drafts = replace(drafts, note=" · ".join(filter(None, (str(drafts.note), note))))
    return (
        _step(_("Rating"), steps.rating, state),
        drafts,
        Step(_("Review"), reviewed, note=_("Look at the drafts, then issue them.") if waits else ""),
        _step(_("Issuing"), steps.issuing, state),
    )


def _step(label: str, step: Progress, state: str) -> Step:
    return Step(label, _tone(step, state), step.done, step.total, _pace(step))


def _pace(step: Progress) -> str:
    """How fast a step goes and how long it may still take; nothing before anything is done."""
    seconds = step.seconds_left
    if seconds is None:
        return ""
    minutes = round(seconds / 60)
    if minutes < 2:
        left = ngettext("%(n)s second left", "%(n)s seconds left", seconds) % {"n": seconds}
    else:
        left = _("about %(n)s minutes left") % {"n": formats.number(minutes)}
    return _("%(pace)s a minute, %(left)s") % {"pace": formats.number(step.per_minute), "left": left}


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
        *(
            (Figure(_("In quarantine"), found.run.quarantined, _waiting(run_id), tone=Tone.WARN),)
            if found.run.quarantined
            else ()
        ),
        Figure(_("Exceptions"), outcomes.exceptions, set_aside, _("with their reasons"), Tone.WARN),
        Figure(_("Nothing to bill"), outcomes.nothing),
    )


def _waiting(run_id: int) -> str:
    return f"{reverse('desk:quarantine')}?{urlencode({'run': public_id('run', run_id)})}"


def _documents(found: RunDetail, scope: Scope) -> tuple[Fact, ...]:
    """What became of the documents of what was issued."""
    if found.run.state not in ISSUED:
        return ()
    made = checks_of_run(scope, found.run.id)
    alarms = (
        (_("Could not be made"), made.not_made, ""),
        (_("Break a rule"), made.failed, "?state=failed"),
    )
    return (
        Fact(_("Made and archived"), made.made),
        Fact(_("Keep every rule"), made.passed),
        *(
            Fact(label, Status(formats.number(count), Tone.BAD), reverse("desk:documents") + query)
            for label, count, query in alarms
            if count
        ),
    )


def _facts(row: RunRow) -> tuple[Fact, ...]:
    return (
        Fact(_("Bills until"), until(row)),
        Fact(_("Date of the invoices"), row.issue_date),
        Fact(_("Kind"), states.RUN_KINDS[row.kind]),
        *selections.facts(row.chosen),
        Fact(_("Suspect drafts"), judgement_words.ACTIONS[row.on_suspect]),
        Fact(_("Rejected drafts"), judgement_words.ACTIONS[row.on_reject]),
        Fact(_("By"), row.actor),
        Fact(_("Started on"), row.created_at),
        *((Fact(_("Paused on"), row.paused_at, note=row.paused_by),) if row.paused_at else ()),
        Fact(_("Ended on"), row.ended_at),
    )


def _reasons(found: RunDetail) -> Table:
    columns = (
        Column("code", _("Reason"), show=lambda row: states.reason(row.code), link=_with_reason(found)),
        Column("accounts", _("Accounts"), Kind.NUMBER),
    )
    return Table(columns, found.reasons, name="reasons", caption=_("Exceptions"))


def _with_reason(found: RunDetail) -> Callable[[Reason], str]:
    address = reverse("desk:run_exceptions", args=[found.run.id])
    return lambda row: f"{address}?{urlencode({'reason': row.code})}"


routes = [
    Route("runs", "runs", runs, menu=Menu(Section.BILL, gettext_lazy("Billing runs")), table=_table),
    Route("runs/<run:run_id>", "run", run),
    Route("runs/<run:run_id>/progress", "run_progress", progress),
]
