"""The same work by several processes of this machine at once. Needs Django."""

import multiprocessing
import os
import sys
from collections.abc import Callable


def share(hands: int, work: Callable[[], None], helping: Callable[[], None]) -> None:
    """`work` is done here while `hands` - 1 processes of their own help, and until the last of them has ended.

    A helper that dies leaves its part to the others: `work` is called once more in the end, when there were any.
    """
    from django.db import connections

    if hands < 2:
        work()
        return
    connections.close_all()  # a connection serves one process
    context = multiprocessing.get_context("fork")
    helpers = [context.Process(target=_alone, args=(helping,), daemon=True) for _ in range(hands - 1)]
    for helper in helpers:
        helper.start()
    work()
    for helper in helpers:
        helper.join()
    work()


def _alone(helping: Callable[[], None]) -> None:
    sys.stdin = open(os.devnull)  # noqa: SIM115 - the process ends with it
    helping()
