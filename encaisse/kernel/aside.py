"""What is told of long work while it goes on, on a connection of its own: seen before the work commits, and without a
lock that would be held until it does."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from django.db import connections

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


@contextmanager
def aside(call: Callable[Arguments, Answer]) -> Iterator[Callable[Arguments, Answer]]:
    """Within the block, the call is made in another thread, hence outside the transaction; it is waited for."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="aside") as thread:
        try:
            yield lambda *args, **kwargs: thread.submit(call, *args, **kwargs).result()
        finally:
            thread.submit(connections.close_all).result()
