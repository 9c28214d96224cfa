"""Homes for embedded servers, stopped and removed at the end."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from encaisse.database import launcher


@pytest.fixture
def home() -> Iterator[Path]:
    """A new home of its own. Not under pytest's folder, which is closed to the server's user."""
    with _home() as path:
        yield path


@pytest.fixture(scope="module")
def lasting_home() -> Iterator[Path]:
    """One home for the tests that only start and stop its server."""
    with _home() as path:
        yield path


@contextmanager
def _home() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="encaisse-"))
    path.chmod(0o711)
    try:
        yield path
    finally:
        launcher.release(path)
        launcher.stop(path)
        shutil.rmtree(path)
