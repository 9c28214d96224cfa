"""Columns by their headings, and records as rows, with every error of a record kept.

Each noun says which columns it reads and how (`party.rules.records`, `catalog.rules`, `subscription.rules`); here is
what they share.
"""

import hashlib
import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from encaisse.intake.errors import (
    ColumnRepeated,
    ColumnsMissing,
    RecordTooLong,
    ValueMissing,
    ValueNested,
)
from encaisse.intake.rules.cells import Cell, plain, storable, text_of
from encaisse.kernel.errors import DomainError

Columns = Mapping[str, str]
T = TypeVar("T")

_LONGEST_QUOTE: Final = 200
_LONGEST_REFERENCE: Final = 200


class Record(Protocol):
    """One record of a table, such as the tabular adapter's: the heading is record 1."""

    @property
    def number(self) -> int:
        """Its place in the file."""

    @property
    def cells(self) -> Mapping[str, Cell]:
        """What it holds, by heading."""

    @property
    def extra(self) -> int:
        """How many cells it has beyond the headings."""

    @property
    def nested(self) -> frozenset[str]:
        """The headings whose cells hold several values."""


class RowError(NamedTuple):
    """What is wrong with one cell: `column` is the heading as written in the file, `facts` plain values."""

    record: int
    column: str
    value: str
    code: str
    facts: dict[str, Any]


class StagedRow(NamedTuple):
    """One record as it is stored; the fields are the columns of its COPY, in order, the last three JSON."""

    id: int
    batch_id: int
    number: int
    outcome: str
    reference: str
    record: str
    errors: str
    warnings: str


class Column(NamedTuple):
    """A field of a row and the headings that name it, in French and in English."""

    field: str
    headings: tuple[str, ...]
    required: bool = False


def match_columns(headings: Sequence[str], wanted: Iterable[Column]) -> dict[str, str]:
    """Which heading of the file holds each field; columns that nobody wants are ignored.

    Raises ColumnsMissing and ColumnRepeated.
    """
    fields = {plain(name): column.field for column in wanted for name in column.headings}
    matched: dict[str, str] = {}
    for heading in headings:
        field = fields.get(plain(heading))
        if field is not None and field in matched:
            raise ColumnRepeated(headings=(matched[field], heading))
        if field is not None:
            matched[field] = heading
    missing = tuple(c.headings[0] for c in wanted if c.required and c.field not in matched)
    if missing:
        raise ColumnsMissing(columns=missing)
    return matched


class Reading:
    """Reads one record field by field and keeps what is wrong with each, rather than stop at the first."""

    def __init__(self, record: Record, columns: Columns) -> None:
        self.errors: list[RowError] = []
        self._record = record
        self._columns = columns

    def text(self, field: str) -> str:
        """The field's text, empty when it is blank or when the file has no such column."""
        return text_of(self._record.cells.get(self._columns.get(field, ""), ""))

    def required(self, field: str, parse: Callable[[str], T], blank: T) -> T:
        """The parsed field; `blank` when it is refused, which also happens when nothing is written."""
        if not self.text(field):
            self.refuse(field, ValueMissing())
            return blank
        return self.optional(field, parse, blank)

    def optional(self, field: str, parse: Callable[[str], T], blank: T) -> T:
        """The parsed field; `blank` when nothing is written, or when it is refused."""
        text = self.text(field)
        if not text:
            return blank
        if self._columns.get(field) in self._record.nested:
            self.refuse(field, ValueNested())
            return blank
        try:
            return parse(text)
        except DomainError as error:
            self.refuse(field, error)
            return blank

    def refuse(self, field: str, error: DomainError) -> None:
        """Keep one error on the field's column."""
        column = self._columns.get(field, field)
        self.errors.append(row_error(self._record, column, self.text(field), error))


def row_error(record: Record, column: str, value: str, error: DomainError) -> RowError:
    """The error as the staging table keeps it: numbers and dates in its facts become text."""
    facts = json.loads(json.dumps(error.facts(), default=str))
    return RowError(record.number, storable(column), storable(value[:_LONGEST_QUOTE]), error.code, facts)


def read_rows(
    records: Iterable[Record], columns: Columns, read: Callable[[Record, Columns], T | list[RowError]]
) -> Iterator[tuple[Record, T | list[RowError]]]:
    """Read each record as a row or as its errors."""
    for record in records:
        if record.extra:
            too_long = RecordTooLong(extra=record.extra)
            yield record, [row_error(record, list(record.cells)[-1], "", too_long)]
        else:
            yield record, read(record, columns)


def reference_of(record: Record, columns: Columns) -> str:
    """What the record is called by, in composed Unicode, as it is stored; two that look alike are the same."""
    text = text_of(record.cells.get(columns["reference"], ""))
    return storable(unicodedata.normalize("NFC", text))[:_LONGEST_REFERENCE]


def content_hash(row: tuple[Any, ...]) -> str:
    """What the row says, as a digest: an import that brings the same again changes nothing."""
    values = [format(value.normalize(), "f") if isinstance(value, Decimal) else value for value in row]
    return hashlib.sha256(json.dumps(values, default=str).encode()).hexdigest()


def ranges(ids: Iterable[int]) -> list[tuple[int, int]]:
    """The rising ids as ranges without a hole, first and last: an event each tells of all of them."""
    found: list[tuple[int, int]] = []
    for key in ids:
        if found and key == found[-1][1] + 1:
            found[-1] = (found[-1][0], key)
        else:
            found.append((key, key))
    return found
