"""Commands run within the test's process, in English, on a database of the test's own."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from django.utils import translation

from encaisse.cli.faults import run
from encaisse.flows.install import install


class Said(NamedTuple):
    """How a command ended and what it said, on its output and on the error stream."""

    code: int
    out: str
    err: str


Encaisse = Callable[..., Said]


@pytest.fixture
def encaisse(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Encaisse]:
    """Run one command and return its exit code and what it said."""
    monkeypatch.setenv("ENCAISSE_LANGUAGE", "en")

    def command(*words: str) -> Said:
        capsys.readouterr()
        code = run(words)
        return Said(code, *capsys.readouterr())

    with translation.override("en"):
        yield command


@pytest.fixture
def company(fresh_database: str) -> None:
    """A migrated database with what every installation begins with."""
    install()
