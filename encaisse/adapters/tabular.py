"""Tables that other software exported: CSV, XLSX and JSON, read record by record as text, exact numbers and dates.

Files come from strangers: what is read is bounded before it is opened, nothing in a cell is ever evaluated.
"""

import csv
import re
from collections.abc import Generator, Sequence
from contextlib import closing
from typing import BinaryIO, Final

from encaisse.adapters import texts
from encaisse.adapters.json_tables import open_json
from encaisse.adapters.tables import Table, TableUnreadable, checked_headings, is_blank, records_of
from encaisse.adapters.workbooks import open_workbook

_ZIP_MAGIC: Final = b"PK\x03\x04"
_OLD_EXCEL_MAGIC: Final = b"\xd0\xcf\x11\xe0"
_SEPARATORS: Final = ";,\t"


def open_table(stream: BinaryIO) -> Table:
    """Recognise a seekable file by its first characters, never by its name, and read its headings.

    Raises TableUnreadable, TableTooLarge, HeadingMissing and HeadingRepeated; the first two also while the
    records are read.
    """
    stream.seek(0)
    magic = stream.read(4)
    if magic == _ZIP_MAGIC:
        return open_workbook(stream)
    if magic == _OLD_EXCEL_MAGIC:
        raise TableUnreadable(reason="old_excel")
    encoding = texts.encoding_of(stream)
    if texts.beginning(stream, encoding).startswith(("{", "[")):
        return open_json(stream, encoding)
    return _open_csv(stream, encoding)


def _open_csv(stream: BinaryIO, encoding: str) -> Table:
    separator = _separator(stream, encoding)
    with closing(_csv_rows(stream, encoding, separator)) as rows:
        first = next((row for row in rows if not is_blank(row)), [])
    headings = checked_headings([heading.strip() for heading in first])
    return Table(
        headings=headings,
        encoding=encoding,
        notes=("encoding_assumed",) if encoding == texts.ASSUMED else (),
        records=lambda: records_of(headings, _csv_rows(stream, encoding, separator)),
    )


def _separator(stream: BinaryIO, encoding: str) -> str:
    # The most frequent candidate of the heading line, outside quotes: every second piece between quotes.
    outside = ""
    for piece in texts.beginning(stream, encoding).split('"')[::2]:
        line = re.split(r"[\r\n]", piece, maxsplit=1)
        outside += line[0]
        if len(line) > 1:
            break
    return max(_SEPARATORS, key=outside.count)


def _csv_rows(stream: BinaryIO, encoding: str, separator: str) -> Generator[Sequence[str], None, None]:
    number = 0
    with texts.reading(stream, encoding) as text:
        try:
            # Strict: a stray quote would otherwise swallow the records that follow it without a word.
            for number, row in enumerate(csv.reader(text, delimiter=separator, strict=True), start=1):  # noqa: B007 -- the number serves the refusal below
                yield row
        except csv.Error as error:
            raise TableUnreadable(reason="quotes", record=number + 1) from error
