"""Tables for spreadsheets, row by row: as CSV or as a workbook of one sheet, in the manner of the reader's language.

Texts stay texts: a workbook knows the type of each cell, and in CSV what would be taken for a formula is marked.
"""

import csv
import datetime as dt
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, Final, NamedTuple

from rustpy_xlsxwriter import Format, write_worksheet

from encaisse.adapters.errors import TooLongForAWorkbook

Cell = str | int | Decimal | dt.date | dt.datetime | None

MOST_ROWS: Final = 1_048_575  # those of a sheet, less its heading
LONGEST_TEXT: Final = 32_767
WIDEST: Final = 60.0
# A text that begins so would be taken for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Holds(StrEnum):
    """What a column holds: how a workbook shows its cells."""

    TEXT = "text"
    AMOUNT = "amount"
    NUMBER = "number"
    DATE = "date"
    INSTANT = "instant"


class Heading(NamedTuple):
    """The head of a column, what it holds, and how many letters wide it is."""

    title: str
    holds: Holds = Holds.TEXT
    width: float = 16.0


# Three decimals where a currency has them; days in the order that both languages read.
_FORMATS: Final = {
    Holds.AMOUNT: "#,##0.00#",
    Holds.NUMBER: "#,##0.######",
    Holds.DATE: "dd/mm/yyyy",
    Holds.INSTANT: "dd/mm/yyyy hh:mm",
}


def csv_lines(headings: Sequence[Heading], rows: Iterable[Sequence[Cell]], *, comma: bool) -> Iterator[bytes]:
    """The lines as spreadsheets open them: semicolons and a decimal `comma`, or commas and a point."""
    line = io.StringIO(newline="")
    writer = csv.writer(line, delimiter=";" if comma else ",", lineterminator="\r\n")
    yield "\ufeff".encode()
    for row in chain([[heading.title for heading in headings]], rows):
        writer.writerow([_written(cell, comma=comma) for cell in row])
        yield line.getvalue().encode()
        line.seek(0)
        line.truncate()


def write_workbook(
    target: Path | BinaryIO, title: str, headings: Sequence[Heading], rows: Iterable[Sequence[Cell]]
) -> None:
    """One sheet named `title` with its head frozen; memory does not grow with the rows. Raises TooLongForAWorkbook."""
    names = _apart([heading.title for heading in headings])
    write_worksheet(
        _records(names, rows),
        target,
        sheet_name=_sheet_name(title),
        freeze_row=1,
        autofilter=True,
        header_format=Format().set_bold().set_text_wrap(),
        column_widths=[min(heading.width, WIDEST) for heading in headings],
        column_formats={
            name: Format().set_num_format(_FORMATS[heading.holds])
            for name, heading in zip(names, headings, strict=True)
            if heading.holds in _FORMATS
        },
    )


def csv_file(rows: Iterable[Sequence[Cell]], *, comma: bool) -> bytes:
    """A short table as CSV, its first row the headings."""
    titles, *others = rows
    return b"".join(csv_lines([Heading(str(title)) for title in titles], others, comma=comma))


def workbook(rows: Iterable[Sequence[Cell]]) -> bytes:
    """A short table as a workbook, its first row the headings; exact decimals are amounts."""
    titles, *others = rows
    headings = [
        Heading(str(title), _holds(row[place] for row in others), max(12.0, len(str(title)) + 3.0))
        for place, title in enumerate(titles)
    ]
    made = io.BytesIO()
    write_workbook(made, "1", headings, others)
    return made.getvalue()


def _holds(cells: Iterable[Cell]) -> Holds:
    return Holds.AMOUNT if any(isinstance(cell, Decimal) for cell in cells) else Holds.TEXT


def _records(names: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[dict[str, Any]]:
    count = 0
    for count, row in enumerate(rows, 1):  # noqa: B007 - how many there were, once they are over
        if count > MOST_ROWS:
            raise TooLongForAWorkbook(most_rows=MOST_ROWS)
        yield dict(zip(names, map(_kept, row), strict=True))
    if not count:
        yield dict.fromkeys(names)  # the head alone


def _kept(cell: Cell) -> Any:
    if isinstance(cell, str):
        return "".join(letter for letter in cell if letter >= " " or letter in "\t\n")[:LONGEST_TEXT]
    if isinstance(cell, dt.datetime):
        return cell.replace(tzinfo=None)  # a workbook knows no zones: what the reader's clock showed
    return cell


def _apart(titles: Sequence[str]) -> list[str]:
    """The titles, a repeated one with its number: the writer tells columns apart by them."""
    seen: Counter[str] = Counter()
    names = []
    for title in titles:
        seen[title] += 1
        names.append(title if seen[title] == 1 else f"{title} ({seen[title]})")
    return names


def _sheet_name(title: str) -> str:
    return "".join(letter for letter in title if letter not in r"[]:*?/\'")[:31].strip() or "1"


def _written(cell: Cell, *, comma: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    if isinstance(cell, dt.datetime):
        return cell.strftime("%d/%m/%Y %H:%M") if comma else cell.strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, dt.date):
        return cell.strftime("%d/%m/%Y") if comma else cell.isoformat()
    return f"{cell:f}".replace(".", ",") if comma and isinstance(cell, Decimal) else str(cell)
