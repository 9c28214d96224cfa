"""The calendar: what begins by itself and when, what became of it the last time, and how to begin it now."""

import datetime as dt
from typing import Annotated, Any, Final

from encaisse.api.fields import (
    CycleRef,
    Given,
    JobRef,
    Page,
    RunRef,
    ScheduleKey,
    ScheduleRef,
    Text,
    Told,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.insight.queries.calendar import Upcoming as UpcomingRow
from encaisse.insight.queries.calendar import calendar
from encaisse.kernel import schedules
from encaisse.kernel.scope import Scope

resource = Resource("Calendar")
CONFIGURES = "configure"
HISTORY: Final = 100


class Start(Told):
    """One time that daily work began: by itself or by hand, and what became of it."""

    job_id: JobRef
    day: dt.date
    by_hand: bool
    state: str
    asked_at: dt.datetime
    ended_at: dt.datetime | None
    error: str


class Schedule(Told):
    """Daily work: when it begins, and the last time that it did."""

    id: ScheduleRef
    name: str
    at: str
    timezone: str
    is_paused: bool
    next_at: dt.datetime
    last: Start | None

    @staticmethod
    def resolve_at(row: schedules.ScheduleRow) -> str:
        """The time of its own zone."""
        return row.at.isoformat("minutes")


class WholeSchedule(Told):
    """Daily work with the times that it began, the latest first."""

    schedule: Schedule
    starts: list[Start]


class Upcoming(Told):
    """One thing that begins next: a billing cycle or daily work. Of what nobody begins for you, `at` is the day
    alone."""

    at: dt.datetime
    is_day_alone: bool
    cycle_id: CycleRef | None
    cycle: str | None
    schedule: Schedule | None
    last_run_id: RunRef | None
    last_run_state: str | None


class ScheduleTime(Given):
    """When daily work begins: hours and minutes of a time zone of the IANA database."""

    at: Annotated[str, Text(5, 5, "^([01][0-9]|2[0-3]):[0-5][0-9]$")]
    timezone: Annotated[str, Text(50, 1)]


class JobBegun(Told):
    """The job that began."""

    job_id: JobRef


@resource.get("/calendar", Page[Upcoming], CONFIGURES)
def get_calendar(request: ProgramRequest) -> Any:
    """Read what begins next.

    All of it at once, in order; what is paused comes last.
    """
    return whole([_upcoming(each) for each in calendar(request.scope)])


@resource.get("/schedules/{schedule_id}", WholeSchedule, CONFIGURES)
def get_schedule(request: ProgramRequest, schedule_id: ScheduleKey) -> Any:
    """Read daily work.

    With the last hundred times that it began.
    """
    return _whole(request.scope, schedule_id)


@resource.put("/schedules/{schedule_id}", WholeSchedule, CONFIGURES)
def change_schedule(request: ProgramRequest, schedule_id: ScheduleKey, said: ScheduleTime) -> Any:
    """Say when daily work begins."""
    at = dt.time.fromisoformat(said.at)
    schedules.change(request.scope, schedule_id, at=at, timezone=said.timezone)
    return _whole(request.scope, schedule_id)


@resource.post("/schedules/{schedule_id}/run", JobBegun, CONFIGURES, status=202)
def run_schedule(request: ProgramRequest, schedule_id: ScheduleKey) -> Any:
    """Begin daily work now."""
    return {"job_id": schedules.run_now(request.scope, schedule_id)}


@resource.post("/schedules/{schedule_id}/pause", WholeSchedule, CONFIGURES, status=200)
def pause_schedule(request: ProgramRequest, schedule_id: ScheduleKey) -> Any:
    """Let daily work begin by itself no more."""
    schedules.pause(request.scope, schedule_id)
    return _whole(request.scope, schedule_id)


@resource.post("/schedules/{schedule_id}/resume", WholeSchedule, CONFIGURES, status=200)
def resume_schedule(request: ProgramRequest, schedule_id: ScheduleKey) -> Any:
    """Let daily work begin by itself again."""
    schedules.resume(request.scope, schedule_id)
    return _whole(request.scope, schedule_id)


def _whole(scope: Scope, schedule_id: int) -> dict[str, Any]:
    return {
        "schedule": schedules.schedule(scope, schedule_id),
        "starts": schedules.history(scope, schedule_id, most=HISTORY),
    }


def _upcoming(row: UpcomingRow) -> dict[str, Any]:
    return {
        "at": row.at,
        "is_day_alone": row.is_day_alone,
        "cycle_id": row.cycle.id if row.cycle else None,
        "cycle": row.cycle.code if row.cycle else None,
        "schedule": row.work,
        "last_run_id": row.last_run.id if row.last_run else None,
        "last_run_state": row.last_run.state if row.last_run else None,
    }
