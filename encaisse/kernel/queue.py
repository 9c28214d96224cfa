"""The task queue behind a facade of five words: register, every_hour, enqueue, work, waiting.

Tasks live in PostgreSQL (procrastinate) and are enqueued in the transaction that needs them: rolled back with it,
visible at its commit. Arguments are ids. A task may run twice; what it calls is idempotent.
"""

import logging
import threading
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from django.db import Error, connection
from django.db.models import Q
from django.db.models.functions import Now
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from encaisse.kernel import sql

RETRY: Final = RetryStrategy(max_attempts=8, exponential_wait=3)
# A worker says every few seconds that it lives. One that was silent that long is dead: its tasks go to others.
SILENCE_S: Final = 15.0
HOUR_S: Final = 3600.0
# A queue is a kind of work that a worker may be kept to. Nothing that takes the whole of a core for long, or that
# native code may never come back from, stands in the first.
DEFAULT: Final = "default"
DOCUMENTS: Final = "documents"
CHECKS: Final = "checks"
QUEUES: Final = (DEFAULT, DOCUMENTS, CHECKS)
_hourly: Final[set[str]] = set()
_log = logging.getLogger(__name__)


def register(name: str, run: Callable[..., None], *, queue: str = DEFAULT) -> None:
    """Tasks of this name call `run` with their arguments, and are tried again when it raises."""
    app.task(name=name, queue=queue, retry=RETRY)(run)


def every_hour(name: str) -> None:
    """Workers that wait for tasks of its queue enqueue this one, which takes no arguments, when they start and
    every hour.

    One that waits already is not enqueued again; beyond that it may run as often as there are workers.
    """
    _hourly.add(name)


def enqueue(name: str, **ids: Any) -> None:
    """The task will run once the transaction commits."""
    app.configure_task(name).defer(**ids)


def work(
    *,
    concurrency: int = 1,
    wait: bool = True,
    silence_s: float = SILENCE_S,
    queues: Collection[str] = QUEUES,
) -> None:
    """Run tasks of these queues; when not told to wait, return once none is left that could run now, here or
    elsewhere.

    Tasks of workers that were silent for `silence_s` seconds are taken over. Those that succeeded are forgotten:
    what they did is told by events. Call it outside transactions.
    """
    hourly = tuple(name for name in _hourly if app.tasks[name].queue in queues) if wait else ()
    with _watching(silence_s, hourly):
        _run(concurrency, queues, wait=wait, silence_s=silence_s)
        while not wait and _is_work_left(queues):
            time.sleep(silence_s / 30)
            _run(concurrency, queues, wait=False, silence_s=silence_s)


def waiting(queues: Collection[str] = QUEUES) -> int:
    """How many tasks of these queues are still to be done."""
    return ProcrastinateJob.objects.filter(status__in=["todo", "doing"], queue_name__in=queues).count()


def failed() -> int:
    """How many tasks were given up: every attempt raised."""
    return ProcrastinateJob.objects.filter(status="failed").count()


def _is_work_left(queues: Collection[str]) -> bool:
    """Whether a task is being done, here or elsewhere, or could be begun: one given back a moment ago is neither."""
    due = Q(status="todo") & (Q(scheduled_at=None) | Q(scheduled_at__lte=Now()))
    return ProcrastinateJob.objects.filter(Q(status="doing") | due, queue_name__in=queues).exists()


def _run(concurrency: int, queues: Collection[str], *, wait: bool, silence_s: float) -> None:
    # A second application, for tasks that enqueue others must do so over Django's connection, in its transaction.
    worker = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    worker.run_worker(
        queues=list(queues),
        concurrency=concurrency,
        wait=wait,
        listen_notify=wait,
        install_signal_handlers=wait,
        delete_jobs="successful",
        update_heartbeat_interval=silence_s / 5,
        stalled_worker_timeout=silence_s,
    )


@contextmanager
def _watching(silence_s: float, hourly: Iterable[str]) -> Iterator[None]:
    """Now and until the block ends, tasks of dead workers are given back to the living, and the `hourly` ones
    enqueued."""
    ended = threading.Event()
    watch = threading.Thread(target=_watch_until, args=(ended, silence_s, hourly), daemon=True)
    watch.start()
    try:
        yield
    finally:
        ended.set()
        watch.join()


def _watch_until(ended: threading.Event, silence_s: float, hourly: Iterable[str]) -> None:
    reminded_at: float | None = None
    while True:
        try:
            sql.rows("kernel", "rescue_tasks", {"silence_s": silence_s})
            if reminded_at is None or time.monotonic() - reminded_at >= HOUR_S:
                _remind(hourly)
                reminded_at = time.monotonic()
        except Error:
            _log.warning("tasks of dead workers are looked for again later", exc_info=True)
        finally:
            connection.close()
        if ended.wait(silence_s / 5):
            return


def _remind(names: Iterable[str]) -> None:
    for name in names:
        with suppress(AlreadyEnqueued):
            app.configure_task(name, queueing_lock=name).defer()
