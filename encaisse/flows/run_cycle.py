"""A run of a cycle, begun by a person or by the clock, and a run over what an earlier one set aside."""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple

from django.db import transaction

from encaisse.billing.errors import CycleNotRunning, NothingToBill, RunNotInState
from encaisse.billing.models import CycleStart, RunState
from encaisse.billing.operations.cycles import take_day
from encaisse.billing.queries.cycles import cycle, cycles
from encaisse.billing.queries.runs import whole_run
from encaisse.billing.rules import Selection
from encaisse.flows import billing_cycle
from encaisse.kernel import clock
from encaisse.kernel.scope import Actor, Level, Scope
from encaisse.party.queries import legal_entities

# On whose behalf cycles begin that are told to begin by themselves.
CLOCK: Final = Scope(Actor("task", None, ""), Level.EVERYTHING, permissions=frozenset({"bill", "issue"}))


class Begun(NamedTuple):
    """A run that the clock began; `issues` tells that nobody reviews it."""

    run_id: int
    issues: bool


@transaction.atomic
def start_cycle(scope: Scope, cycle_id: int, *, until: dt.date | None = None) -> int:
    """A run of the cycle's accounts is planned for its next day, which moves on. Returns its key.

    With `until`, for its last day until that one. Raises NotFound, CycleNotRunning, NotPermitted, NotSeenWhole,
    NothingToBill.
    """
    cycle(scope, cycle_id)
    due = take_day(cycle_id, until=until)
    return billing_cycle.start(
        scope,
        cutoff_date=due.cutoff_date,
        issue_date=due.issue_date,
        selection=Selection(cycle_id=cycle_id, legal_entity_id=due.legal_entity_id),
        manner=due.manner,
    )


def start_due_cycles(then: Callable[[Begun], None]) -> None:
    """Each cycle that begins by itself and whose day has come has a run, once, however many call this at once.

    The day has come where its legal entity is; where all of ours are when it has none. `then` joins the
    transaction of each run.
    """
    zones = {entity.id: entity.timezone for entity in legal_entities(CLOCK)}
    for each in cycles(CLOCK):
        mine = [zones[each.legal_entity_id]] if each.legal_entity_id else list(zones.values())
        today = min(map(clock.today, mine), default=None)
        if each.start == CycleStart.BY_HAND or today is None or each.next_day > today:
            continue
        # Another worker was first, or nobody joined it yet.
        with suppress(CycleNotRunning, NothingToBill), transaction.atomic():
            run_id = start_cycle(CLOCK, each.id, until=today)
            then(Begun(run_id, each.start == CycleStart.ISSUE))


@transaction.atomic
def start_over(scope: Scope, run_id: int, *, issue_date: dt.date) -> int:
    """A run is planned over the accounts that a complete run set aside, until the same cutoff. Returns its key.

    Raises NotFound, RunNotInState, NotPermitted, NotSeenWhole, and NothingToBill when it set nobody aside.
    """
    run = whole_run(scope, run_id)
    if run.state not in (RunState.FINISHED, RunState.COMPLETE):
        raise RunNotInState(run_id=run_id, state=run.state, needed=RunState.COMPLETE)
    return billing_cycle.start(
        scope,
        cutoff_date=run.cutoff_date,
        issue_date=issue_date,
        selection=Selection(legal_entity_id=run.entity_id, exceptions_of_id=run_id),
    )
