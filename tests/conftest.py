"""Fixtures that every test may use."""

import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.db import connections
from django.test import override_settings
from hypothesis import settings

from tests import cluster, demonstration

_fresh = itertools.count(1)

# The suite tells the same examples every time; `make test-long` looks for new ones by the thousand.
settings.register_profile("suite", max_examples=50, derandomize=True, deadline=None)
settings.register_profile("long", max_examples=3000, deadline=None)
settings.load_profile(os.environ.get("ENCAISSE_EXAMPLES", "suite"))


@pytest.fixture(scope="session")
def django_db_setup() -> None:
    """The database is there already: see `tests.cluster`."""


@pytest.fixture
def fresh_database(django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """A clone of its own for a test that commits, races or kills; gone afterwards."""
    with _clone(django_db_blocker) as name:
        yield name


@pytest.fixture(scope="module")
def shared_database(django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """A clone for the tests of one module, which commit nothing but the story that they share."""
    with _clone(django_db_blocker) as name:
        yield name


@pytest.fixture(scope="session")
def demonstration_told() -> None:
    """The demonstration was told on the session's cluster."""
    demonstration.tell()


@pytest.fixture(scope="module")
def demo_database(demonstration_told: None, django_db_blocker: pytest.FixtureRequest) -> Iterator[str]:
    """A copy of the demonstration's database for the tests of one module, with its archive and its outbox."""
    home = demonstration.home()
    files = override_settings(
        ARCHIVE_DIR=home / "archive", PASSING_DIR=home / "passing", MAIL_URL=f"folder://{home / 'outbox'}"
    )
    with _clone(django_db_blocker, template=demonstration.TOLD) as name, files:
        yield name


@contextmanager
def _clone(django_db_blocker: pytest.FixtureRequest, *, template: str = cluster.TEMPLATE) -> Iterator[str]:
    name = f"{cluster.NAME}_fresh_{next(_fresh)}"
    cluster.clone(name, template)
    kept = {alias: connections[alias].settings_dict["NAME"] for alias in ("default", "owner")}
    with django_db_blocker.unblock():
        _point_at(dict.fromkeys(kept, name))
        try:
            yield name
        finally:
            _point_at(kept)
            cluster.drop(name)


def _point_at(names: dict[str, str]) -> None:
    for alias, name in names.items():
        connections[alias].close()
        connections[alias].settings_dict["NAME"] = name


@pytest.fixture
def outbox(settings: Any, tmp_path: Path) -> Path:
    """Archive and outgoing mail are in folders of this test alone; the outbox."""
    settings.ARCHIVE_DIR = tmp_path / "archive"
    settings.PASSING_DIR = tmp_path / "passing"
    settings.MAIL_URL = f"folder://{tmp_path / 'outbox'}"
    return tmp_path / "outbox"
