"""Jobs: each item ends in one outcome, whatever becomes of its neighbours, of the worker, or of the will to go on."""

from collections.abc import Mapping
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from encaisse.kernel import events, jobs, queue
from encaisse.kernel.errors import DomainError, NotFound, refusal
from encaisse.kernel.jobs import Asked, Tell
from encaisse.kernel.models import Event, Job, JobItem
from encaisse.kernel.scope import Actor, Level, Scope

pytestmark = pytest.mark.django_db

ADA, BOB = Actor("user", 7, "Ada"), Actor("user", 8, "Bob")
OF_ADA = Scope(ADA, Level.EVERYTHING)


@refusal
class TooOdd(DomainError):
    code = "too_odd"
    number: int


def _mark(asked: Asked, row_id: int) -> None:
    events.record("test.marked", "test", row_id, asked.actor)
    if row_id == 3:
        raise TooOdd(number=row_id)
    if row_id == 4:
        raise ZeroDivisionError
    if row_id == 9:
        jobs.stop(OF_ADA, asked.job_id)


def _count(asked: Asked, tell: Tell) -> Mapping[str, Any]:
    if asked.facts.get("odd"):
        raise TooOdd(number=1)
    if asked.facts.get("broken"):
        raise ZeroDivisionError
    tell(2, 5)
    if asked.facts.get("stopped"):
        jobs.stop(OF_ADA, asked.job_id)
    tell(5, 5)
    return {"counted": 5}


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(jobs._each, "mark", _mark)
    monkeypatch.setitem(jobs._whole, "count", _count)


def test_each_item_has_its_outcome_and_what_was_refused_is_undone() -> None:
    job_id = jobs.start("mark", ADA, row_ids=[5, 3, 4, 6])
    jobs.work(job_id)

    job = Job.objects.get()
    assert (job.state, job.total, job.done, job.refused) == ("done", 4, 2, 2)
    assert _items() == [(5, "done", "", {}), (3, "refused", "too_odd", {"number": 3}),
                        (4, "failed", "unexpected", {}), (6, "done", "", {})]  # fmt: skip
    assert _marked() == [5, 6]


def test_a_job_waits_for_a_worker_and_is_rolled_back_with_what_asked_for_it() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        jobs.start("mark", ADA, row_ids=[1])
        raise ZeroDivisionError
    assert (Job.objects.count(), queue.waiting()) == (0, 0)

    jobs.start("mark", ADA, row_ids=[1])
    assert (Job.objects.get().state, queue.waiting()) == ("waiting", 1)


def test_work_begun_by_one_worker_is_ended_by_the_next() -> None:
    job_id = jobs.start("mark", ADA, row_ids=[1, 2])
    asked = jobs._begin(job_id)
    jobs._next(asked, _mark)
    assert (Job.objects.get().state, Job.objects.get().done) == ("running", 1)

    jobs.work(job_id)
    jobs.work(job_id)

    assert (Job.objects.get().state, _marked()) == ("done", [1, 2])


def test_nothing_more_is_begun_of_a_job_that_was_stopped() -> None:
    job_id = jobs.start("mark", ADA, row_ids=[1, 9, 2])
    jobs.work(job_id)

    assert Job.objects.get().state == "stopped"
    assert _marked() == [1, 9]
    assert [state for _, state, *_ in _items()] == ["done", "done", "waiting"]


def test_a_job_done_whole_tells_how_far_it_is_and_what_came_of_it() -> None:
    jobs.work(jobs.start("count", ADA))

    job = Job.objects.get()
    assert (job.state, job.done, job.total, job.answer) == ("done", 5, 5, {"counted": 5})


@pytest.mark.parametrize(
    ("facts", "state", "error", "done"),
    [
        ({"odd": 1}, "failed", "too_odd", 0),
        ({"broken": 1}, "failed", "unexpected", 0),
        ({"stopped": 1}, "stopped", "", 2),
    ],
)
def test_a_job_done_whole_that_does_not_end_well_says_why(facts, state, error, done) -> None:
    jobs.work(jobs.start("count", ADA, **facts))

    job = Job.objects.get()
    assert (job.state, job.error, job.done, job.answer) == (state, error, done, {})


def test_who_sees_only_some_customers_sees_only_the_jobs_they_asked_for() -> None:
    job_id = jobs.start("mark", ADA, row_ids=[1])
    of_bob = Scope(BOB, Level.OWN)

    assert not Job.objects.visible_to(of_bob).exists()
    with pytest.raises(NotFound):
        jobs.stop(of_bob, job_id)
    assert Job.objects.visible_to(of_bob.__class__(ADA, Level.OWN)).get().state == "waiting"


def test_an_outcome_is_never_taken_back() -> None:
    jobs.work(jobs.start("mark", ADA, row_ids=[1]))

    with pytest.raises(IntegrityError, match="kernel_jobitem"), transaction.atomic():
        JobItem.objects.update(state="waiting")


def _items() -> list[tuple[int, str, str, dict[str, Any]]]:
    return list(JobItem.objects.order_by("position").values_list("row_id", "state", "code", "facts"))


def _marked() -> list[int]:
    return list(Event.objects.filter(topic="test.marked").order_by("pk").values_list("first_id", flat=True))
