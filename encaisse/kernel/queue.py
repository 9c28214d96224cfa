"""The task queue behind a facade of four words: register, enqueue, work, waiting.

Tasks live in PostgreSQL (procrastinate) and are enqueued in the transaction that needs them: rolled back with it,
visible at its commit. Arguments are ids. A task may run twice; what it calls is idempotent.
"""

from collections.abc import Callable
from typing import Any, Final

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

RETRY: Final = RetryStrategy(max_attempts=8, exponential_wait=3)


def register(name: str, run: Callable[..., None]) -> None:
    """Tasks of this name call `run` with their arguments, and are tried again when it raises."""
    app.task(name=name, queue="default", retry=RETRY)(run)


def enqueue(name: str, **ids: Any) -> None:
    """The task will run once the transaction commits."""
    app.configure_task(name).defer(**ids)


def work(*, concurrency: int = 1, wait: bool = True) -> None:
    """Run tasks; when not told to wait, return once none is left."""
    worker = app.with_connector(app.connector.get_worker_connector())  # type: ignore[attr-defined]
    worker.run_worker(concurrency=concurrency, wait=wait, listen_notify=wait, install_signal_handlers=wait)


def waiting() -> int:
    """How many tasks are still to be done."""
    return ProcrastinateJob.objects.filter(status__in=["todo", "doing"]).count()
