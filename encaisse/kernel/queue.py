"""The task queue behind a facade of six words: register, every_hour, enqueue, wake, work, waiting.

Tasks live in PostgreSQL (procrastinate) and are enqueued in the transaction that needs them: rolled back with it,
visible at its commit. Arguments are ids. A task may run twice; what it calls is idempotent.
"""

import asyncio
import datetime as dt
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, Final

from django.db import Error, connection, transaction
from django.db.models import Q
from django.db.models.functions import Now
from procrastinate import App, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from procrastinate.exceptions import AlreadyEnqueued

from encaisse.kernel import sql

RETRY: Final = RetryStrategy(max_attempts=8, exponential_wait=3)
# A worker says every few seconds that it lives. One that was silent that long is dead: its tasks go to others.
SILENCE_S: Final = 15.0
HOUR_S: Final = 3600.0
DEFAULT: Final = "default"
DOCUMENTS: Final = "documents"
CHECKS: Final = "checks"
# Tasks that wait for others than us, take a core for long, or are done by native code that may never come back, have
# a lane of their own, with so many at once, lest everything wait with them.
LANES: Final = {"webhooks": 4, DOCUMENTS: 1, CHECKS: 1}
EVERY_LANE: Final = (DEFAULT, *LANES)
_hourly: Final[set[str]] = set()
_log = logging.getLogger(__name__)


def register(name: str, run: Callable[..., None], *, lane: str = DEFAULT) -> None:
    """Tasks of this name call `run` with their arguments, and are tried again when it raises."""
    app.task(name=name, queue=lane, retry=RETRY)(run)


def every_hour(name: str) -> None:
    """Workers that wait for tasks of its lane enqueue this one, which takes no arguments, when they start and every
    hour.

    One that waits already is not enqueued again; beyond that it may run as often as there are workers.
    """
    _hourly.add(name)


def enqueue(name: str, **ids: Any) -> None:
    """The task will run once the transaction commits."""
    app.configure_task(name).defer(**ids)


def wake(name: str, *, at: dt.datetime | None = None) -> None:
    """The task, which takes no arguments, will run, or will run at `at`, unless one waits for that moment already.

    Call it after the commit of what it is to find: one that waits already may begin at any time.
    """
    lock = name if at is None else f"{name} {int(at.timestamp())}"
    with suppress(AlreadyEnqueued), transaction.atomic():
        app.configure_task(name, queueing_lock=lock, schedule_at=at).defer()


def work(
    *,
    concurrency: int = 1,
    wait: bool = True,
    silence_s: float = SILENCE_S,
    lanes: Sequence[str] = EVERY_LANE,
) -> None:
    """Run tasks of these lanes; when not told to wait, return once none is left that could run now, here or elsewhere.

    `concurrency` is how many at once in the first lane, and in each where the default one is not among them.
    Tasks of workers that were silent for `silence_s` seconds are taken over. Those that succeeded are forgotten:
    what they did is told by events. Call it outside transactions.
    """
    hourly = tuple(name for name in _hourly if app.tasks[name].queue in lanes) if wait else ()
    with _watching(silence_s, hourly):
        _run(concurrency, lanes, wait=wait, silence_s=silence_s)
        while not wait and _is_work_left(lanes):
            time.sleep(silence_s / 30)
            _run(concurrency, lanes, wait=False, silence_s=silence_s)


def waiting(lanes: Sequence[str] = EVERY_LANE) -> int:
    """How many tasks of these lanes are still to be done."""
    return ProcrastinateJob.objects.filter(status__in=["todo", "doing"], queue_name__in=lanes).count()


def failed() -> int:
    """How many tasks were given up: every attempt raised."""
    return ProcrastinateJob.objects.filter(status="failed").count()


def _is_work_left(lanes: Sequence[str]) -> bool:
    """Whether a task is being done, here or elsewhere, or could be begun: one given back a moment ago is neither."""
    due = Q(status="todo") & (Q(scheduled_at=None) | Q(scheduled_at__lte=Now()))
    return ProcrastinateJob.objects.filter(Q(status="doing") | due, queue_name__in=lanes).exists()


def _run(concurrency: int, lanes: Sequence[str], *, wait: bool, silence_s: float) -> None:
    first, *others = sorted(lanes, key=EVERY_LANE.index)
    with ExitStack() as beside:
        for lane in others if wait else ():
            at_once = LANES[lane] if first == DEFAULT else concurrency
            beside.enter_context(_beside(lane, at_once, silence_s))
        _worker().run_worker(
            queues=[first] if wait else list(lanes),
            concurrency=concurrency,
            install_signal_handlers=wait,
            **_manner(wait=wait, silence_s=silence_s),
        )


@contextmanager
def _beside(lane: str, at_once: int, silence_s: float) -> Iterator[None]:
    """Until the block ends, another thread does the tasks of one lane: its loop and its hands are its own."""
    loop = asyncio.new_event_loop()

    job = loop.create_task(_again_and_again(lane, at_once, silence_s))
    hand = threading.Thread(target=loop.run_until_complete, args=(job,), name=lane)
    hand.start()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(job.cancel)
        hand.join()
        loop.close()


async def _again_and_again(lane: str, at_once: int, silence_s: float) -> None:
    """The lane is worked on until this is cancelled, whatever the database does meanwhile."""
    with suppress(asyncio.CancelledError):
        while True:
            try:
                worker = _worker()
                async with worker.open_async():
                    await worker.run_worker_async(
                        queues=[lane],
                        concurrency=at_once,
                        install_signal_handlers=False,
                        **_manner(wait=True, silence_s=silence_s),
                    )
            except Exception:
                _log.warning("the lane %s is taken up again later", lane, exc_info=True)
            await asyncio.sleep(silence_s / 5)


def _worker() -> App:
    # A second application, for tasks that enqueue others must do so over Django's connection, in its transaction.
    return app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]


def _manner(*, wait: bool, silence_s: float) -> dict[str, Any]:
    return {
        "wait": wait,
        "listen_notify": wait,
        "delete_jobs": "successful",
        "update_heartbeat_interval": silence_s / 5,
        "stalled_worker_timeout": silence_s,
    }


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
