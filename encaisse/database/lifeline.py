"""Tie a child process to its parent's life, and processes to each other through locks on files.

Two kinds of lock, on purpose. The cluster's lock is a `flock`: it belongs to the open file, so the supervisor
inherits it, then the server, and it is free only when the last of them is gone, even after `kill -9`. A lease
is a POSIX record lock: it belongs to one process, no child inherits it, and the kernel drops it when that
process dies, however it dies.
"""

import ctypes
import fcntl
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from encaisse.database.files import open_private

PR_SET_PDEATHSIG = 1


def tied(on_death: signal.Signals) -> Callable[[], None]:
    """Return a `preexec_fn` that makes the child receive a signal when its parent dies.
    Linux only; elsewhere it does nothing. The parent must start the child from its main thread, because the
    signal follows the thread. It runs after the change of user, which would clear it.
    Source: prctl(2), PR_SET_PDEATHSIG.
    """
    if not sys.platform.startswith("linux"):
        return lambda: None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def tie() -> None:
        prctl(PR_SET_PDEATHSIG, int(on_death), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return tie


def take(path: Path) -> int | None:
    """Take a cluster's lock; return the open file that holds it, or nothing when somebody has it."""
    handle = open_private(path)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(handle)
        return None
    return handle


def hold(lease: int) -> bool:
    """Hold a lease for this process; false when the supervisor has closed the door to stop."""
    try:
        fcntl.lockf(lease, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_until_unused(lease: int) -> None:
    """Wait until nobody holds the lease, and close the door to newcomers."""
    fcntl.lockf(lease, fcntl.LOCK_EX)


def reopen(lease: int) -> None:
    """Let newcomers hold the lease again."""
    fcntl.lockf(lease, fcntl.LOCK_UN)
