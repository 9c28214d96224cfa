"""Every write of runs, chunks, outcomes and claims."""

import datetime as dt
import json
from collections.abc import Collection, Iterable
from typing import Any, Final

from django.db import transaction
from django.db.models import F, Q, Sum

from encaisse.billing.errors import AccountRefused, NoSuchRun, NothingToBill, NothingToRetry, RunNotInState
from encaisse.billing.models import (
    Chunk,
    ChunkState,
    Claim,
    Outcome,
    OutcomeKind,
    Run,
    RunState,
)
from encaisse.billing.rules import AS_USUAL, EVERYONE, ClaimRow, Manner, OutcomeRow, Part, Selection
from encaisse.kernel import clock, events, sql
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor

# Between these bounds a chunk is long enough to amortise its statements and short enough to repeat.
CHUNK_ACCOUNTS: Final = 5_000
# Beyond, more workers on one run would only take the place of other work.
MOST_HANDS: Final = 32
ENDED: Final = (RunState.FINISHED, RunState.COMPLETE, RunState.CANCELLED)
WORKING: Final = (RunState.NEW, RunState.DRAFTING, RunState.ISSUING)
# The reason of an account whose draft somebody took out of a run.
EXCLUDED: Final = "excluded"


@transaction.atomic
def plan(
    *,
    cutoff_date: dt.date,
    issue_date: dt.date,
    actor: Actor,
    selection: Selection = EVERYONE,
    manner: Manner = AS_USUAL,
) -> int:
    """A run exists, its accounts cut into chunks; nothing is billed yet. Returns its key.

    Raises NothingToBill when no active account falls within it.
    """
    run = Run.objects.create(
        cutoff_date=cutoff_date,
        issue_date=issue_date,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        **manner._asdict(),
        **selection._asdict(),
    )
    cut = {
        "run_id": run.pk,
        "size": CHUNK_ACCOUNTS,
        "cutoff_date": cutoff_date,
        "is_whole": selection.is_whole,
    }
    if not sql.execute("billing", "plan_chunks", cut | selection._asdict()):
        raise NothingToBill
    events.record("run.planned", "run", run.pk, actor)
    return run.pk


def run_of(run_id: int) -> Run:
    """The run. Raises NoSuchRun."""
    try:
        return Run.objects.get(pk=run_id)
    except Run.DoesNotExist:
        raise NoSuchRun(run_id=run_id) from None


@transaction.atomic
def move(run_id: int, to: RunState, actor: Actor, *, allowed: Iterable[RunState]) -> bool:
    """The run is in state `to`. Returns whether it moved now; a run that is there already stays, in silence.

    Locks the run. Raises RunNotInState when it is neither there nor in one of the `allowed` states.
    """
    run = Run.objects.select_for_update(no_key=True).filter(pk=run_id).first()
    if run is None:
        raise NoSuchRun(run_id=run_id)
    if run.state == to:
        return False
    if run.state not in set(allowed):
        raise RunNotInState(run_id=run_id, state=run.state, needed=" ".join(sorted(allowed)))
    now = clock.now()
    Run.objects.filter(pk=run_id).update(
        state=to,
        ended_at=now if to in ENDED else None,
        working_since=now if to in WORKING else None,
        paused_at=None if to not in WORKING else F("paused_at"),
        quarantined=0 if to == RunState.COMPLETE else F("quarantined"),
    )
    events.record(f"run.{to}", "run", run_id, actor)
    return True


@transaction.atomic
def finish(run_id: int, actor: Actor) -> None:
    """The run whose every chunk is issued is complete, or finished while documents of it wait in quarantine."""
    waiting = Run.objects.select_for_update(no_key=True).get(pk=run_id).quarantined
    move(run_id, RunState.FINISHED if waiting else RunState.COMPLETE, actor, allowed=[RunState.ISSUING])


@transaction.atomic
def pause(run_id: int, actor: Actor) -> bool:
    """Nobody begins another chunk of the run; those in hand are finished. Returns whether it was not paused yet.

    Raises NoSuchRun, and RunNotInState when the run is not being worked on.
    """
    run = _working(run_id)
    if run.paused_at:
        return False
    Run.objects.filter(pk=run_id).update(paused_at=clock.now(), paused_by=actor.label, working_since=None)
    events.record("run.paused", "run", run_id, actor)
    return True


@transaction.atomic
def resume(run_id: int, actor: Actor) -> bool:
    """The run is worked on again. Returns whether it was paused. Raises NoSuchRun, RunNotInState."""
    run = _working(run_id)
    if not run.paused_at:
        return False
    Run.objects.filter(pk=run_id).update(paused_at=None, paused_by="", working_since=clock.now())
    events.record("run.resumed", "run", run_id, actor)
    return True


def _working(run_id: int) -> Run:
    run = Run.objects.select_for_update(no_key=True).filter(pk=run_id).first()
    if run is None:
        raise NoSuchRun(run_id=run_id)
    if run.state not in WORKING:
        raise RunNotInState(run_id=run_id, state=run.state, needed=" ".join(sorted(WORKING)))
    return run


def next_part(run_id: int, state: ChunkState) -> Part | None:
    """A chunk of the run in this state that no other worker holds, locked until the transaction ends.

    None too while the run is paused.
    """
    chunk = (
        Chunk.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        .filter(run_id=run_id, state=state, run__paused_at__isnull=True)
        .order_by("pk")
        .first()
    )
    return _part(chunk) if chunk else None


def lock_part(part: Part, state: ChunkState) -> bool:
    """Lock the part's chunk, waiting for whoever holds it. Returns whether it is still in this state."""
    chunk = Chunk.objects.select_for_update(no_key=True).get(pk=part.chunk_id)
    return chunk.state == state


def advance(part: Part, to: ChunkState) -> None:
    """The part's chunk is in state `to`, since now. The caller holds its lock."""
    Chunk.objects.filter(pk=part.chunk_id).update(state=to, **{f"{to.value}_at": clock.now()})


def count_drafts(chunk_id: int, drafts: int) -> None:
    """The chunk has so many drafts more, or fewer. The caller holds its lock, or the run's."""
    Chunk.objects.filter(pk=chunk_id).update(invoiced=F("invoiced") + drafts)


def counted(run_id: int, after: ChunkState) -> tuple[int, int]:
    """How many accounts, once there are drafts how many of these, have passed a step, and how many there are."""
    each = Sum("invoiced" if after is ChunkState.ISSUED else "listed", default=0)
    chunks = Chunk.objects.filter(run_id=run_id).exclude(state=ChunkState.CANCELLED)
    later = list(ChunkState)[: list(ChunkState).index(after)]
    total = chunks.aggregate(n=each)["n"]
    return chunks.exclude(state__in=later).aggregate(n=each)["n"], total


def chunks_left(run_id: int, *states: ChunkState) -> int:
    """How many chunks of the run are still in one of these states."""
    return Chunk.objects.filter(run_id=run_id, state__in=states).count()


def hands(run_id: int) -> int:
    """How many workers can share what is left of a run: one for each chunk, up to a bound."""
    done = (ChunkState.ISSUED, ChunkState.CANCELLED)
    return min(Chunk.objects.filter(run_id=run_id).exclude(state__in=done).count(), MOST_HANDS)


def accounts_left(part: Part) -> list[int]:
    """The accounts of the part without an outcome, in order."""
    return [account_id for (account_id,) in sql.rows("billing", "accounts_of_part", part._asdict())]


def claim(rows: Iterable[ClaimRow]) -> int:
    """Each charge has its fate. A charge that has one already refuses the whole set (IntegrityError)."""
    return sql.copy_rows(Claim, ClaimRow, rows)


def record_outcomes(rows: Iterable[OutcomeRow]) -> int:
    """Each account of the run has its one outcome."""
    return sql.copy_rows(Outcome, OutcomeRow, rows)


def exception(part: Part, account_id: int, reason: str, facts: dict[str, Any]) -> OutcomeRow:
    """The outcome of an account that could not be billed, and why."""
    text = json.dumps(facts, default=str)
    return OutcomeRow(part.run_id, account_id, 0, OutcomeKind.EXCEPTION, reason, text, None)


@transaction.atomic
def turn_into_exception(run_id: int, account_id: int, reason: str, facts: dict[str, Any]) -> None:
    """An account whose draft could not be issued ends as an exception instead."""
    _set_aside(Q(run_id=run_id, account_id=account_id), reason, facts)


@transaction.atomic
def exclude(run_id: int, invoice_id: int, actor: Actor) -> None:
    """The account's outcome is an exception since somebody took its draft out of a run in review.

    Locks the run, so that it is not issued meanwhile. Raises RunNotInState, NotFound.
    """
    run = Run.objects.select_for_update(no_key=True).get(pk=run_id)
    if run.state != RunState.REVIEW:
        raise RunNotInState(run_id=run_id, state=run.state, needed=RunState.REVIEW)
    if not Outcome.objects.filter(run_id=run_id, invoice_id=invoice_id).exists():
        raise NotFound(noun="invoice")
    _set_aside(Q(run_id=run_id, invoice_id=invoice_id), EXCLUDED, {"by": actor.label})
    events.record("run.excluded", "run", run_id, actor)


def move_outcomes(drafts: Collection[tuple[int, int]]) -> None:
    """The outcome of each of these drafts, the first of a pair, is the draft that took its place."""
    for old, new in sorted(drafts):
        Outcome.objects.filter(invoice_id=old).update(invoice_id=new)


def _set_aside(found: Q, reason: str, facts: dict[str, Any]) -> None:
    for outcome in Outcome.objects.filter(found, outcome=OutcomeKind.INVOICED):
        chunks = Chunk.objects.filter(
            run_id=outcome.run_id, first_account__lte=outcome.account_id, last_account__gte=outcome.account_id
        )
        chunks.filter(legal_entity__accounts=outcome.account_id).update(invoiced=F("invoiced") - 1)
    Outcome.objects.filter(found).update(
        outcome=OutcomeKind.EXCEPTION,
        reason=reason,
        facts=json.loads(json.dumps(facts, default=str)),
        invoice_id=None,
    )


@transaction.atomic
def retry(run_id: int, actor: Actor, *, reason: str = "", account_ids: Collection[int] | None = None) -> int:
    """The exceptions of a run in review, those of one reason or of some accounts, are being drafted again.

    They have no outcome any more, and their chunks are planned again; an account that has an invoice of the run
    beside its exception keeps both. Returns how many. Raises RunNotInState, NothingToRetry.
    """
    accounts = None if account_ids is None else sql.array(account_ids)
    narrowed = {"run_id": run_id, "reason": reason, "accounts": accounts}
    if not move(run_id, RunState.DRAFTING, actor, allowed=[RunState.REVIEW]):
        raise RunNotInState(run_id=run_id, state=RunState.DRAFTING, needed=RunState.REVIEW)
    sql.execute("billing", "plan_again", narrowed)
    opened = sql.execute("billing", "open_exceptions", narrowed)
    if not opened:
        raise NothingToRetry(run_id=run_id)
    return opened


def invoice_of(run_id: int, account_id: int) -> int:
    """The invoice that a run of one made. Raises AccountRefused when its account ended otherwise."""
    outcome = Outcome.objects.get(run_id=run_id, account_id=account_id, split=0)
    if outcome.invoice_id is None:
        raise AccountRefused(
            account_id=account_id, reason=outcome.reason or outcome.outcome, seen=outcome.facts
        )
    return outcome.invoice_id


@transaction.atomic
def cancel_chunks(run_id: int) -> None:
    """No chunk of the run will be worked on any more. Waits for those in hand."""
    list(Chunk.objects.select_for_update(no_key=True).filter(run_id=run_id).order_by("pk"))
    Chunk.objects.filter(run_id=run_id).exclude(state=ChunkState.ISSUED).update(state=ChunkState.CANCELLED)


def _part(chunk: Chunk) -> Part:
    accounts = None if chunk.accounts is None else sql.array(chunk.accounts)
    return Part(
        chunk.run_id, chunk.pk, chunk.legal_entity_id, chunk.first_account, chunk.last_account, accounts
    )
