"""Every write of runs, chunks, outcomes and claims."""

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction

from encaisse.billing.errors import AccountRefused, NoSuchRun, NothingToBill, RunNotInState
from encaisse.billing.models import Chunk, ChunkState, Claim, Outcome, OutcomeKind, Run, RunKind, RunState
from encaisse.billing.rules import ClaimRow, OutcomeRow, Part
from encaisse.kernel import clock, events, sql
from encaisse.kernel.scope import Actor

# Between these bounds a chunk is long enough to amortise its statements and short enough to repeat.
CHUNK_ACCOUNTS: Final = 5_000
ENDED: Final = (RunState.COMPLETE, RunState.CANCELLED)


@transaction.atomic
def plan(
    *,
    cutoff_date: dt.date,
    issue_date: dt.date,
    actor: Actor,
    kind: str = RunKind.MASS,
    legal_entity_id: int | None = None,
    account_id: int | None = None,
) -> int:
    """A run exists, its accounts cut into chunks; nothing is billed yet. Returns its key.

    Raises NothingToBill when no active account falls within it.
    """
    run = Run.objects.create(
        kind=kind,
        cutoff_date=cutoff_date,
        issue_date=issue_date,
        legal_entity_id=legal_entity_id,
        account_id=account_id,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
    )
    narrowed = {"legal_entity_id": legal_entity_id, "account_id": account_id}
    if not sql.execute("billing", "plan_chunks", {"run_id": run.pk, "size": CHUNK_ACCOUNTS, **narrowed}):
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
    ended = clock.now() if to in ENDED else None
    Run.objects.filter(pk=run_id).update(state=to, ended_at=ended)
    events.record(f"run.{to}", "run", run_id, actor)
    return True


def next_part(run_id: int, state: ChunkState) -> Part | None:
    """A chunk of the run in this state that no other worker holds, locked until the transaction ends."""
    chunk = (
        Chunk.objects.select_for_update(skip_locked=True, no_key=True)
        .filter(run_id=run_id, state=state)
        .order_by("pk")
        .first()
    )
    return _part(chunk) if chunk else None


def lock_part(part: Part, state: ChunkState) -> bool:
    """Lock the part's chunk, waiting for whoever holds it. Returns whether it is still in this state."""
    chunk = Chunk.objects.select_for_update(no_key=True).get(pk=part.chunk_id)
    return chunk.state == state


def advance(part: Part, to: ChunkState) -> None:
    """The part's chunk is in state `to`. The caller holds its lock."""
    Chunk.objects.filter(pk=part.chunk_id).update(state=to)


def chunks_left(run_id: int, *states: ChunkState) -> int:
    """How many chunks of the run are still in one of these states."""
    return Chunk.objects.filter(run_id=run_id, state__in=states).count()


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
    Outcome.objects.filter(run_id=run_id, account_id=account_id).update(
        outcome=OutcomeKind.EXCEPTION,
        reason=reason,
        facts=json.loads(json.dumps(facts, default=str)),
        invoice_id=None,
    )


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
    return Part(chunk.run_id, chunk.pk, chunk.legal_entity_id, chunk.first_account, chunk.last_account)
