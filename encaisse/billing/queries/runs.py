"""Runs as people see them: everywhere, only what became of the accounts that the asker may see."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, NamedTuple, TypeVar

from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Sum

from encaisse.billing.errors import NotSeenWhole
from encaisse.billing.models import ChunkState, Narrowed, Outcome, OutcomeKind, Run, RunKind, RunState, Trial
from encaisse.billing.rules import Selection
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount

Rows = TypeVar("Rows", bound=QuerySet[Any])


class Chosen(NamedTuple):
    """What a run is narrowed to, by names that people know; what narrows nothing is empty.

    Names of two languages are (French, English). `exceptions_of` is the key of a run.
    """

    entity: str = ""
    account: str = ""
    customer: str = ""
    cycle: tuple[str, str] | None = None
    exceptions_of: int | None = None
    group: str = ""
    rep: str = ""
    offer: tuple[str, str] | None = None
    payment_method: str = ""
    terms_kind: str = ""
    currency: str = ""
    country: str = ""


class RunRow(NamedTuple):
    """One run of a list. `entity` and `account` are empty when the run is not narrowed to one.

    `quarantined` counts all its documents that wait in quarantine, whoever may see them.
    """

    id: int
    kind: str
    state: str
    cutoff_date: dt.date
    issue_date: dt.date
    entity_id: int | None
    entity: str
    account: str
    chosen: Chosen
    actor: str
    created_at: dt.datetime
    ended_at: dt.datetime | None
    paused_at: dt.datetime | None
    paused_by: str
    exceptions: int
    on_suspect: str
    on_reject: str
    quarantined: int


class Progress(NamedTuple):
    """How far one step is: accounts, or documents once there are drafts, and the seconds it may still take.

    `seconds_left` is None while nobody works on the step, or too little is done to tell.
    """

    done: int
    total: int
    per_minute: int = 0
    seconds_left: int | None = None


class Steps(NamedTuple):
    """The progress of each step, among visible legal entities; nothing is counted for who sees some customers
    only, since it would count those of others.
    """

    rating: Progress
    drafting: Progress
    issuing: Progress


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
    steps: Steps
    outcomes: Outcomes
    reasons: tuple[Reason, ...]


class TrialRow(NamedTuple):
    """A dry run: what was asked, by whom, then its figures or why it was refused. `selection` asks it again."""

    id: int
    cutoff_date: dt.date
    issue_date: dt.date
    selection: Selection
    chosen: Chosen
    actor: str
    created_at: dt.datetime
    ended_at: dt.datetime | None
    figures: Mapping[str, Any] | None
    refused: Mapping[str, Any] | None


class ExceptionRow(NamedTuple):
    """One account that a run set aside: `reason` is a code, `facts` what was seen."""

    account_id: int
    account: str
    customer_id: int
    customer: str
    reason: str
    facts: Mapping[str, Any]

    @property
    def reference(self) -> str:
        """The account as addresses name it."""
        return public_id("ba", self.account_id)


def visible_runs(scope: Scope) -> QuerySet[Run]:
    """The runs that touched a visible account, and those narrowed to what the scope covers whole."""
    if scope.sees_every_row:
        return Run.objects.all()
    accounts = BillingAccount.objects.visible_to(scope).values("pk")
    touched = Outcome.objects.filter(run_id=OuterRef("pk"), account_id__in=accounts)
    seen = Q(Exists(touched)) | Q(account_id__in=accounts)
    if scope.sees_every_customer:
        seen |= scope.entities()
    return Run.objects.filter(seen)


def runs(
    scope: Scope,
    *,
    state: str = "",
    kind: str = "",
    offset: int = 0,
    limit: int = 50,
    after: int | None = None,
) -> tuple[list[RunRow], int]:
    """Runs, newest first, and how many there are; those before `after` when the list goes on by key."""
    found = visible_runs(scope)
    if after is not None:
        found = found.filter(pk__lt=after)
    if state:
        found = found.filter(state=state)
    if kind:
        found = found.filter(kind=kind)
    page = list(_named(found).order_by("-pk")[offset : offset + limit])
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
    return RunDetail(row, _covers(scope, selection_of(run)), _steps(scope, run), outcomes, by_size)


def last_alike(scope: Scope, run_id: int) -> Run | None:
    """The run before this one that billed the same selection, such as a cycle, to its end. None when there was none.

    Raises NotFound.
    """
    run = _one(scope, run_id)
    if run.kind != RunKind.MASS:
        return None
    alike = visible_runs(scope).filter(**selection_of(run)._asdict(), kind=run.kind, state=RunState.COMPLETE)
    return alike.filter(pk__lt=run_id).order_by("-pk").first()


def whole_run(scope: Scope, run_id: int) -> RunRow:
    """One run that the scope covers whole, so that the asker may act on it. Raises NotFound."""
    run = _one(scope, run_id)
    if not _covers(scope, selection_of(run)):
        raise NotFound(noun="run")
    return _row(run, 0)


def require_whole(scope: Scope, selection: Selection) -> None:
    """Raises NotSeenWhole unless the scope covers every account that a run of this selection may bill."""
    alone = selection.account_id
    if alone and BillingAccount.objects.visible_to(scope).filter(pk=alone).exists():
        return
    if not _covers(scope, selection):
        raise NotSeenWhole


def trial(scope: Scope, trial_id: int) -> TrialRow:
    """One dry run, for who could begin it as a run. Raises NotFound."""
    found = _named(Trial.objects.all()).filter(pk=trial_id).first()
    if found is None or not _covers(scope, selection_of(found)):
        raise NotFound(noun="trial")
    return TrialRow(
        id=found.pk,
        cutoff_date=found.cutoff_date,
        issue_date=found.issue_date,
        selection=selection_of(found),
        chosen=_chosen(found),
        actor=found.actor_label,
        created_at=found.created_at,
        ended_at=found.ended_at,
        figures=found.figures,
        refused=found.refused,
    )


def exceptions(
    scope: Scope, run_id: int, *, reason: str = "", offset: int = 0, limit: int = 50, after: int | None = None
) -> tuple[list[ExceptionRow], int]:
    """The visible accounts that a run set aside, by account, and how many there are; those beyond `after` by key."""
    found = _outcomes(scope, run_id).filter(outcome=OutcomeKind.EXCEPTION)
    if reason:
        found = found.filter(reason=reason)
    if after is not None:
        found = found.filter(account_id__gt=after)
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
    run = _named(visible_runs(scope)).filter(pk=run_id).first()
    if run is None:
        raise NotFound(noun="run")
    return run


def _covers(scope: Scope, selection: Selection) -> bool:
    if not scope.sees_every_customer:
        return False
    alone = BillingAccount.objects.filter(scope.entities(), pk=selection.account_id or 0)
    return scope.covers(selection.legal_entity_id) or alone.exists()


def _outcomes(scope: Scope, run_id: int) -> QuerySet[Outcome]:
    accounts = BillingAccount.objects.visible_to(scope)
    return Outcome.objects.filter(run_id=run_id, account_id__in=accounts.values("pk"))


def _exceptions_by_run(scope: Scope, run_ids: list[int]) -> dict[int, int]:
    accounts = BillingAccount.objects.visible_to(scope)
    found = Outcome.objects.filter(
        run_id__in=run_ids, outcome=OutcomeKind.EXCEPTION, account_id__in=accounts.values("pk")
    )
    return dict(found.order_by().values_list("run_id").annotate(accounts=Count("*")))


def _steps(scope: Scope, run: Run) -> Steps:
    if not scope.sees_every_customer:
        return Steps(Progress(0, 0), Progress(0, 0), Progress(0, 0))
    chunks = run.chunks.exclude(state=ChunkState.CANCELLED).filter(scope.entities())
    now = chunks.aggregate(
        total=Sum("listed", default=0),
        drafts=Sum("invoiced", default=0),
        rated=_sum("listed", "rated drafted issued"),
        drafted=_sum("listed", "drafted issued"),
        issued=_sum("invoiced", "issued"),
        last_rated=Max("rated_at"),
    )
    begun, working = run.working_since, run.state == "drafting" and not run.paused_at
    rating_ends = now["last_rated"] if now["rated"] == now["total"] else None
    drafting = max(filter(None, (begun, rating_ends)), default=None) if rating_ends else None
    pace = {
        "rated": begun if working and not rating_ends else None,
        "drafted": drafting if working else None,
        "issued": begun if run.state == "issuing" and not run.paused_at else None,
    }
    return Steps(
        _progress(chunks, "rated", now["rated"], now["total"], pace["rated"]),
        _progress(chunks, "drafted", now["drafted"], now["total"], pace["drafted"]),
        _progress(chunks, "issued", now["issued"], now["drafts"], pace["issued"]),
    )


def _sum(column: str, states: str) -> Sum:
    return Sum(column, filter=Q(state__in=states.split()), default=0)


def _progress(
    chunks: "QuerySet[Any]", step: str, done: int, total: int, since: dt.datetime | None
) -> Progress:
    if since is None or done == total:
        return Progress(done, total)
    column = "invoiced" if step == "issued" else "listed"
    recent = chunks.filter(**{f"{step}_at__gte": since}).aggregate(n=Sum(column, default=0))["n"]
    seconds = (clock.now() - since).total_seconds()
    if not recent or seconds <= 0:
        return Progress(done, total)
    return Progress(done, total, int(recent * 60 / seconds), int((total - done) * seconds / recent) + 1)


def selection_of(run: Narrowed) -> Selection:
    """What a run or a trial is narrowed to."""
    return Selection(*(getattr(run, field) for field in Selection._fields))


def _named(found: Rows) -> Rows:
    return found.select_related(
        "legal_entity__identity", "account", "customer", "cycle", "group", "rep", "offer"
    )


def _chosen(run: Narrowed) -> Chosen:
    return Chosen(
        entity=run.legal_entity.identity.name if run.legal_entity else "",
        account=run.account.reference if run.account else "",
        customer=run.customer.name if run.customer else "",
        cycle=(run.cycle.name_fr, run.cycle.name_en) if run.cycle else None,
        exceptions_of=run.exceptions_of_id,
        group=run.group.name if run.group else "",
        rep=run.rep.name if run.rep else "",
        offer=(run.offer.name_fr, run.offer.name_en) if run.offer else None,
        payment_method=run.payment_method,
        terms_kind=run.terms_kind,
        currency=run.currency,
        country=run.country,
    )


def _row(run: Run, exceptions: int) -> RunRow:
    chosen = _chosen(run)
    return RunRow(
        id=run.pk,
        kind=run.kind,
        state=run.state,
        cutoff_date=run.cutoff_date,
        issue_date=run.issue_date,
        entity_id=run.legal_entity_id,
        entity=chosen.entity,
        account=chosen.account,
        chosen=chosen,
        actor=run.actor_label,
        created_at=run.created_at,
        ended_at=run.ended_at,
        paused_at=run.paused_at,
        paused_by=run.paused_by,
        exceptions=exceptions,
        on_suspect=run.on_suspect,
        on_reject=run.on_reject,
        quarantined=run.quarantined,
    )
