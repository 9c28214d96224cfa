"""Billing runs: tried, begun, reviewed, issued; what they set aside; and cycles."""

import datetime as dt
from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import Field

from encaisse.api.fields import (
    AccountKey,
    AccountRef,
    Currency,
    CurrencyGiven,
    CustomerKey,
    CustomerRef,
    CycleKey,
    EntityKey,
    EntityRef,
    Given,
    InvoiceKey,
    Minor,
    OfferKey,
    Page,
    Paging,
    RunKey,
    RunRef,
    Search,
    Text,
    Told,
    TrialKey,
    TrialRef,
    next_page,
    page,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.shapes import Happening
from encaisse.billing.operations.runs import pause
from encaisse.billing.queries import runs as queries
from encaisse.billing.queries.runs import RunDetail, RunRow
from encaisse.billing.rules import Selection
from encaisse.flows import billing_cycle, run_cycle, tasks
from encaisse.flows.try_run import ask_trial
from encaisse.insight.queries import timeline
from encaisse.insight.queries.run_report import run_report
from encaisse.invoice.queries.lists import run_totals
from encaisse.ui import words

resource = Resource("Billing runs")
State = Literal["new", "drafting", "review", "issuing", "complete", "cancelled"]


class RunFilter(Paging):
    """What a list of runs is narrowed to."""

    after: RunKey | None = None
    state: State | None = None
    kind: Literal["mass", "manual"] | None = None


class ExceptionFilter(Paging):
    """What a list of accounts set aside is narrowed to: a reason by its code."""

    after: AccountKey | None = None
    reason: Search = ""


class Run(Told):
    """A billing run in a list. What is due before `cutoff_date` is billed."""

    id: RunRef
    kind: str
    state: State
    cutoff_date: dt.date
    issue_date: dt.date
    legal_entity_id: EntityRef | None
    legal_entity: str
    account: str
    actor: str
    created_at: dt.datetime
    ended_at: dt.datetime | None
    paused_at: dt.datetime | None
    exceptions: int

    @staticmethod
    def resolve_legal_entity_id(row: RunRow) -> int | None:
        """Whose accounts it bills, when it is narrowed to one."""
        return row.entity_id

    @staticmethod
    def resolve_legal_entity(row: RunRow) -> str:
        """Its name."""
        return row.entity


class Progress(Told):
    """How far a step is: accounts, or documents once there are drafts."""

    done: int
    total: int
    per_minute: int
    seconds_left: int | None


class Steps(Told):
    """The progress of each step."""

    rating: Progress
    drafting: Progress
    issuing: Progress


class Outcomes(Told):
    """How accounts ended."""

    invoiced: int
    nothing: int
    exceptions: int


class Reason(Told):
    """Why accounts were set aside, and how many."""

    code: str
    accounts: int


class RunTotal(Told):
    """What a run made, in one currency and state."""

    currency: Currency
    state: str
    documents: int
    net_minor: Minor
    tax_minor: Minor
    gross_minor: Minor


class WholeRun(Told):
    """One run with its progress and what it made. `is_whole` tells that the key may act on it."""

    run: Run
    is_whole: bool
    steps: Steps
    outcomes: Outcomes
    reasons: list[Reason]
    totals: list[RunTotal]


class SetAside(Told):
    """An account that a run set aside, and why."""

    account_id: AccountRef
    account: str
    customer_id: CustomerRef
    customer: str
    reason: str
    detail: str

    @staticmethod
    def resolve_detail(row: queries.ExceptionRow) -> str:
        """The reason in words."""
        return words.reason(row.reason, row.facts)


class Cut(Told):
    """What a run bills of one thing in one currency; `code` is empty for what is no row of the catalogue."""

    code: str
    currency: Currency
    documents: int
    lines: int
    net_minor: Minor
    tax_minor: Minor
    gross_minor: Minor


class AccountCut(Told):
    """What a run bills to one account."""

    id: AccountRef
    reference: str
    customer_id: CustomerRef
    customer: str
    currency: Currency
    documents: int
    net_minor: Minor
    tax_minor: Minor
    gross_minor: Minor


class RunReport(Told):
    """What a run bills, the largest first in each currency."""

    totals: list[Cut]
    offers: list[Cut]
    products: list[Cut]
    taxes: list[Cut]
    accounts: list[AccountCut]


class SelectionGiven(Given):
    """Which active accounts a run bills: those of whom everything said holds."""

    legal_entity_id: EntityKey | None = None
    account_id: AccountKey | None = None
    customer_id: CustomerKey | None = None
    cycle_id: CycleKey | None = None
    offer_id: OfferKey | None = None
    payment_method: Literal["", "transfer", "cheque", "direct_debit", "card"] = ""
    terms_kind: Literal[
        "", "on_receipt", "net_days", "end_of_month", "end_of_month_on_day", "instalments"
    ] = ""
    currency: CurrencyGiven | Literal[""] = ""
    country: Annotated[str, Text(2, 2, "^[A-Z]{2}$")] | Literal[""] = ""

    def selection(self) -> Selection:
        """The same as the flow takes it."""
        return Selection(**self.dict())


class RunGiven(Given):
    """A run to be. What is due before `cutoff_date` is billed, dated `issue_date`."""

    cutoff_date: dt.date
    issue_date: dt.date
    selection: SelectionGiven = SelectionGiven()

    def said(self) -> dict[str, Any]:
        """The arguments of the flows."""
        return {
            "cutoff_date": self.cutoff_date,
            "issue_date": self.issue_date,
            "selection": self.selection.selection(),
        }


class Retry(Given):
    """Which exceptions are tried again: some accounts, those of one reason, or all."""

    reason: Search = ""
    account_ids: list[AccountKey] | None = Field(None, min_length=1, max_length=5_000)


class Cancellation(Given):
    """Whether what would have been billed is dropped for good, or waits for another run."""

    drop_charges: bool = False


class Redo(Given):
    """The date of the invoices of a run over what another one set aside."""

    issue_date: dt.date


class Trial(Told):
    """A dry run: what was asked, then its figures, or the code of why a run would be refused."""

    id: TrialRef
    cutoff_date: dt.date
    issue_date: dt.date
    actor: str
    created_at: dt.datetime
    ended_at: dt.datetime | None
    figures: dict[str, Any] | None
    refused: dict[str, Any] | None


@resource.get("/runs", Page[Run])
def list_runs(request: ProgramRequest, asked: Query[RunFilter]) -> Any:
    """List billing runs.

    The latest first.
    """
    state, kind = asked.state or "", asked.kind or ""
    rows, _ = queries.runs(request.scope, state=state, kind=kind, limit=asked.limit + 1, after=asked.after)
    return page(request, "run", rows, asked.limit)


@resource.post("/runs", WholeRun, "bill")
def create_run(request: ProgramRequest, said: RunGiven) -> Any:
    """Begin a billing run.

    Workers draft its invoices; nothing is issued before somebody says so.
    """
    run_id = billing_cycle.start(request.scope, **said.said())
    tasks.draft_run_later(run_id, actor=request.scope.actor)
    return _whole(request, run_id)


@resource.post("/trials", Trial, "bill", status=202)
def try_run(request: ProgramRequest, said: RunGiven) -> Any:
    """Try a billing run.

    A worker computes what it would make; nothing stays but the figures.
    """
    trial_id = ask_trial(request.scope, **said.said())
    tasks.try_later(trial_id)
    return queries.trial(request.scope, trial_id)


@resource.get("/trials/{trial_id}", Trial, "bill")
def get_trial(request: ProgramRequest, trial_id: TrialKey) -> Any:
    """Read a dry run.

    Its figures are there once it has ended.
    """
    return queries.trial(request.scope, trial_id)


@resource.post("/trials/{trial_id}/begin", WholeRun, "bill")
def begin_trial(request: ProgramRequest, trial_id: TrialKey) -> Any:
    """Begin as a run what was tried."""
    found = queries.trial(request.scope, trial_id)
    run_id = billing_cycle.start(
        request.scope,
        cutoff_date=found.cutoff_date,
        issue_date=found.issue_date,
        selection=found.selection,
    )
    tasks.draft_run_later(run_id, actor=request.scope.actor)
    return _whole(request, run_id)


@resource.get("/runs/{run_id}", WholeRun)
def get_run(request: ProgramRequest, run_id: RunKey) -> Any:
    """Read a billing run.

    With its progress and what it made of the accounts that the key sees.
    """
    return _whole(request, run_id)


@resource.get("/runs/{run_id}/timeline", Page[Happening])
def list_run_events(request: ProgramRequest, run_id: RunKey) -> Any:
    """Read what happened to a billing run.

    The latest first.
    """
    return whole(timeline.of_run(request.scope, run_id))


@resource.get("/runs/{run_id}/exceptions", Page[SetAside])
def list_run_exceptions(request: ProgramRequest, run_id: RunKey, asked: Query[ExceptionFilter]) -> Any:
    """List the accounts that a run set aside."""
    queries.run_detail(request.scope, run_id)
    rows, _ = queries.exceptions(
        request.scope, run_id, reason=asked.reason, limit=asked.limit + 1, after=asked.after
    )
    shown, more = rows[: asked.limit], len(rows) > asked.limit
    following = next_page(request, "ba", shown[-1].account_id) if more else None
    return {"data": shown, "has_more": more, "next": following}


@resource.get("/runs/{run_id}/report", RunReport)
def get_run_report(request: ProgramRequest, run_id: RunKey) -> Any:
    """Read what a run bills: by offer, product, tax and account."""
    queries.run_detail(request.scope, run_id)
    return run_report(request.scope, run_id)


@resource.post("/runs/{run_id}/retry", WholeRun, "bill", status=202)
def retry_run(request: ProgramRequest, run_id: RunKey, said: Retry) -> Any:
    """Try what a run set aside again."""
    queries.whole_run(request.scope, run_id)
    tasks.retry_later(run_id, actor=request.scope.actor, reason=said.reason, account_ids=said.account_ids)
    return _whole(request, run_id)


@resource.post("/runs/{run_id}/exclude/{invoice_id}", WholeRun, "bill", status=200)
def exclude_draft(request: ProgramRequest, run_id: RunKey, invoice_id: InvoiceKey) -> Any:
    """Take one draft out of a run in review.

    Its charges wait for another run.
    """
    billing_cycle.exclude(request.scope, run_id, invoice_id)
    return _whole(request, run_id)


@resource.post("/runs/{run_id}/again", WholeRun, "bill")
def run_again(request: ProgramRequest, run_id: RunKey, said: Redo) -> Any:
    """Begin a run over what a complete one set aside."""
    new_id = run_cycle.start_over(request.scope, run_id, issue_date=said.issue_date)
    tasks.draft_run_later(new_id, actor=request.scope.actor)
    return _whole(request, new_id)


@resource.post("/runs/{run_id}/pause", WholeRun, "bill", status=200)
def pause_run(request: ProgramRequest, run_id: RunKey) -> Any:
    """Pause a run.

    Nobody begins another part of it; those in hand are finished.
    """
    queries.whole_run(request.scope, run_id)
    pause(run_id, request.scope.actor)
    return _whole(request, run_id)


@resource.post("/runs/{run_id}/resume", WholeRun, "bill", status=202)
def resume_run(request: ProgramRequest, run_id: RunKey) -> Any:
    """Resume a run where it stopped."""
    queries.whole_run(request.scope, run_id)
    tasks.resume_run_later(run_id, actor=request.scope.actor)
    return _whole(request, run_id)


@resource.post("/runs/{run_id}/issue", WholeRun, "issue", status=202)
def issue_run(request: ProgramRequest, run_id: RunKey) -> Any:
    """Issue every approved draft of a run in review.

    Workers number and book them; they are sent as their accounts say.
    """
    queries.whole_run(request.scope, run_id)
    tasks.issue_run_later(run_id, actor=request.scope.actor)
    return _whole(request, run_id)


@resource.post("/runs/{run_id}/cancel", WholeRun, "bill", status=200)
def cancel_run(request: ProgramRequest, run_id: RunKey, said: Cancellation) -> Any:
    """Cancel a run.

    It ends without an invoice.
    """
    queries.whole_run(request.scope, run_id)
    billing_cycle.cancel(run_id, actor=request.scope.actor, drop=said.drop_charges)
    return _whole(request, run_id)


def _whole(request: ProgramRequest, run_id: int) -> dict[str, Any]:
    found: RunDetail = queries.run_detail(request.scope, run_id)
    return found._asdict() | {"totals": run_totals(request.scope, run_id)}
