"""What begins next, of billing cycles and of daily work together, and what became of it the last time."""

import datetime as dt
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings

from encaisse.billing.models import CycleStart, Run
from encaisse.billing.queries.cycles import CycleRow, cycles
from encaisse.kernel import schedules
from encaisse.kernel.schedules import ScheduleRow
from encaisse.kernel.scope import Scope

START_CYCLES: Final = "start_cycles"


class LastRun(NamedTuple):
    """The last run of a cycle."""

    id: int
    state: str
    created_at: dt.datetime


class Upcoming(NamedTuple):
    """One thing that begins: a cycle or daily work, at `at`, which is the day alone of what nobody begins for us."""

    at: dt.datetime
    is_day_alone: bool
    cycle: CycleRow | None = None
    work: ScheduleRow | None = None
    last_run: LastRun | None = None


def calendar(scope: Scope) -> tuple[Upcoming, ...]:
    """Everything that begins, in order; what is paused comes last. Raises NotPermitted."""
    works = schedules.schedules(scope)
    starting = next((each for each in works if each.name == START_CYCLES), None)
    seen = cycles(scope)
    runs = _last_runs([each.id for each in seen])
    rows = [Upcoming(each.next_at, is_day_alone=False, work=each) for each in works]
    rows += [_of_cycle(each, starting, runs.get(each.id)) for each in seen]
    return tuple(sorted(rows, key=lambda row: (bool(row.work and row.work.is_paused), row.at)))


def _of_cycle(cycle: CycleRow, starting: ScheduleRow | None, last: LastRun | None) -> Upcoming:
    if cycle.start == CycleStart.BY_HAND or starting is None or starting.is_paused:
        midnight = dt.datetime.combine(cycle.next_day, dt.time.min, ZoneInfo(settings.READER_TIME_ZONE))
        return Upcoming(midnight, is_day_alone=True, cycle=cycle, last_run=last)
    on_its_day = dt.datetime.combine(cycle.next_day, starting.at, ZoneInfo(starting.timezone))
    return Upcoming(max(on_its_day, starting.next_at), is_day_alone=False, cycle=cycle, last_run=last)


def _last_runs(cycle_ids: list[int]) -> dict[int, LastRun]:
    found = Run.objects.filter(cycle_id__in=cycle_ids).order_by("cycle_id", "-pk").distinct("cycle_id")
    rows = found.values_list("cycle_id", "pk", "state", "created_at")
    return {cycle_id: LastRun(key, state, at) for cycle_id, key, state, at in rows if cycle_id}
