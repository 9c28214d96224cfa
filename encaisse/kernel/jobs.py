"""Work in the background that somebody asked for and watches: its progress, and the outcome of each item.

A kind of job is registered once, by the flow that does it (`flows/tasks.py`): either item by item, each in a
transaction of its own that also keeps its outcome, or whole, telling how far it is. A worker that dies leaves the
rest to another, which goes on with the items that have no outcome.
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
_each: Final[dict[str, EachItem]] = {}
_whole: Final[dict[str, Whole]] = {}


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


def register_whole(kind: str, run: Whole) -> None:
    """Jobs of this kind call `run` once, outside transactions; it tells `done` of `total` and returns the answer.

    It may run twice, when a worker dies. Telling raises JobStopped once somebody has stopped the job.
    """
    _whole[kind] = run


def register() -> None:
    """Workers know how to do jobs."""
    queue.register(WORK, work)


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
    JobItem.objects.bulk_create(
        (JobItem(job=job, position=place, row_id=key) for place, key in enumerate(keys, 1)), batch_size=5_000
    )
    events.record("job.asked", "job", job.pk, actor, job_kind=kind)
    queue.enqueue(WORK, job_id=job.pk)
    return job.pk


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
        _end(asked.job_id, JobState.DONE, answer=dict(answer))


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
