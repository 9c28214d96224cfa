"""Daily work: begun once whoever looks, made up for once, at the right moment whatever the clocks do."""

import datetime as dt
import threading
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from encaisse.kernel import clock, jobs, queue, schedules
from encaisse.kernel.errors import AlreadyUnderWay, NotFound, NotPermitted, UnknownTimeZone
from encaisse.kernel.jobs import Asked, Tell
from encaisse.kernel.models import Event, Job, Schedule, Start
from encaisse.kernel.schedules import StartRow, last_day, next_after
from encaisse.kernel.scope import Actor, Level, Scope
from tests.guards import Attack, assert_guarded, copied

ADA = Scope(Actor("user", 7, "Ada"), Level.EVERYTHING, permissions=frozenset({"configure"}))
PARIS = "Europe/Paris"
SIX = dt.time(6)
done: list[int] = []


def at(text: str, zone: str = PARIS) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


def _work(asked: Asked, tell: Tell) -> Mapping[str, Any]:
    done.append(asked.job_id)
    return {"done": 1}


@pytest.fixture(autouse=True)
def _registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """One daily work, at six in Paris."""
    done.clear()
    monkeypatch.setattr(schedules, "_times", {"test": SIX})
    monkeypatch.setitem(jobs._whole, "daily.test", _work)


def installed(on: str = "2026-03-01 12:00") -> int:
    with clock.stopped_at(at(on)):
        schedules.install()
    return Schedule.objects.get(name="test").pk


def look(text: str) -> list[int]:
    with clock.stopped_at(at(text)):
        return schedules.start_due()


def history() -> list[tuple[str, bool]]:
    return [(each.day.isoformat(), each.by_hand) for each in Start.objects.order_by("pk")]


def over() -> None:
    for job in Job.objects.filter(state="waiting"):
        jobs.work(job.pk)


@pytest.mark.parametrize(
    ("now", "time", "then"),
    [
        ("2026-03-01T05:59:59+01:00", "06:00", "2026-03-01T06:00:00+01:00"),
        ("2026-03-01T06:00:00+01:00", "06:00", "2026-03-02T06:00:00+01:00"),
        ("2026-03-28T12:00:00+01:00", "02:30", "2026-03-29T03:30:00+02:00"),  # 02:30 is skipped that night
        ("2026-03-29T03:30:00+02:00", "02:30", "2026-03-30T02:30:00+02:00"),
        ("2026-03-28T12:00:00+01:00", "06:00", "2026-03-29T06:00:00+02:00"),
        ("2026-10-24T12:00:00+02:00", "02:30", "2026-10-25T02:30:00+02:00"),  # and comes twice that one
        ("2026-10-25T02:30:00+02:00", "02:30", "2026-10-26T02:30:00+01:00"),
        ("2026-10-25T02:40:00+01:00", "02:30", "2026-10-26T02:30:00+01:00"),
    ],
)
def test_the_next_time_follows_the_clocks_of_its_place(now, time, then):
    found = next_after(dt.datetime.fromisoformat(now), dt.time.fromisoformat(time), PARIS)

    assert found == dt.datetime.fromisoformat(then)


@given(
    st.integers(0, 366 * 24 * 60).map(lambda minutes: at("2026-01-01") + dt.timedelta(minutes=minutes)),
    st.times(),
    st.sampled_from([PARIS, "Pacific/Auckland", "America/New_York", "Pacific/Apia", "Asia/Kathmandu", "UTC"]),
)
def test_each_day_comes_once_and_the_next_after_the_last(now, time, zone):
    time = time.replace(microsecond=0, tzinfo=None)
    then = next_after(now, time, zone)

    assert now < then <= now + dt.timedelta(hours=26)
    assert last_day(then, time, zone) == last_day(now, time, zone) + dt.timedelta(days=1)
    assert next_after(then - dt.timedelta(seconds=1), time, zone) == then


@pytest.mark.django_db
def test_what_is_due_begins_once_a_day_as_a_job_with_its_outcome():
    key = installed()
    assert look("2026-03-02 05:59") == []
    (job_id,) = look("2026-03-02 06:00")
    assert look("2026-03-02 06:01") == []
    over()
    assert look("2026-03-02 23:00") == []
    (next_id,) = look("2026-03-03 06:00")

    assert done == [job_id]
    assert history() == [("2026-03-02", False), ("2026-03-03", False)]
    row = schedules.schedule(ADA, key)
    assert (row.last.job_id, row.last.state) == (next_id, "waiting")
    past = schedules.history(ADA, key, most=9)
    assert [(each.job_id, each.state, each.error) for each in past] == [
        (next_id, "waiting", ""),
        (job_id, "done", ""),
    ]
    assert isinstance(past[0], StartRow)


@pytest.mark.django_db
def test_missed_days_are_made_up_for_once():
    installed()
    assert len(look("2026-03-09 10:00")) == 1
    over()
    assert look("2026-03-09 10:01") == []
    assert len(look("2026-03-10 06:00")) == 1

    assert history() == [("2026-03-09", False), ("2026-03-10", False)]


@pytest.mark.django_db
def test_what_was_missed_before_its_hour_counts_for_the_day_before():
    installed()
    look("2026-03-09 05:00")
    over()
    look("2026-03-09 06:00")

    assert history() == [("2026-03-08", False), ("2026-03-09", False)]


@pytest.mark.django_db
def test_what_is_still_under_way_does_not_begin_beside_itself():
    key = installed()
    (job_id,) = look("2026-03-02 06:00")
    assert look("2026-03-03 06:00") == []
    with pytest.raises(AlreadyUnderWay):
        schedules.run_now(ADA, key)
    jobs.work(job_id)

    assert len(look("2026-03-03 06:05")) == 1


@pytest.mark.django_db
def test_a_time_moved_to_later_does_not_begin_it_twice_on_one_day():
    key = installed()
    look("2026-03-02 06:00")
    over()
    with clock.stopped_at(at("2026-03-02 07:00")):
        schedules.change(ADA, key, at=dt.time(8), timezone=PARIS)

    assert look("2026-03-02 08:00") == []
    assert len(look("2026-03-03 08:00")) == 1


@pytest.mark.django_db
def test_it_begins_at_the_time_of_its_own_zone():
    key = installed()
    with clock.stopped_at(at("2026-03-02 12:00")):
        schedules.change(ADA, key, at=SIX, timezone="Pacific/Tahiti")

    assert look("2026-03-02 16:59") == []
    assert len(look("2026-03-02 17:00")) == 1
    with pytest.raises(UnknownTimeZone):
        schedules.change(ADA, key, at=SIX, timezone="Europe/Atlantis")


@pytest.mark.django_db
def test_a_pause_lets_days_go_by_and_running_by_hand_is_always_possible():
    key = installed()
    schedules.pause(ADA, key)
    assert look("2026-03-05 12:00") == []
    with clock.stopped_at(at("2026-03-05 12:00")):
        schedules.run_now(ADA, key)
        over()
        schedules.resume(ADA, key)
    assert look("2026-03-05 13:00") == []
    assert len(look("2026-03-06 06:00")) == 1

    assert history() == [("2026-03-05", True), ("2026-03-06", False)]
    topics = Event.objects.filter(kind="schedule").order_by("pk").values_list("topic", flat=True)
    assert list(topics) == ["schedule.paused", "schedule.resumed"]
    assert Job.objects.order_by("pk")[0].actor_label == "Ada"


@pytest.mark.django_db
def test_work_that_fails_says_why_and_begins_again_the_next_day(monkeypatch):
    key = installed()
    monkeypatch.setitem(jobs._whole, "daily.test", lambda asked, tell: 1 // 0)
    look("2026-03-02 06:00")
    over()

    assert schedules.schedule(ADA, key).last.error == "unexpected"
    assert len(look("2026-03-03 06:00")) == 1


@pytest.mark.django_db
def test_only_who_configures_everything_is_told():
    key = installed()
    stranger = Scope(ADA.actor, Level.EVERYTHING)
    narrow = Scope(ADA.actor, Level.EVERYTHING, entity_ids=frozenset({1}), permissions=ADA.permissions)

    for act in (schedules.run_now, schedules.pause, schedules.resume, schedules.schedule):
        with pytest.raises(NotPermitted):
            act(stranger, key)
        with pytest.raises(NotFound):
            act(narrow, key)
    assert schedules.schedules(narrow) == ()


def test_many_workers_that_look_at_once_begin_it_once(fresh_database):
    installed("2026-03-01 12:00")
    barrier = threading.Barrier(4)
    begun: list[int] = []

    def look_too() -> None:
        barrier.wait()
        begun.extend(look("2026-03-02 06:00"))
        connection.close()

    workers = [threading.Thread(target=look_too) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()

    assert len(begun) == 1
    assert (Start.objects.count(), Job.objects.count()) == (1, 1)


def test_a_worker_that_dies_within_the_work_leaves_it_to_another(fresh_database):
    installed()
    (job_id,) = look("2026-03-02 06:00")
    jobs._begin(job_id)  # the one who took it is killed here
    assert look("2026-03-02 06:01") == []

    queue.work(wait=False)
    assert done == [job_id]
    assert Job.objects.get().state == "done"
    assert history() == [("2026-03-02", False)]


def test_what_dies_before_its_commit_has_not_begun(fresh_database, monkeypatch):
    installed()
    monkeypatch.setattr(jobs, "start", _dies)
    with pytest.raises(ZeroDivisionError):
        look("2026-03-02 06:00")
    monkeypatch.undo()
    monkeypatch.setattr(schedules, "_times", {"test": SIX})

    assert (Start.objects.count(), Job.objects.count()) == (0, 0)
    assert len(look("2026-03-02 06:01")) == 1


def _dies(kind: str, actor: Actor) -> int:
    return 1 // 0


@pytest.fixture(scope="module")
def story(shared_database: str) -> Mapping[str, int]:
    """Work that began once."""
    job_id = jobs.start("daily.test", ADA.actor)
    schedule = Schedule.objects.create(name="story", at=SIX, timezone=PARIS, next_at=at("2026-03-01 06:00"))
    other = jobs.start("daily.test", ADA.actor)
    start = Start.objects.create(schedule=schedule, day=dt.date(2026, 3, 1), job_id=job_id)
    return {"start": start.pk, "other_job": other}


def test_the_database_keeps_one_start_a_day(story):
    again = Attack(
        "schedule_begins_by_itself_once_a_day", copied("kernel_start", "start", job_id=story["other_job"])
    )
    assert_guarded(again, story)
