"""Tasks that start a flow: plain values in, one flow out. Each may run twice, as the flows resume."""

from contextlib import suppress
from typing import Final

from encaisse.billing.errors import RunNotInState
from encaisse.flows import billing_cycle
from encaisse.kernel import queue
from encaisse.kernel.scope import Actor

DRAFT_RUN: Final = "flows.draft_run"
ISSUE_RUN: Final = "flows.issue_run"


def draft_run_later(run_id: int, *, actor: Actor) -> None:
    """A worker will draft the run once the transaction commits."""
    queue.enqueue(DRAFT_RUN, run_id=run_id, by=_told(actor))


def issue_run_later(run_id: int, *, actor: Actor) -> None:
    """A worker will issue the run once the transaction commits."""
    queue.enqueue(ISSUE_RUN, run_id=run_id, by=_told(actor))


def register() -> None:
    """Workers know how to run these tasks."""
    queue.register(DRAFT_RUN, _draft_run)
    queue.register(ISSUE_RUN, _issue_run)


def _draft_run(run_id: int, by: list[str | int | None]) -> None:
    with suppress(RunNotInState):  # told twice, or cancelled meanwhile: nothing is left to do
        billing_cycle.draft(run_id, actor=_actor(by))


def _issue_run(run_id: int, by: list[str | int | None]) -> None:
    with suppress(RunNotInState):
        billing_cycle.issue(run_id, actor=_actor(by))


def _told(actor: Actor) -> list[str | int | None]:
    return [actor.kind, actor.id, actor.label]


def _actor(by: list[str | int | None]) -> Actor:
    kind, key, label = by
    return Actor(str(kind), int(key) if key is not None else None, str(label))
