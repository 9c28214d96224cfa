"""A cluster for the length of a test run, gone afterwards whatever happens to the tests."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from encaisse.database.launcher import ensure, release
from encaisse.database.layout import Address


@contextmanager
def throwaway(*, durable: bool = False) -> Iterator[Address]:
    """Give a fresh cluster in a temporary home. Unless `durable`, it flushes nothing and survives no crash.
    Its supervisor removes it when this block ends or when this process dies.
    """
    home = Path(tempfile.mkdtemp(prefix="encaisse-"))
    home.chmod(0o711)  # so that the user root hands the server to may enter; what matters inside is closed
    try:
        yield ensure(home, durable=durable, disposable=True)
    finally:
        supervisor = release(home)
        if supervisor is not None:
            supervisor.wait()
        shutil.rmtree(home, ignore_errors=True)  # when the supervisor never was
