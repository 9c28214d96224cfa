"""Work that begins by itself every day: each a job, begun once however many workers look, and once for all the days
that were missed while nobody did.

A flow registers what is done and at what time by default; somebody may say another time, pause it, or run it now.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from encaisse.kernel import clock, events, jobs, queue
from encaisse.kernel.errors import AlreadyUnderWay, NotFound, UnknownTimeZone
from encaisse.kernel.models import JobState, Schedule, Start
from encaisse.kernel.scope import Actor, Scope

LOOK: Final = "kernel.start_due"
PERMISSION: Final = "configure"
KIND: Final = "daily."
CLOCK: Final = Actor("task")
UNDER_WAY: Final = (JobState.WAITING, JobState.RUNNING)
_times: Final[dict[str, dt.time]] = {}


class StartRow(NamedTuple):
    """One time that daily work began, and what became of it so far."""

    job_id: int
    day: dt.date
    by_hand: bool
    state: str
    asked_at: dt.datetime
    ended_at: dt.datetime | None
    error: str
    error_facts: Mapping[str, Any]


class ScheduleRow(NamedTuple):
    """Daily work, and the last time that it began, if it ever did."""

    id: int
    name: str
    at: dt.time
    timezone: str
    is_paused: bool
    next_at: dt.datetime
    last: StartRow | None


def register(name: str, run: jobs.Whole, *, at: dt.time) -> None:
    """Work of this name is done every day, by default at that time of the reader's time zone.

    It takes up what it finds undone, so that one day's work makes up for those that were missed.
    """
    jobs.register_whole(KIND + name, run)
    _times[name] = at


def register_looking() -> None:
    """Workers look every minute for what is due."""
    queue.register(LOOK, _look)
    queue.every_minute(LOOK)


def next_after(now: dt.datetime, at: dt.time, timezone: str) -> dt.datetime:
    """The next instant after `now` at which it is that time there.

    A time that the clocks skip in spring comes as much later; of one that they repeat in autumn, the first counts.
    """
    day = now.astimezone(ZoneInfo(timezone)).date()
    today = _instant(day, at, timezone)
    return today if today > now else _instant(day + dt.timedelta(days=1), at, timezone)


def last_day(now: dt.datetime, at: dt.time, timezone: str) -> dt.date:
    """The last day on which it was that time there already."""
    day = now.astimezone(ZoneInfo(timezone)).date()
    return day if _instant(day, at, timezone) <= now else day - dt.timedelta(days=1)


@transaction.atomic
def install() -> None:
    """Everything that is registered has its schedule; what somebody changed stays as it is."""
    known = set(Schedule.objects.values_list("name", flat=True))
    zone, now = settings.READER_TIME_ZONE, clock.now()
    fresh = [
        Schedule(name=name, at=at, timezone=zone, next_at=next_after(now, at, zone))
        for name, at in _times.items()
        if name not in known
    ]
    Schedule.objects.bulk_create(fresh, ignore_conflicts=True)


def start_due() -> list[int]:
    """What is due has begun, once however many call this at once. Returns the keys of the jobs."""
    install()
    due = Schedule.objects.filter(is_paused=False, next_at__lte=clock.now(), name__in=_times)
    begun = [_start_if_due(key) for key in due.order_by("next_at").values_list("pk", flat=True)]
    return [job_id for job_id in begun if job_id is not None]


@transaction.atomic
def run_now(scope: Scope, schedule_id: int) -> int:
    """The work begins now, beside its own hours. Returns the job's key. Raises NotPermitted, NotFound,
    AlreadyUnderWay."""
    schedule = _locked(scope, schedule_id)
    if _is_under_way(schedule):
        raise AlreadyUnderWay
    day = clock.today(schedule.timezone)
    return _begin(schedule, day, scope.actor, by_hand=True)


@transaction.atomic
def change(scope: Scope, schedule_id: int, *, at: dt.time, timezone: str) -> None:
    """The work begins at this time of this time zone. Raises NotPermitted, NotFound, UnknownTimeZone."""
    schedule = _locked(scope, schedule_id)
    if not clock.is_timezone(timezone):
        raise UnknownTimeZone(timezone=timezone)
    schedule.at, schedule.timezone = at, timezone
    schedule.next_at = next_after(clock.now(), at, timezone)
    schedule.save(update_fields=["at", "timezone", "next_at"])
    told = {"at": at.isoformat("minutes"), "timezone": timezone}
    events.record("schedule.changed", "schedule", schedule_id, scope.actor, **told)


@transaction.atomic
def pause(scope: Scope, schedule_id: int) -> None:
    """The work begins by itself no more. Raises NotPermitted, NotFound."""
    _locked(scope, schedule_id)
    Schedule.objects.filter(pk=schedule_id).update(is_paused=True)
    events.record("schedule.paused", "schedule", schedule_id, scope.actor)


@transaction.atomic
def resume(scope: Scope, schedule_id: int) -> None:
    """The work begins by itself again, from its next time on. Raises NotPermitted, NotFound."""
    schedule = _locked(scope, schedule_id)
    schedule.is_paused = False
    schedule.next_at = next_after(clock.now(), schedule.at, schedule.timezone)
    schedule.save(update_fields=["is_paused", "next_at"])
    events.record("schedule.resumed", "schedule", schedule_id, scope.actor)


def schedules(scope: Scope) -> tuple[ScheduleRow, ...]:
    """All daily work, by when it begins next: none for who does not see everything, which it is about.

    Raises NotPermitted.
    """
    scope.require(PERMISSION)
    if not scope.sees_everything:
        return ()
    found = Schedule.objects.filter(name__in=_times).order_by("next_at", "name")
    starts = Start.objects.filter(schedule__in=found).order_by("schedule_id", "-pk").distinct("schedule_id")
    last = {each.schedule_id: _start(each) for each in starts.select_related("job")}
    return tuple(_row(each, last.get(each.pk)) for each in found)


def schedule(scope: Scope, schedule_id: int) -> ScheduleRow:
    """One of them. Raises NotPermitted, NotFound."""
    found = next((each for each in schedules(scope) if each.id == schedule_id), None)
    if found is None:
        raise NotFound(noun="schedule")
    return found


def history(scope: Scope, schedule_id: int, *, most: int) -> tuple[StartRow, ...]:
    """The last times that it began, newest first. Raises NotPermitted, NotFound."""
    schedule(scope, schedule_id)
    found = Start.objects.filter(schedule_id=schedule_id).select_related("job").order_by("-pk")
    return tuple(map(_start, found[:most]))


def _look() -> None:
    start_due()


@transaction.atomic
def _start_if_due(schedule_id: int) -> int | None:
    """The job that began, None when another worker was first or the last one is not over yet."""
    now = clock.now()
    waiting = Schedule.objects.select_for_update(skip_locked=True).filter(pk=schedule_id, is_paused=False)
    schedule = waiting.filter(next_at__lte=now).first()
    if schedule is None or _is_under_way(schedule):
        return None
    day = last_day(now, schedule.at, schedule.timezone)
    schedule.next_at = next_after(now, schedule.at, schedule.timezone)
    schedule.save(update_fields=["next_at"])
    if schedule.starts.filter(day=day, by_hand=False).exists():
        return None  # its time was moved to later on a day on which it was done already
    return _begin(schedule, day, CLOCK, by_hand=False)


def _begin(schedule: Schedule, day: dt.date, actor: Actor, *, by_hand: bool) -> int:
    job_id = jobs.start(KIND + schedule.name, actor)
    Start.objects.create(schedule=schedule, day=day, job_id=job_id, by_hand=by_hand)
    return job_id


def _is_under_way(schedule: Schedule) -> bool:
    return schedule.starts.filter(job__state__in=UNDER_WAY).exists()


def _locked(scope: Scope, schedule_id: int) -> Schedule:
    scope.require(PERMISSION)
    found = Schedule.objects.select_for_update().filter(pk=schedule_id).first()
    if found is None or not scope.sees_everything:
        raise NotFound(noun="schedule")
    return found


def _instant(day: dt.date, at: dt.time, timezone: str) -> dt.datetime:
    return dt.datetime.combine(day, at, ZoneInfo(timezone)).astimezone(dt.UTC)


def _row(each: Schedule, last: StartRow | None) -> ScheduleRow:
    return ScheduleRow(each.pk, each.name, each.at, each.timezone, each.is_paused, each.next_at, last)


def _start(each: Start) -> StartRow:
    job = each.job
    return StartRow(
        job.pk, each.day, each.by_hand, job.state, job.asked_at, job.ended_at, job.error, job.error_facts
    )
