"""Billing runs: tried, begun, reviewed, issued; what they set aside; and cycles."""

import datetime as dt
from typing import Any, Literal

from ninja import Query

from encaisse.api.fields import (
    AccountKey,
    AccountRef,
    Currency,
    CustomerRef,
    DecimalTold,
    EntityRef,
    Minor,
    Page,
    Paging,
    RunKey,
    RunRef,
    Search,
    Told,
    next_page,
    page,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.shapes import Happening
from encaisse.billing.queries import runs as queries
from encaisse.billing.queries.runs import RunDetail, RunRow
from encaisse.insight.queries import timeline
from encaisse.insight.queries.run_comparison import run_comparison
from encaisse.insight.queries.run_report import run_report
from encaisse.invoice.queries.lists import run_totals
from encaisse.ui import words

resource = Resource("Billing runs")
State = Literal["new", "drafting", "review", "issuing", "finished", "complete", "cancelled"]


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
    on_suspect: str
    on_reject: str
    quarantined: int

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


class Difference(Told):
    """One thing billed by a run and by the last one; `percent` is null where the last one billed nothing of it."""

    code: str
    currency: Currency
    documents: int
    documents_before: int
    net_minor: Minor
    net_before_minor: Minor
    gross_minor: Minor
    gross_before_minor: Minor
    difference_minor: Minor
    percent: DecimalTold | None


class Comparison(Told):
    """What changed since the last run of the same selection that was issued; of accounts, the largest of this one."""

    run_id: RunRef
    cutoff_date: dt.date
    totals: list[Difference]
    kinds: list[Difference]
    offers: list[Difference]
    products: list[Difference]
    accounts: list[Difference]


class RunReport(Told):
    """What a run bills, the largest first in each currency, and what changed since the last one, if there was one."""

    totals: list[Cut]
    offers: list[Cut]
    products: list[Cut]
    taxes: list[Cut]
    accounts: list[AccountCut]
    last: Comparison | None


@resource.get("/runs", Page[Run])
def list_runs(request: ProgramRequest, asked: Query[RunFilter]) -> Any:
    """List billing runs.

    The latest first.
    """
    state, kind = asked.state or "", asked.kind or ""
    rows, _ = queries.runs(request.scope, state=state, kind=kind, limit=asked.limit + 1, after=asked.after)
    return page(request, "run", rows, asked.limit)


@resource.get("/runs/{run_id}", WholeRun)
def get_run(request: ProgramRequest, run_id: RunKey) -> Any:
    """Read a billing run.

    With its progress and what it made of the accounts that the key sees.
    """
    return whole_run(request, run_id)


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
    """Read what a run bills: by offer, product, tax and account, and what changed since the last one."""
    found = run_report(request.scope, run_id)
    return found._asdict() | {"last": run_comparison(request.scope, run_id, found)}


def whole_run(request: ProgramRequest, run_id: int) -> dict[str, Any]:
    """One run with its progress and what it made."""
    found: RunDetail = queries.run_detail(request.scope, run_id)
    return found._asdict() | {"totals": run_totals(request.scope, run_id)}
