"""The books: every invariant that a package states in SQL, the chain of every series, and what the archive keeps.

It only reads.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any, Final, NamedTuple

from django.db import connection, transaction

from encaisse.archive.queries import Fault, missing_or_changed
from encaisse.invoice.operations.verify import verify_all

SHOWN: Final = 10
CHAINS_NAME: Final = "invoice.chains"
CHAINS: Final = "Each series is a chain whose links are what they were on the day of issue."
ARCHIVE_NAME: Final = "archive.files_are_kept"
ARCHIVE: Final = "Every file of the archive is in storage, as it was when it was kept."

Progress = Callable[[str, int, int], None]


class Invariant(NamedTuple):
    """A statement that must return no row: `invoice.lines_add_up_to_net`, what it states, how it is asked."""

    name: str
    sentence: str
    text: str


class Finding(NamedTuple):
    """An invariant that does not hold, with its first rows that say where."""

    name: str
    sentence: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]


def invariants() -> list[Invariant]:
    """Every `invariant_*.sql` of every package, by name; its first line is the sentence it states."""
    packages = sorted(resources.files("encaisse").iterdir(), key=lambda place: place.name)
    return [_read(package.name, file) for package in packages for file in _files(package)]


def names() -> list[str]:
    """What a check asks, in its order."""
    return [*(each.name for each in invariants()), CHAINS_NAME, ARCHIVE_NAME]


def check(progress: Progress | None = None) -> list[Finding]:
    """Everything that does not hold, an empty list when the books are in order.

    `progress` is told each sentence before it is checked, how many went before and how many there are. The
    archive comes last, after the moment at which all else is read: its contents lie outside the database.
    """
    tell = progress or (lambda sentence, done, total: None)
    asked = invariants()
    findings: list[Finding] = []
    with _one_moment():
        for done, invariant in enumerate(asked):
            tell(invariant.sentence, done, len(asked) + 2)
            findings += _broken(invariant)
        tell(CHAINS, len(asked), len(asked) + 2)
        findings += _broken_chains()
    tell(ARCHIVE, len(asked) + 1, len(asked) + 2)
    return findings + _broken_files()


@contextmanager
def _one_moment() -> Iterator[None]:
    # Everything is read as it was at one moment, so that an issue under way is not taken for a fault.
    is_own = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_own:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield


def _files(package: Traversable) -> Iterator[Traversable]:
    folder = package / "sql"
    if not folder.is_dir():
        return
    for file in sorted(folder.iterdir(), key=lambda place: place.name):
        if file.name.startswith("invariant_") and file.name.endswith(".sql"):
            yield file


def _read(package: str, file: Traversable) -> Invariant:
    text = file.read_text(encoding="utf-8")
    name = file.name.removeprefix("invariant_").removesuffix(".sql")
    return Invariant(f"{package}.{name}", text.partition("\n")[0].removeprefix("--").strip(), text)


def _broken(invariant: Invariant) -> list[Finding]:
    with connection.cursor() as cursor:
        cursor.execute(invariant.text)
        rows = tuple(tuple(row) for row in cursor.fetchmany(SHOWN))
        columns = tuple(column.name for column in cursor.description)
    return [Finding(invariant.name, invariant.sentence, columns, rows)] if rows else []


def _broken_chains() -> list[Finding]:
    broken = tuple(tuple(link) for link in verify_all())[:SHOWN]
    columns = ("series", "sequence", "number", "problem")
    return [Finding(CHAINS_NAME, CHAINS, columns, broken)] if broken else []


def _broken_files() -> list[Finding]:
    # All of the archive is read, to its end: the first faults alone would not say that it was.
    broken = tuple(tuple(fault) for fault in missing_or_changed())[:SHOWN]
    return [Finding(ARCHIVE_NAME, ARCHIVE, Fault._fields, broken)] if broken else []
