"""Workbooks (.xlsx) from strangers: what one would take is bounded before it is opened, and nothing is computed.

The reader lays a whole sheet out, so that memory does grow with it, up to the bound.
"""

import datetime as dt
import math
import re
import zipfile
import zlib
from collections.abc import Iterator
from decimal import Decimal
from typing import BinaryIO, Final

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from encaisse.adapters.tables import (
    Cell,
    Table,
    TableTooLarge,
    TableUnreadable,
    checked_headings,
    is_blank,
    records_of,
)

_Raw = int | float | str | bool | dt.time | dt.date | dt.datetime | dt.timedelta

MAX_UNZIPPED_BYTES: Final = 400 * 2**20
MAX_MEMBERS: Final = 2_000
# The workbook reader lays a sheet out as a full rectangle of 32 bytes a cell: two cells far apart could
# otherwise take all memory.
MAX_CELLS: Final = 8_000_000
_CHUNK: Final = 2**16
_LONGEST_TAG: Final = 2**16
_POSITION: Final = re.compile(rb"""\sr\s*=\s*["']([A-Za-z]{0,3})(\d{1,7})["']""")


def open_workbook(stream: BinaryIO) -> Table:
    """The first visible sheet. Raises TableUnreadable, TableTooLarge, HeadingMissing and HeadingRepeated."""
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
    first = next((row for row in _rows(sheet) if not is_blank(row)), [])
    headings = checked_headings([str(cell).strip() for cell in first])
    return Table(headings=headings, encoding="", notes=(), records=lambda: records_of(headings, _rows(sheet)))


def _rows(sheet: CalamineSheet) -> Iterator[list[Cell]]:
    return ([_cell(raw) for raw in row] for row in sheet.iter_rows())


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
            tail = chunk[chunk.rfind(b"<") :][-_LONGEST_TAG:]
    last_column = max((_column_number(column) for column in letters), default=0)
    if last_row * last_column > MAX_CELLS:
        raise TableTooLarge(what="cells", limit=MAX_CELLS)


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


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
