"""Runs as people see them: everywhere, only what became of the accounts that the asker may see."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from encaisse.billing.models import ChunkState, Outcome, OutcomeKind, Run
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Level, Scope
from encaisse.party.models import BillingAccount


class RunRow(NamedTuple):
    """One run of a list. `entity` and `account` are empty when the run is not narrowed to one."""

    id: int
    kind: str
    state: str
    cutoff_date: dt.date
    issue_date: dt.date
    entity: str
    account: str
    actor: str
    created_at: dt.datetime
    ended_at: dt.datetime | None
    exceptions: int


class Chunks(NamedTuple):
    """How many chunks of a run have passed each step, among those of visible legal entities."""

    total: int
    rated: int
    drafted: int
    issued: int


class Outcomes(NamedTuple):
    """How the visible accounts of a run ended."""

    invoiced: int
    nothing: int
    exceptions: int


class Reason(NamedTuple):
    """One reason for which accounts were set aside, and how many."""

    code: str
    accounts: int


class RunDetail(NamedTuple):
    """One run with its progress and what it made of the visible accounts; reasons by number of accounts.

    `is_whole` tells that the scope covers every account that the run may touch.
    """

    run: RunRow
    is_whole: bool
    chunks: Chunks
    outcomes: Outcomes
    reasons: tuple[Reason, ...]


class ExceptionRow(NamedTuple):
    """One account that a run set aside: `reason` is a code, `facts` what was seen."""

    account_id: int
    account: str
    customer_id: int
    customer: str
    reason: str
    facts: Mapping[str, Any]


def visible_runs(scope: Scope) -> QuerySet[Run]:
    """The runs that touched a visible account, and those narrowed to what the scope covers whole."""
    if scope.level is Level.EVERYTHING and scope.entity_ids is None:
        return Run.objects.all()
    accounts = BillingAccount.objects.visible_to(scope).values("pk")
    touched = Outcome.objects.filter(run_id=OuterRef("pk"), account_id__in=accounts)
    seen = Q(Exists(touched)) | Q(account_id__in=accounts)
    if scope.level is Level.EVERYTHING:
        seen |= Q(legal_entity_id__in=scope.entity_ids)
    return Run.objects.filter(seen)


def runs(
    scope: Scope, *, state: str = "", kind: str = "", offset: int = 0, limit: int = 50
) -> tuple[list[RunRow], int]:
    """Runs, newest first, and how many there are."""
    found = visible_runs(scope)
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    page = list(_described(found).order_by("-pk")[offset : offset + limit])
    counts = _exceptions_by_run(scope, [run.pk for run in page])
    return [_row(run, counts.get(run.pk, 0)) for run in page], found.count()


def run_detail(scope: Scope, run_id: int) -> RunDetail:
    """One run. Raises NotFound."""
    run = _one(scope, run_id)
    found = _outcomes(scope, run_id)
    counts = dict(found.order_by().values_list("outcome").annotate(accounts=Count("*")))
    outcomes = Outcomes(*(counts.get(kind, 0) for kind in ("invoiced", "nothing", "exception")))
    reasons = found.filter(outcome=OutcomeKind.EXCEPTION).values_list("reason").annotate(accounts=Count("*"))
    by_size = tuple(Reason(*reason) for reason in reasons.order_by("-accounts", "reason"))
    row = _row(run, outcomes.exceptions)
    return RunDetail(row, _covers(scope, run), _chunks(scope, run), outcomes, by_size)


def whole_run(scope: Scope, run_id: int) -> RunRow:
    """One run that the scope covers whole, so that the asker may act on it. Raises NotFound."""
    run = _one(scope, run_id)
    if not _covers(scope, run):
        raise NotFound(noun="run")
    return _row(run, 0)


def exceptions(
    scope: Scope, run_id: int, *, reason: str = "", offset: int = 0, limit: int = 50
) -> tuple[list[ExceptionRow], int]:
    """The visible accounts that a run set aside, by account, and how many there are."""
    found = _outcomes(scope, run_id).filter(outcome=OutcomeKind.EXCEPTION)
    if reason:
        found = found.filter(reason=reason)
    page = found.order_by("account_id", "split").values_list(
        "account_id",
        "account__reference",
        "account__customer_id",
        "account__customer__name",
        "reason",
        "facts",
    )
    return [ExceptionRow(*row) for row in page[offset : offset + limit]], found.count()


def _one(scope: Scope, run_id: int) -> Run:
    run = _described(visible_runs(scope)).filter(pk=run_id).first()
    if run is None:
        raise NotFound(noun="run")
    return run


def _covers(scope: Scope, run: Run) -> bool:
    seller = run.account.legal_entity_id if run.account else run.legal_entity_id
    return scope.level is Level.EVERYTHING and (scope.entity_ids is None or seller in scope.entity_ids)


def _outcomes(scope: Scope, run_id: int) -> QuerySet[Outcome]:
    accounts = BillingAccount.objects.visible_to(scope)
    return Outcome.objects.filter(run_id=run_id, account_id__in=accounts.values("pk"))


def _exceptions_by_run(scope: Scope, run_ids: list[int]) -> dict[int, int]:
    accounts = BillingAccount.objects.visible_to(scope)
    found = Outcome.objects.filter(
        run_id__in=run_ids, outcome=OutcomeKind.EXCEPTION, account_id__in=accounts.values("pk")
    )
    return dict(found.order_by().values_list("run_id").annotate(accounts=Count("*")))


def _chunks(scope: Scope, run: Run) -> Chunks:
    chunks = run.chunks.exclude(state=ChunkState.CANCELLED)
    if scope.entity_ids is not None:
        chunks = chunks.filter(legal_entity_id__in=scope.entity_ids)
    states = dict(chunks.order_by().values_list("state").annotate(n=Count("*")))
    issued = states.get(ChunkState.ISSUED, 0)
    drafted = issued + states.get(ChunkState.DRAFTED, 0)
    rated = drafted + states.get(ChunkState.RATED, 0)
    return Chunks(sum(states.values()), rated, drafted, issued)


def _described(found: QuerySet[Run]) -> QuerySet[Run]:
    return found.select_related("legal_entity__identity", "account")


def _row(run: Run, exceptions: int) -> RunRow:
    return RunRow(
        id=run.pk,
        kind=run.kind,
        state=run.state,
        cutoff_date=run.cutoff_date,
        issue_date=run.issue_date,
        entity=run.legal_entity.identity.name if run.legal_entity else "",
        account=run.account.reference if run.account else "",
        actor=run.actor_label,
        created_at=run.created_at,
        ended_at=run.ended_at,
        exceptions=exceptions,
    )
