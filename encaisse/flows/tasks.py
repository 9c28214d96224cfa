"""Tasks that start a flow: plain values in, one flow out. Each may run twice, as the flows resume."""

from contextlib import suppress
from typing import Final

from django.db import transaction

from encaisse.billing import operations as billing
from encaisse.billing.errors import RunNotInState
from encaisse.billing.models import RunState
from encaisse.flows import billing_cycle
from encaisse.flows.check_books import check_books
from encaisse.kernel import events, queue
from encaisse.kernel.scope import Actor, Scope

DRAFT_RUN: Final = "flows.draft_run"
ISSUE_RUN: Final = "flows.issue_run"
CHECK_BOOKS: Final = "flows.check_books"


@transaction.atomic
def draft_run_later(run_id: int, *, actor: Actor) -> None:
    """The run is being drafted, by a worker. Raises RunNotInState when it is past that."""
    billing.move(run_id, RunState.DRAFTING, actor, allowed=[RunState.NEW])
    queue.enqueue(DRAFT_RUN, run_id=run_id, by=_told(actor))


@transaction.atomic
def issue_run_later(run_id: int, *, actor: Actor) -> None:
    """The run is being issued, by a worker. Raises RunNotInState unless it was in review."""
    billing.move(run_id, RunState.ISSUING, actor, allowed=[RunState.REVIEW])
    queue.enqueue(ISSUE_RUN, run_id=run_id, by=_told(actor))


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
    queue.register(CHECK_BOOKS, _check_books)


def _draft_run(run_id: int, by: list[str | int | None]) -> None:
    with suppress(RunNotInState):  # told twice, or cancelled meanwhile: nothing is left to do
        billing_cycle.draft(run_id, actor=_actor(by))


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
