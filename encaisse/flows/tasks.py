"""Tasks that start a flow: plain values in, one flow out. Each may run twice, as the flows resume.

A run is shared by as many tasks as it has chunks, up to a bound: whatever workers there are, on whatever machines,
take chunk after chunk until none is left.
"""

from collections.abc import Collection
from contextlib import suppress
from typing import Final

from django.db import transaction

from encaisse.access.operations.answers import forget_old
from encaisse.billing.errors import RunNotInState
from encaisse.billing.models import RunState
from encaisse.billing.operations import runs as billing
from encaisse.flows import billing_cycle
from encaisse.flows.check_books import check_books
from encaisse.flows.try_run import answer_trial
from encaisse.judgement.errors import DraftsHeld
from encaisse.kernel import events, queue
from encaisse.kernel.scope import Actor, Scope

DRAFT_RUN: Final = "flows.draft_run"
ISSUE_RUN: Final = "flows.issue_run"
TRY_RUN: Final = "flows.try_run"
CHECK_BOOKS: Final = "flows.check_books"
FORGET_ANSWERS: Final = "flows.forget_answers"


@transaction.atomic
def draft_run_later(run_id: int, *, actor: Actor, then_issue: bool = False) -> None:
    """The run is being drafted, by workers; `then_issue` issues it without review. Raises RunNotInState."""
    billing.move(run_id, RunState.DRAFTING, actor, allowed=[RunState.NEW])
    _share(DRAFT_RUN, run_id, actor, then_issue=then_issue)


@transaction.atomic
def issue_run_later(run_id: int, *, actor: Actor) -> None:
    """The run is being issued, by workers. Raises DraftsHeld, and RunNotInState unless it was in review."""
    billing_cycle.begin_issuing(run_id, actor=actor)
    _share(ISSUE_RUN, run_id, actor)


@transaction.atomic
def resume_run_later(run_id: int, *, actor: Actor) -> None:
    """Workers take the run up where it stopped, paused or not. Raises RunNotInState when nothing is under way."""
    billing.resume(run_id, actor)
    if billing.run_of(run_id).state == RunState.ISSUING:
        issue_run_later(run_id, actor=actor)
    else:
        draft_run_later(run_id, actor=actor)


@transaction.atomic
def retry_later(
    run_id: int, *, actor: Actor, reason: str = "", account_ids: Collection[int] | None = None
) -> int:
    """Exceptions of a run in review are drafted again, by workers: all, those of a reason, or of some accounts.

    Returns how many. Raises RunNotInState, NothingToRetry.
    """
    count = billing.retry(run_id, actor, reason=reason, account_ids=account_ids)
    _share(DRAFT_RUN, run_id, actor, then_issue=False)
    return count


@transaction.atomic
def try_later(trial_id: int) -> None:
    """A worker will compute the trial."""
    queue.enqueue(TRY_RUN, trial_id=trial_id)


@transaction.atomic
def check_books_later(scope: Scope) -> None:
    """A worker will check the books and record what it found. Raises NotPermitted."""
    scope.require("read_ledger")
    events.record("books.asked", "books", 0, scope.actor)
    queue.enqueue(CHECK_BOOKS, by=_told(scope.actor))


def register() -> None:
    """Workers know how to run these tasks."""
    queue.register(DRAFT_RUN, _draft_run)
    queue.register(ISSUE_RUN, _issue_run)
    queue.register(TRY_RUN, answer_trial)
    queue.register(CHECK_BOOKS, _check_books)
    queue.register(FORGET_ANSWERS, forget_old)
    queue.every_hour(FORGET_ANSWERS)


def _share(name: str, run_id: int, actor: Actor, **said: bool) -> None:
    for _ in range(billing.hands(run_id)):
        queue.enqueue(name, run_id=run_id, by=_told(actor), **said)


def _draft_run(run_id: int, by: list[str | int | None], *, then_issue: bool = False) -> None:
    with suppress(RunNotInState):  # told twice, or cancelled meanwhile: nothing is left to do
        billing_cycle.draft(run_id, actor=_actor(by))
        # Of all the workers that shared it, the one that ended it goes on.
        if then_issue and billing.run_of(run_id).state == RunState.REVIEW:
            with suppress(DraftsHeld):  # somebody has to look at it after all
                issue_run_later(run_id, actor=_actor(by))


def _issue_run(run_id: int, by: list[str | int | None]) -> None:
    with suppress(RunNotInState):
        billing_cycle.issue(run_id, actor=_actor(by))


def _check_books(by: list[str | int | None]) -> None:
    check_books(actor=_actor(by))


def _told(actor: Actor) -> list[str | int | None]:
    return [actor.kind, actor.id, actor.label]


def _actor(by: list[str | int | None]) -> Actor:
    kind, key, label = by
    return Actor(str(kind), int(key) if key is not None else None, str(label))
