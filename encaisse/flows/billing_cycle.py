"""A billing run from its list of accounts to numbered, posted invoices.

    start -> draft (rate, then draft, chunk by chunk) -> review -> issue (post, then number, chunk by chunk)

Between two chunks a run can be paused; in review its exceptions can be tried again and drafts taken out of it.
Each chunk is one bounded transaction that any worker may run and that can be repeated without effect, so a run
that was killed is simply resumed by calling the same step again. A chunk that fails is rolled back whole and
retried in halves down to one account, whose exception is written in a transaction of its own.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db import DatabaseError, InterfaceError, OperationalError, transaction

from encaisse.billing.models import ChunkState, RunKind, RunState
from encaisse.billing.operations import runs as billing
from encaisse.billing.queries.runs import require_whole, whole_run
from encaisse.billing.rules import AS_USUAL, EVERYONE, Manner, Part, Selection
from encaisse.charge.operations.recurring import rate_recurring
from encaisse.charge.operations.usage import rate_usage
from encaisse.flows import judge_run
from encaisse.invoice.operations import cancel as invoice_cancel
from encaisse.invoice.operations import draft as invoice_draft
from encaisse.invoice.operations import issue as invoice_issue
from encaisse.invoice.operations.convert import convert_again
from encaisse.invoice.rules.rows import Approved
from encaisse.kernel import events
from encaisse.kernel.errors import DomainError
from encaisse.kernel.memory import WithoutCycleSearch
from encaisse.kernel.scope import Actor, Scope
from encaisse.ledger import operations as ledger
from encaisse.tag import operations as tags

Progress = Callable[[str, int, int], None]


class Step(NamedTuple):
    """One step of a run over its chunks: from a state to the next, by a function that does a whole part."""

    name: str
    before: ChunkState
    after: ChunkState
    work: Callable[[Part, Actor], None]


def start(
    scope: Scope,
    *,
    cutoff_date: dt.date,
    issue_date: dt.date,
    selection: Selection = EVERYONE,
    manner: Manner = AS_USUAL,
) -> int:
    """A run is planned over the active accounts of the selection. Returns its key.

    Raises NotPermitted, NotSeenWhole when the asker does not see every account that it may bill, NothingToBill.
    """
    scope.require("bill")
    require_whole(scope, selection)
    return billing.plan(
        cutoff_date=cutoff_date,
        issue_date=issue_date,
        actor=scope.actor,
        selection=selection,
        manner=manner,
    )


def draft(run_id: int, *, actor: Actor, progress: Progress | None = None) -> None:
    """Every account of the run has its outcome and waits in review, unless it is paused meanwhile.

    Resumes where a killed one stopped; any number of workers may do it at once. Raises
    RunNotInState when the run is past it.
    """
    billing.move(run_id, RunState.DRAFTING, actor, allowed=[RunState.NEW])
    _each_chunk(run_id, Step("rate", ChunkState.PLANNED, ChunkState.RATED, _rate), actor, progress)
    _each_chunk(run_id, Step("draft", ChunkState.RATED, ChunkState.DRAFTED, _draft), actor, progress)
    if not billing.chunks_left(run_id, ChunkState.PLANNED, ChunkState.RATED):
        billing.move(run_id, RunState.REVIEW, actor, allowed=[RunState.DRAFTING])


def issue(run_id: int, *, actor: Actor, progress: Progress | None = None) -> None:
    """Every approved draft of the run is issued and posted, and what rules caught goes where the run says; the run is
    complete, or finished while documents of it wait in quarantine. Resumes like `draft`.

    Raises DraftsHeld, and RunNotInState unless the run is in review or was being issued.
    """
    begin_issuing(run_id, actor=actor)
    judge_run.settle(run_id, actor=actor)
    _each_chunk(run_id, Step("issue", ChunkState.DRAFTED, ChunkState.ISSUED, _issue), actor, progress)
    if not billing.chunks_left(run_id, ChunkState.DRAFTED):
        billing.finish(run_id, actor)


@transaction.atomic
def begin_issuing(run_id: int, *, actor: Actor) -> None:
    """The run is being issued. Raises DraftsHeld, and RunNotInState unless it is, or was in review."""
    judge_run.require_none_held(run_id)
    billing.move(run_id, RunState.ISSUING, actor, allowed=[RunState.REVIEW])


@transaction.atomic
def cancel(run_id: int, *, actor: Actor, drop: bool = False) -> None:
    """The run ends without an invoice: its drafts are cancelled, their charges open again, or dropped.

    Raises RunNotInState once issuing has begun.
    """
    open_states = [RunState.NEW, RunState.DRAFTING, RunState.REVIEW]
    billing.move(run_id, RunState.CANCELLED, actor, allowed=open_states)
    billing.cancel_chunks(run_id)
    invoice_cancel.cancel_drafts(invoice_cancel.drafts_of_run(run_id), drop=drop)


@transaction.atomic
def exclude(scope: Scope, run_id: int, invoice_id: int) -> None:
    """A draft is cancelled and its charges open again; its account is an exception, which can be tried again.

    Raises NotFound, NotPermitted, and RunNotInState unless the run is in review.
    """
    scope.require("bill")
    whole_run(scope, run_id)
    billing.exclude(run_id, invoice_id, scope.actor)
    invoice_cancel.cancel_drafts([invoice_id])


def _each_chunk(run_id: int, step: Step, actor: Actor, progress: Progress | None) -> None:
    def tell() -> None:
        if progress:
            progress(step.name, *billing.counted(run_id, step.after))

    tell()
    while part := _take(run_id, step, actor):
        if isinstance(part, Part):
            _in_halves(part, step, actor)
            _finish(part, step)
        tell()


def _take(run_id: int, step: Step, actor: Actor) -> Part | bool:
    """Work on the next free chunk: True when it is done, the chunk itself when it failed, False when none is left."""
    part: Part | None = None
    try:
        with WithoutCycleSearch(), transaction.atomic():
            part = billing.next_part(run_id, step.before)
            if part is None:
                return False
            step.work(part, actor)
            billing.advance(part, step.after)
            return True
    except (OperationalError, InterfaceError):
        raise  # the server's trouble, not an account's: resume later
    except (DatabaseError, DomainError, ArithmeticError, ValueError):
        if part is None:
            raise
        return part


def _in_halves(part: Part, step: Step, actor: Actor) -> None:
    issuing = step.after is ChunkState.ISSUED
    accounts = invoice_issue.accounts_approved(part) if issuing else billing.accounts_left(part)
    middle = len(accounts) // 2
    pieces = [accounts[:middle], accounts[middle:]] if middle else [accounts]
    for piece in filter(None, pieces):
        _one_piece(part.narrowed(piece[0], piece[-1]), step, actor, alone=len(piece) == 1)


def _one_piece(piece: Part, step: Step, actor: Actor, *, alone: bool) -> None:
    try:
        with WithoutCycleSearch(), transaction.atomic():
            if billing.lock_part(piece, step.before):
                step.work(piece, actor)
    except (OperationalError, InterfaceError):
        raise
    except (DatabaseError, DomainError, ArithmeticError, ValueError) as failure:
        if not alone:
            _in_halves(piece, step, actor)
            return
        with transaction.atomic():
            _except(piece, step, failure)


def _except(piece: Part, step: Step, failure: Exception) -> None:
    reason, facts = _explained(failure)
    account_id = piece.first_account
    if step.after is ChunkState.ISSUED:
        invoice_cancel.cancel_drafts(invoice_issue.approved_of(piece))
        billing.turn_into_exception(piece.run_id, account_id, reason, facts)
    else:
        billing.record_outcomes([billing.exception(piece, account_id, reason, facts)])


def _explained(failure: Exception) -> tuple[str, dict[str, object]]:
    if isinstance(failure, DomainError):
        return failure.code, failure.facts()
    return "not_computable", {
        "message": str(failure).splitlines()[0] if str(failure) else type(failure).__name__
    }


@transaction.atomic
def _finish(part: Part, step: Step) -> None:
    if billing.lock_part(part, step.before):
        billing.advance(part, step.after)


def _rate(part: Part, actor: Actor) -> None:
    run = billing.run_of(part.run_id)
    if run.kind == RunKind.MANUAL:
        return
    due: dict[str, Any] = {
        "legal_entity_id": part.legal_entity_id,
        "first_account": part.first_account,
        "last_account": part.last_account,
        "accounts": part.accounts,
        "cutoff_date": run.cutoff_date,
    }
    refused = rate_recurring(**due).refused | rate_usage(**due).refused
    # A chunk that is tried again has accounts whose outcome stands.
    left = set(billing.accounts_left(part)) if refused else ()
    billing.record_outcomes(
        billing.exception(part, account_id, refusal.code, refusal.facts())
        for account_id, refusal in refused.items()
        if account_id in left
    )


def _draft(part: Part, actor: Actor) -> None:
    run = billing.run_of(part.run_id)
    by_hand = run.kind == RunKind.MANUAL
    terms = invoice_draft.Terms(run.cutoff_date, run.issue_date, by_hand, run.replaces)
    made = invoice_draft.draft_part(part, terms)
    if made.invoiced:
        billing.count_drafts(part.chunk_id, made.invoiced)
        drafted = (made.first_invoice, made.last_invoice)
        judge_run.judge(part, drafted, run.issue_date)
        events.record("invoice.drafted", "invoice", drafted, actor, run=part.run_id)


def _issue(part: Part, actor: Actor) -> None:
    run = billing.run_of(part.run_id)
    ids = invoice_issue.approved_of(part)
    if ids:
        issue_drafts(ids, issue_date=run.issue_date, actor=actor)


def _post(drafts: Sequence[Approved], issue_date: dt.date) -> None:
    """Advances have entries of their own, and what deducts them has a second one."""
    sold = [draft.id for draft in drafts if not draft.is_of_an_advance]
    advances = [draft.id for draft in drafts if draft.is_of_an_advance]
    deducting = [draft.id for draft in drafts if draft.deducted_minor]
    if sold:
        ledger.post_invoices(invoice_ids=sold, date=issue_date)
    if advances:
        ledger.post_advances(invoice_ids=advances, date=issue_date)
    if deducting:
        ledger.post_deductions(invoice_ids=deducting, date=issue_date)


@transaction.atomic(savepoint=False)
def issue_drafts(invoice_ids: list[int], *, issue_date: dt.date, actor: Actor) -> None:
    """Approved drafts are locked, posted, numbered, and their documents are asked for, all or nothing.

    One made at an older rate than the last one recorded for the issue date is converted and judged again before; what
    a rule then catches is not issued, unless its run says so. Raises NoRateRecorded.
    """
    ledger.open_revenue_accounts()  # a product may be newer than the chart
    parts = [invoice_issue.lock_approved(invoice_ids)]
    if any(draft.exchange_rate_id for draft in parts[0]):
        kept, places = convert_again(parts[0], issue_date, actor=actor)
        tags.follow(places)
        made = judge_run.judge_again(places, issue_date, actor=actor)
        parts = [each for each in (kept, invoice_issue.lock_approved(made)) if each]
    drafts = [draft for part in parts for draft in part]
    if not drafts:
        return
    _post(drafts, issue_date)
    invoice_issue.number(drafts, issue_date)
    for part in parts:
        events.publish("invoice.issued", "invoice", (part[0].id, part[-1].id), actor)
