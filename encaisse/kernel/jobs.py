"""Work in the background that somebody asked for and watches: its progress, and the outcome of each item.

A kind of job is registered once, by the flow that does it (`flows/tasks.py`): either item by item, each in a
transaction of its own that also keeps its outcome, or whole, telling how far it is and which of its rows it refuses.
A worker that dies leaves the rest to another, which goes on with the items that have no outcome.
"""

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from django.db import connection, transaction
from django.db.models import F

from encaisse.kernel import clock, events, queue
from encaisse.kernel.errors import DomainError, JobStopped, NotFound, NothingToTryAgain
from encaisse.kernel.models import ItemOutcome, Job, JobItem, JobState
from encaisse.kernel.scope import Actor, Scope

WORK: Final = "kernel.work"
# Jobs that keep a core busy for long wait in the lane of what does so too.
LANES: Final = {queue.DEFAULT: WORK, queue.DOCUMENTS: "kernel.work_on_documents"}
UNEXPECTED: Final = "unexpected"
_log = logging.getLogger(__name__)


class Asked(NamedTuple):
    """What a job is to do, for whoever does it."""

    job_id: int
    facts: Mapping[str, Any]
    actor: Actor


Tell = Callable[[int, int], None]
EachItem = Callable[[Asked, int], Mapping[str, Any] | None]
Whole = Callable[[Asked, Tell], Mapping[str, Any]]
Reason = tuple[str, Mapping[str, Any]]
_each: Final[dict[str, EachItem]] = {}
_whole: Final[dict[str, Whole]] = {}
_lanes: Final[dict[str, str]] = {}


def register_each(kind: str, run: EachItem) -> None:
    """Jobs of this kind call `run` with each item's row key, in a transaction that also keeps its outcome.

    The outcome of what is done holds the facts that `run` returns. What `run` refuses (a DomainError) is that item's
    outcome and undone; the others go on.
    """
    _each[kind] = run


def undone(run: EachItem) -> EachItem:
    """The same for each item, of which nothing stays but the facts that it returns: a rehearsal.

    What would be refused at commit is refused in it too.
    """

    def rehearsed(asked: Asked, row_id: int) -> Mapping[str, Any] | None:
        with transaction.atomic():
            told = run(asked, row_id)
            connection.check_constraints()
            transaction.set_rollback(True)  # noqa: FBT003 - Django's own signature
        return told

    return rehearsed


def register_whole(kind: str, run: Whole, *, lane: str = queue.DEFAULT) -> None:
    """Jobs of this kind call `run` once, outside transactions; it tells `done` of `total` and returns the answer.

    It may run twice, when a worker dies. Telling raises JobStopped once somebody has stopped the job. A job that has
    rows asks for those that are left, refuses some with their reasons, and has done the others when it ends.
    """
    _whole[kind] = run
    _lanes[kind] = lane


def register() -> None:
    """Workers know how to do jobs."""
    for lane, task in LANES.items():
        queue.register(task, work, lane=lane)


@transaction.atomic
def start(kind: str, actor: Actor, *, row_ids: Iterable[int] = (), **facts: Any) -> int:
    """The job waits for a worker, over these rows in this order. Returns its key."""
    keys = list(row_ids)
    job = Job.objects.create(
        kind=kind,
        facts=facts,
        total=len(keys),
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
    )
    _add_rows(job.pk, keys)
    events.record("job.asked", "job", job.pk, actor, job_kind=kind)
    queue.enqueue(LANES[_lanes.get(kind, queue.DEFAULT)], job_id=job.pk)
    return job.pk


@transaction.atomic
def set_rows(asked: Asked, row_ids: Iterable[int]) -> None:
    """A job that was asked for without rows is about these, in this order; one that has rows keeps them."""
    if not JobItem.objects.filter(job_id=asked.job_id).exists():
        keys = list(row_ids)
        _add_rows(asked.job_id, keys)
        Job.objects.filter(pk=asked.job_id).update(total=len(keys))


def rows_left(asked: Asked) -> list[int]:
    """The rows of a job that have no outcome yet, in their order."""
    left = JobItem.objects.filter(job_id=asked.job_id, state=ItemOutcome.WAITING)
    return list(left.order_by("position").values_list("row_id", flat=True))


@transaction.atomic
def refuse(asked: Asked, reasons: Mapping[int, Reason]) -> None:
    """These rows of a whole job are refused, each with the code and the facts of its reason."""
    for row_id, (code, facts) in reasons.items():
        waiting = JobItem.objects.filter(job_id=asked.job_id, state=ItemOutcome.WAITING, row_id=row_id)
        count = waiting.update(state=ItemOutcome.REFUSED, code=code, facts=dict(facts))
        Job.objects.filter(pk=asked.job_id).update(refused=F("refused") + count)


@transaction.atomic
def again(scope: Scope, job_id: int) -> int:
    """Another job tries again what this one refused or failed. Returns its key. Raises NotFound, NothingToTryAgain."""
    job = Job.objects.visible_to(scope).filter(pk=job_id, ended_at__isnull=False).first()
    if job is None:
        raise NotFound(noun="job")
    left = job.items.filter(state__in=[ItemOutcome.REFUSED, ItemOutcome.FAILED]).order_by("position")
    keys = list(left.values_list("row_id", flat=True))
    if not keys:
        raise NothingToTryAgain
    return start(job.kind, scope.actor, row_ids=keys, **job.facts)


def passed(scope: Scope, job_id: int) -> tuple[str, list[int], dict[str, Any]]:
    """The kind of an ended job, the rows for which it ended well, and what it was asked for. Raises NotFound."""
    job = Job.objects.visible_to(scope).filter(pk=job_id, ended_at__isnull=False).first()
    if job is None:
        raise NotFound(noun="job")
    well = job.items.filter(state=ItemOutcome.DONE).order_by("position").values_list("row_id", flat=True)
    return job.kind, list(well), job.facts


@transaction.atomic
def stop(scope: Scope, job_id: int) -> None:
    """No further item is begun. Ended jobs stay as they are. Raises NotFound."""
    job = Job.objects.visible_to(scope).select_for_update().filter(pk=job_id).first()
    if job is None:
        raise NotFound(noun="job")
    if job.state in (JobState.WAITING, JobState.RUNNING):
        _end(job_id, JobState.STOPPED)
        events.record("job.stopped", "job", job_id, scope.actor)


def work(job_id: int) -> None:
    """The job has ended. Call outside transactions; again after a crash, it goes on where it was."""
    asked = _begin(job_id)
    if asked is None:
        return
    kind = Job.objects.values_list("kind", flat=True).get(pk=job_id)
    if kind in _each:
        while _next(asked, _each[kind]):
            pass
    else:
        _run_whole(asked, _whole[kind])


@transaction.atomic
def _begin(job_id: int) -> Asked | None:
    job = Job.objects.select_for_update().get(pk=job_id)
    if job.state not in (JobState.WAITING, JobState.RUNNING):
        return None
    if job.state == JobState.WAITING:
        Job.objects.filter(pk=job_id).update(state=JobState.RUNNING, started_at=clock.now())
    return Asked(job_id, job.facts, Actor(job.actor_kind, job.actor_id, job.actor_label))


@transaction.atomic
def _next(asked: Asked, run: EachItem) -> bool:
    """One more item has its outcome. Returns whether there may be others."""
    job = Job.objects.select_for_update().get(pk=asked.job_id)
    if job.state != JobState.RUNNING:
        return False
    item = JobItem.objects.filter(job_id=asked.job_id, state=ItemOutcome.WAITING).order_by("position").first()
    if item is None:
        _end(asked.job_id, JobState.DONE)
        return False
    outcome, code, facts = _tried(asked, item.row_id, run)
    JobItem.objects.filter(pk=item.pk).update(state=outcome, code=code, facts=facts)
    column = "done" if outcome == ItemOutcome.DONE else "refused"
    Job.objects.filter(pk=asked.job_id).update(**{column: F(column) + 1})
    return True


def _tried(asked: Asked, row_id: int, run: EachItem) -> tuple[ItemOutcome, str, dict[str, Any]]:
    try:
        with transaction.atomic():
            told = run(asked, row_id)
            # What would be refused at commit is refused here, where it can still be told from its neighbours.
            connection.check_constraints()
    except DomainError as error:
        return ItemOutcome.REFUSED, error.code, error.facts()
    except Exception:
        _log.exception("job %s failed on row %s", asked.job_id, row_id)
        return ItemOutcome.FAILED, UNEXPECTED, {}
    return ItemOutcome.DONE, "", dict(told or {})


def _run_whole(asked: Asked, run: Whole) -> None:
    def tell(done: int, total: int) -> None:
        if not Job.objects.filter(pk=asked.job_id, state=JobState.RUNNING).update(done=done, total=total):
            raise JobStopped

    try:
        answer = run(asked, tell)
    except JobStopped:
        return
    except DomainError as error:
        _end(asked.job_id, JobState.FAILED, error=error.code, error_facts=error.facts())
    except Exception:
        _log.exception("job %s failed", asked.job_id)
        _end(asked.job_id, JobState.FAILED, error=UNEXPECTED)
    else:
        _end_whole(asked.job_id, dict(answer))


@transaction.atomic
def _end_whole(job_id: int, answer: Mapping[str, Any]) -> None:
    """The job is done, and so is every row that it did not refuse."""
    _end(job_id, JobState.DONE, answer=answer)
    rows = JobItem.objects.filter(job_id=job_id)
    if rows.exists() and Job.objects.filter(pk=job_id, state=JobState.DONE).exists():
        done = rows.filter(state=ItemOutcome.WAITING).update(state=ItemOutcome.DONE)
        Job.objects.filter(pk=job_id).update(done=done, total=F("refused") + done)


def _add_rows(job_id: int, keys: Iterable[int]) -> None:
    rows = (JobItem(job_id=job_id, position=place, row_id=key) for place, key in enumerate(keys, 1))
    JobItem.objects.bulk_create(rows, batch_size=5_000)


def _end(job_id: int, state: JobState, **told: Any) -> None:
    unended = Job.objects.filter(pk=job_id, state__in=[JobState.WAITING, JobState.RUNNING])
    unended.update(state=state, ended_at=clock.now(), **told)


def with_files(*, ended_before: dt.datetime) -> list[tuple[int, str]]:
    """The jobs that ended before this instant and still have the file that came of them: key and file."""
    made = Job.objects.filter(answer__has_key="file", ended_at__lt=ended_before).order_by("pk")
    return [(key, str(answer["file"])) for key, answer in made.values_list("pk", "answer")]


@transaction.atomic
def forget_file(job_id: int) -> None:
    """The job no longer has its file, and says so."""
    job = Job.objects.select_for_update().get(pk=job_id)
    job.answer = {name: told for name, told in job.answer.items() if name != "file"}
    job.save(update_fields=["answer"])
