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


@pytest.fixture
def lasting_home(kept_home: Path) -> Iterator[Path]:
    """One home for all tests that only use its server; stopped after each of them."""
    yield kept_home
    launcher.release(kept_home)
    launcher.stop(kept_home)


@pytest.fixture(scope="session")
def kept_home() -> Iterator[Path]:
    """The folder behind `lasting_home`: creating a cluster is what takes long."""
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
