"""Tables that other software exported: CSV and XLSX, read record by record as text, exact numbers and dates.

Files come from strangers: what is read is bounded before it is opened, nothing in a cell is ever evaluated.
"""

import codecs
import csv
import datetime as dt
import io
import math
import re
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from decimal import Decimal
from typing import BinaryIO, ClassVar, Final, NamedTuple

from python_calamine import CalamineError, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from encaisse.kernel.errors import DomainError, refusal

Cell = str | Decimal | dt.date
_Raw = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta

MAX_UNZIPPED_BYTES: Final = 400 * 2**20
MAX_MEMBERS: Final = 2_000
# The workbook reader lays a sheet out as a full rectangle of 32 bytes a cell: two cells far apart could
# otherwise take all memory.
MAX_CELLS: Final = 8_000_000
MAX_COLUMNS: Final = 500
_CHUNK: Final = 2**16
_HEADING_BYTES: Final = 2**16
_ZIP_MAGIC: Final = b"PK\x03\x04"
_OLD_EXCEL_MAGIC: Final = b"\xd0\xcf\x11\xe0"
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_SEPARATORS: Final = ";,\t"
_POSITION: Final = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,3})(\d{1,7})["']""")


@refusal
class TableUnreadable(DomainError):
    """The file is no table that we can read. `reason` is one word; `record` tells where, when it is known.

    Reasons: empty, encoding, not_text, quotes, old_excel (or one under a password), not_a_workbook, no_sheet.
    """

    code: ClassVar[str] = "table_unreadable"
    status: ClassVar[int] = 422
    reason: str
    record: int | None = None


@refusal
class TableTooLarge(DomainError):
    """The file would take more than `limit` of `what`: bytes, members, cells or columns."""

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
    """One record: its number (the heading is record 1), its cells by heading, how many have no heading."""

    number: int
    cells: dict[str, Cell]
    extra: int = 0


class Table(NamedTuple):
    """An opened table. `encoding` is empty for a workbook; `notes` say what had to be assumed.

    `records` starts over at each call, and does not hold the file in memory when it is a CSV. It moves the
    stream that the table was opened on, and leaves it open.
    """

    headings: tuple[str, ...]
    encoding: str
    notes: tuple[str, ...]
    records: Callable[[], Iterator[Record]]


def open_table(stream: BinaryIO) -> Table:
    """Recognise a seekable file by its first bytes, never by its name, and read its headings.

    Raises TableUnreadable, TableTooLarge, HeadingMissing and HeadingRepeated; the first two also while the
    records are read.
    """
    stream.seek(0)
    magic = stream.read(4)
    if magic == _ZIP_MAGIC:
        return _open_workbook(stream)
    if magic == _OLD_EXCEL_MAGIC:
        raise TableUnreadable(reason="old_excel")
    return _open_csv(stream)


def _open_csv(stream: BinaryIO) -> Table:
    encoding = _encoding(stream)
    separator = _separator(stream, encoding)
    with closing(_csv_rows(stream, encoding, separator)) as rows:
        headings = _first_headings(rows)
    return Table(
        headings=headings,
        encoding=encoding,
        notes=("encoding_assumed",) if encoding == "cp1252" else (),
        records=lambda: _records(headings, _csv_rows(stream, encoding, separator)),
    )


def _encoding(stream: BinaryIO) -> str:
    # A byte order mark decides; then UTF-8, which other encodings hardly ever form by chance; then Windows'.
    stream.seek(0)
    start = stream.read(4)
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            if not _decodes(stream, encoding):
                raise TableUnreadable(reason="encoding")
            return encoding
    for encoding in ("utf-8", "cp1252"):
        if _decodes(stream, encoding):
            return encoding
    raise TableUnreadable(reason="encoding")


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := stream.read(_CHUNK):
            if "\0" in decoder.decode(chunk):
                raise TableUnreadable(reason="not_text")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _separator(stream: BinaryIO, encoding: str) -> str:
    # The most frequent candidate of the heading line, outside quotes: every second piece between quotes.
    stream.seek(0)
    start = codecs.getincrementaldecoder(encoding)().decode(stream.read(_HEADING_BYTES)).lstrip()
    outside = ""
    for piece in start.split('"')[::2]:
        line = re.split(r"[\r\n]", piece, maxsplit=1)
        outside += line[0]
        if len(line) > 1:
            break
    return max(_SEPARATORS, key=outside.count)


def _csv_rows(stream: BinaryIO, encoding: str, separator: str) -> Generator[Sequence[str], None, None]:
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    rows = csv.reader(text, delimiter=separator, strict=True)
    number = 0
    try:
        # Strict: a stray quote would otherwise swallow the records that follow it without a word.
        for number, row in enumerate(rows, start=1):  # noqa: B007 -- the number serves the refusal below
            yield row
    except csv.Error as error:
        raise TableUnreadable(reason="quotes", record=number + 1) from error
    finally:
        if not stream.closed:
            text.detach()  # or the text layer would close the stream when it goes


def _open_workbook(stream: BinaryIO) -> Table:
    _examine(stream)
    stream.seek(0)
    try:
        workbook = CalamineWorkbook.from_object(stream)
        names = [
            sheet.name
            for sheet in workbook.sheets_metadata
            if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
        ]
        if not names:
            raise TableUnreadable(reason="no_sheet")
        sheet = workbook.get_sheet_by_name(names[0])
    except CalamineError as error:
        raise TableUnreadable(reason="not_a_workbook") from error
    headings = _first_headings(sheet.iter_rows())
    return Table(
        headings=headings, encoding="", notes=(), records=lambda: _records(headings, sheet.iter_rows())
    )


def _examine(stream: BinaryIO) -> None:
    # The workbook reader refuses a member longer than the archive declares: declared sizes can be trusted.
    try:
        with zipfile.ZipFile(stream) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS:
                raise TableTooLarge(what="members", limit=MAX_MEMBERS)
            if sum(member.file_size for member in members) > MAX_UNZIPPED_BYTES:
                raise TableTooLarge(what="bytes", limit=MAX_UNZIPPED_BYTES)
            for member in members:
                _examine_extent(archive, member)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise TableUnreadable(reason="not_a_workbook") from error


def _examine_extent(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    # Every member, since a workbook may keep its sheets under any name.
    last_row, letters, tail = 0, set[bytes](), b""
    with archive.open(member) as content:
        while chunk := content.read(_CHUNK):
            positions = _POSITION.findall(tail + chunk)
            letters.update(column for column, _ in positions)
            last_row = max([last_row, *(int(row) for _, row in positions)])
            tail = chunk[chunk.rfind(b"<") :][-_HEADING_BYTES:]
    last_column = max((_column_number(column) for column in letters), default=0)
    if last_row * last_column > MAX_CELLS:
        raise TableTooLarge(what="cells", limit=MAX_CELLS)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _first_headings(rows: Iterable[Sequence[_Raw]]) -> tuple[str, ...]:
    row = next((row for row in rows if _has_content(row)), ())
    headings = [str(_cell(raw)).strip() for raw in row]
    while headings and not headings[-1]:
        headings.pop()  # spreadsheets often export empty columns at the right
    if not headings:
        raise TableUnreadable(reason="empty")
    if len(headings) > MAX_COLUMNS:
        raise TableTooLarge(what="columns", limit=MAX_COLUMNS)
    if "" in headings:
        raise HeadingMissing(position=headings.index("") + 1)
    seen = set[str]()
    for heading in headings:
        if heading.casefold() in seen:
            raise HeadingRepeated(heading=heading)
        seen.add(heading.casefold())
    return tuple(headings)


def _records(headings: tuple[str, ...], rows: Iterator[Sequence[_Raw]]) -> Iterator[Record]:
    # Blank records are passed over but counted, so that a number stays the one that a spreadsheet shows.
    number = 0
    for row in rows:
        blank = not _has_content(row)
        if number == 0 and blank:
            continue
        number += 1
        if number > 1 and not blank:
            cells: dict[str, Cell] = dict.fromkeys(headings, "")
            cells.update(zip(headings, map(_cell, row), strict=False))
            yield Record(number, cells, extra=sum(1 for raw in row[len(headings) :] if raw != ""))


def _has_content(row: Sequence[_Raw]) -> bool:
    return any(raw if isinstance(raw, str) and not raw.isspace() else not isinstance(raw, str) for raw in row)


def _cell(raw: _Raw) -> Cell:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, dt.datetime):
        return raw.date() if raw.time() == dt.time.min else raw.isoformat(sep=" ")
    if isinstance(raw, dt.date):
        return raw
    if isinstance(raw, bool | dt.time | dt.timedelta) or not math.isfinite(raw):
        return str(raw)
    return _number(raw)


def _number(raw: float) -> Decimal:
    """The number that the spreadsheet shows, of 15 significant digits: 64.90000000000001 is 64.9."""
    number = Decimal(f"{raw:.15g}")
    exponent = number.as_tuple().exponent
    return number if isinstance(exponent, int) and exponent <= 0 else number.quantize(Decimal(1))
