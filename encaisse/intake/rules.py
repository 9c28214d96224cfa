"""Columns by their headings, and cells as text, exact numbers and dates, with every error of a record kept.

Each noun says which columns it reads and how (`party.rules.records`, `catalog.rules`, `subscription.rules`);
here is what they share. A cell is read through its text, so a record gives the same row whether it comes from
the file or from the staging table.
"""

import datetime as dt
import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol, TypeVar

from encaisse.intake.errors import (
    ChoiceUnknown,
    ColumnRepeated,
    ColumnsMissing,
    ControlCharacter,
    DateInvalid,
    NotANumber,
    NumberOutOfRange,
    RecordTooLong,
    ReferenceRepeated,
    TextTooLong,
    TooManyDecimals,
    ValueMissing,
)
from encaisse.kernel.errors import DomainError, UnknownCurrency
from encaisse.kernel.money import CURRENCIES

Cell = str | Decimal | dt.date
Columns = Mapping[str, str]
T = TypeVar("T")

# What numeric(20, 6) holds.
_LARGEST: Final = Decimal("99999999999999.999999")
_LONGEST_QUOTE: Final = 200
_SPACES: Final = "[ '’\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}\N{THIN SPACE}]"
_NUMBER: Final = re.compile(rf"[+-]?(?:[0-9]+|[0-9]{{1,3}}(?:{_SPACES}[0-9]{{3}})+)(?:[.,][0-9]+)?")
# With both marks present, the last one is the decimal mark and the other groups thousands.
_GROUPED: Final = re.compile(r"[+-]?[0-9]{1,3}(?:(?:\.[0-9]{3})+,[0-9]+|(?:,[0-9]{3})+\.[0-9]+)")
_DAY_FIRST: Final = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4})")
# What XML 1.0 forbids, tabulations and line breaks besides.
_UNPRINTABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_YEARS: Final = range(1900, 2200)
_FORMULA: Final = re.compile(r"'*[=+@\t\r-]")


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


@lru_cache(maxsize=4_096)
def plain(text: str) -> str:
    """The text as people compare it: no case, no accents, œ as oe, nothing but letters, digits, spaces."""
    folded = text.casefold().replace("œ", "oe").replace("æ", "ae")
    letters = (char for char in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(char))
    return " ".join("".join(char if char.isalnum() else " " for char in letters).split())


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


def text_of(cell: Cell) -> str:
    """The cell as text that the parsers below read back to the same value.

    An apostrophe before what a spreadsheet would take for a formula only says that it is text.
    """
    text = format(cell, "f") if isinstance(cell, Decimal) else str(cell).strip()
    return text[1:] if text.startswith("'") and _FORMULA.match(text) else text


def harmless(text: str) -> str:
    """The text as a spreadsheet shows it without computing anything; `text_of` reads it back."""
    return f"'{text}" if _FORMULA.match(text) else text


def storable(text: str) -> str:
    """The text as PostgreSQL takes it: a workbook may hold the one character that it refuses."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def stored(cells: Mapping[str, Cell]) -> dict[str, str]:
    """The record as the staging table keeps it."""
    return {storable(heading): storable(text_of(cell)) for heading, cell in cells.items()}


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
    records: Iterable[Record],
    columns: Columns,
    read: Callable[[Record, Columns], T | list[RowError]],
    *,
    repeats: bool = False,
) -> Iterator[tuple[Record, T | list[RowError]]]:
    """Read each record as a row or as its errors; a `reference` is taken once per file, by its first record.

    The first record keeps its reference even when it is refused: which of the two is right we cannot say. With
    `repeats`, references may come back, and none is remembered.
    """
    taken: dict[str, int] = {}
    for record in records:
        row: T | list[RowError]
        if record.extra:
            row = [row_error(record, list(record.cells)[-1], "", RecordTooLong(extra=record.extra))]
        else:
            row = read(record, columns)
        if repeats:
            yield record, row
            continue
        reference = unicodedata.normalize("NFC", text_of(record.cells[columns["reference"]]))
        first = taken.setdefault(reference, record.number)
        if reference and first != record.number:
            repeated = row_error(
                record, columns["reference"], reference, ReferenceRepeated(first_record=first)
            )
            row = [repeated, *row] if isinstance(row, list) else [repeated]
        yield record, row


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


def parse_text(text: str, *, longest: int = 200) -> str:
    """The text in composed Unicode, on one line. Raises TextTooLong and ControlCharacter."""
    composed = unicodedata.normalize("NFC", text).strip()
    if _UNPRINTABLE.search(composed):
        raise ControlCharacter()
    if len(composed) > longest:
        raise TextTooLong(longest=longest)
    return composed


def parse_lines(text: str, *, longest: int = 200) -> tuple[str, ...]:
    """The lines of a cell that may hold several, without blank ones. Raises as `parse_text` does."""
    return tuple(parse_text(line, longest=longest) for line in re.split(r"[\r\n]+", text) if line.strip())


def parse_decimal(
    text: str, *, decimals: int = 6, lowest: Decimal = Decimal(0), highest: Decimal = _LARGEST
) -> Decimal:
    """An exact number: comma or point, thousands by spaces (hard ones too), or by the mark that is not last.

    Raises NotANumber, TooManyDecimals and NumberOutOfRange.
    """
    written = text.replace("\N{MINUS SIGN}", "-")
    if _GROUPED.fullmatch(written):
        written = written.replace("," if written.rindex(".") > written.rindex(",") else ".", "")
    elif not _NUMBER.fullmatch(written):
        raise NotANumber()
    number = Decimal(re.sub(_SPACES, "", written).replace(",", "."))
    if not lowest <= number <= highest:
        raise NumberOutOfRange(lowest=lowest, highest=highest)
    if number != round(number, decimals):
        raise TooManyDecimals(decimals=decimals)
    return number


def parse_date(text: str) -> dt.date:
    """A date of the calendar, day first (17/10/2026) or in ISO 8601. Raises DateInvalid."""
    day_first = _DAY_FIRST.fullmatch(text)
    try:
        if day_first:
            date = dt.date(int(day_first[4]), int(day_first[3]), int(day_first[1]))
        else:
            date = dt.date.fromisoformat(text)
    except ValueError:
        raise DateInvalid() from None
    if date.year not in _YEARS:
        raise DateInvalid()
    return date


def parse_currency(text: str) -> str:
    """The ISO 4217 code of a currency whose decimals we know. Raises UnknownCurrency."""
    currency = text.upper()
    if currency not in CURRENCIES:
        raise UnknownCurrency(currency=currency)
    return currency


def parse_choice(text: str, labels: Mapping[str, T]) -> T:
    """The value whose label, in plain letters, is this text. Raises ChoiceUnknown."""
    try:
        return labels[plain(text)]
    except KeyError:
        raise ChoiceUnknown(choices=tuple(labels)) from None
