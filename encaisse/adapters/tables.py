"""What a table of another program is once it is opened, whatever its form, and why it may be none."""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from typing import ClassVar, Final, NamedTuple

from encaisse.kernel.errors import DomainError, refusal

Cell = str | Decimal | dt.date

MAX_COLUMNS: Final = 500


@refusal
class TableUnreadable(DomainError):
    """The file is no table that we can read. `reason` is one word; `record` tells where, when it is known.

    Reasons: empty, encoding, not_text, quotes, old_excel (or one under a password), not_a_workbook, no_sheet,
    not_json, not_an_object, too_deep.
    """

    code: ClassVar[str] = "table_unreadable"
    status: ClassVar[int] = 422
    reason: str
    record: int | None = None


@refusal
class TableTooLarge(DomainError):
    """The file would take more than `limit` of `what`: bytes, members, cells, columns, or characters of one record."""

    code: ClassVar[str] = "table_too_large"
    status: ClassVar[int] = 413
    what: str
    limit: int


@refusal
class HeadingMissing(DomainError):
    """A column between others has no heading. `position` counts from 1."""

    code: ClassVar[str] = "heading_missing"
    status: ClassVar[int] = 422
    position: int


@refusal
class HeadingRepeated(DomainError):
    """Two columns have the same heading."""

    code: ClassVar[str] = "heading_repeated"
    status: ClassVar[int] = 422
    heading: str


class Record(NamedTuple):
    """One record: its number, its cells by heading, how many have no heading, which ones hold several values.

    The heading of a table is record 1; records of JSON, which have none, are numbered from 1, a line each. A nested
    value stands in its cell as it was written.
    """

    number: int
    cells: dict[str, Cell]
    extra: int = 0
    nested: frozenset[str] = frozenset()


class Table(NamedTuple):
    """An opened table. `encoding` is empty for a workbook; `notes` say what had to be assumed.

    `records` starts over at each call, and does not hold the file in memory unless it is a workbook. It moves the
    stream that the table was opened on, and leaves it open.
    """

    headings: tuple[str, ...]
    encoding: str
    notes: tuple[str, ...]
    records: Callable[[], Iterator[Record]]


def checked_headings(headings: Sequence[str]) -> tuple[str, ...]:
    """The headings of a table, in order, without the blank ones at the right that spreadsheets like to export.

    Raises TableUnreadable, TableTooLarge, HeadingMissing and HeadingRepeated.
    """
    kept = list(headings)
    while kept and not kept[-1]:
        kept.pop()
    if not kept:
        raise TableUnreadable(reason="empty")
    if len(kept) > MAX_COLUMNS:
        raise TableTooLarge(what="columns", limit=MAX_COLUMNS)
    if "" in kept:
        raise HeadingMissing(position=kept.index("") + 1)
    seen = set[str]()
    for heading in kept:
        if heading.casefold() in seen:
            raise HeadingRepeated(heading=heading)
        seen.add(heading.casefold())
    return tuple(kept)


def records_of(headings: tuple[str, ...], rows: Iterable[Sequence[Cell]]) -> Iterator[Record]:
    """The rows below the headings. Blank ones are passed over but counted, so that a number stays the one that a
    spreadsheet shows."""
    number = 0
    for row in rows:
        blank = is_blank(row)
        if number == 0 and blank:
            continue
        number += 1
        if number > 1 and not blank:
            cells: dict[str, Cell] = dict.fromkeys(headings, "")
            cells.update(zip(headings, row, strict=False))
            yield Record(number, cells, extra=sum(1 for cell in row[len(headings) :] if cell != ""))


def is_blank(row: Sequence[Cell]) -> bool:
    """Whether nothing is written in the row."""
    return not any(not isinstance(cell, str) or (cell and not cell.isspace()) for cell in row)
