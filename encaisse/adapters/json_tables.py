"""Records as JSON: one object a line (JSON lines), or one array of objects. Each object is a record, each of its names
a heading; what an object lacks, or says is null, is blank.

Source: RFC 8259. A file that is cut in the middle ends in a line that is no JSON, and is refused whole.
"""

import json
import re
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, BinaryIO, Final, TextIO

from encaisse.adapters import texts
from encaisse.adapters.tables import (
    MAX_COLUMNS,
    Cell,
    HeadingRepeated,
    Record,
    Table,
    TableTooLarge,
    TableUnreadable,
    checked_headings,
)

MAX_CHARACTERS: Final = 2**20
_CHUNK: Final = 2**16
# Digits of an exact number that anybody means; longer ones stay as they were written.
_MOST_DIGITS: Final = 40
_BETWEEN: Final = re.compile(r"[\s,]*")


def open_json(stream: BinaryIO, encoding: str) -> Table:
    """The records of a file that begins with an object or an array. It is read once to its end.

    Raises TableUnreadable, TableTooLarge and HeadingRepeated, naming the record.
    """
    values = _array if texts.beginning(stream, encoding).startswith("[") else _lines
    headings: dict[str, None] = {}
    for record in _records(stream, encoding, values):
        headings.update(dict.fromkeys(record.cells))
        if len(headings) > MAX_COLUMNS:
            raise TableTooLarge(what="columns", limit=MAX_COLUMNS)
    named = checked_headings(list(headings))
    blank: dict[str, Cell] = dict.fromkeys(named, "")
    return Table(
        headings=named,
        encoding=encoding,
        notes=("encoding_assumed",) if encoding == texts.ASSUMED else (),
        records=lambda: (
            record._replace(cells=blank | record.cells) for record in _records(stream, encoding, values)
        ),
    )


def _records(
    stream: BinaryIO, encoding: str, values: Callable[[TextIO], Iterator[tuple[int, Any]]]
) -> Iterator[Record]:
    with texts.reading(stream, encoding) as text:
        for number, value in values(text):
            if not isinstance(value, dict):
                raise TableUnreadable(reason="not_an_object", record=number)
            nested = {name for name, held in value.items() if isinstance(held, dict | list)}
            cells = {name.strip(): _cell(held) for name, held in value.items()}
            yield Record(number, cells, nested=frozenset(name.strip() for name in nested))


def _lines(text: TextIO) -> Iterator[tuple[int, Any]]:
    number = 0
    while line := text.readline(MAX_CHARACTERS + 1):
        number += 1
        if len(line) > MAX_CHARACTERS:
            raise TableTooLarge(what="characters", limit=MAX_CHARACTERS)
        if not line.isspace():
            value, end = _decoded(line.strip(), number)
            if end != len(line.strip()):
                raise TableUnreadable(reason="not_json", record=number)
            yield number, value


def _array(text: TextIO) -> Iterator[tuple[int, Any]]:
    """The values between the brackets, one at a time: the array is never whole in memory."""
    held, place, number = text.read(_CHUNK).lstrip(), 1, 0
    while True:
        place = _after_blanks(held, place)
        if held.startswith("]", place):
            if (held[place + 1 :] + text.read(_CHUNK)).strip():
                raise TableUnreadable(reason="not_json", record=number + 1)
            return
        try:
            value, place = _decoded(held, number + 1, place)
        except TableUnreadable as cut:
            if cut.reason != "not_json":
                raise
            held, place = _longer(held[place:], text, number + 1), 0
            continue
        number += 1
        yield number, value


def _after_blanks(held: str, place: int) -> int:
    between = _BETWEEN.match(held, place)
    return between.end() if between else place


def _longer(held: str, text: TextIO, number: int) -> str:
    if len(held) > MAX_CHARACTERS:
        raise TableTooLarge(what="characters", limit=MAX_CHARACTERS)
    more = text.read(_CHUNK)
    if not more:
        raise TableUnreadable(reason="not_json", record=number)
    return held + more


def _decoded(text: str, number: int, place: int = 0) -> tuple[Any, int]:
    try:
        return _DECODER.raw_decode(text, place)
    except json.JSONDecodeError as error:
        raise TableUnreadable(reason="not_json", record=number) from error
    except RecursionError as error:
        raise TableUnreadable(reason="too_deep", record=number) from error


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        raise HeadingRepeated(heading=next(name for name in names if names.count(name) > 1))
    return found


def _exact(text: str) -> Decimal | str:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return text
    digits = number.as_tuple()
    exponent = digits.exponent if isinstance(digits.exponent, int) else 0
    return number if len(digits.digits) + abs(exponent) <= _MOST_DIGITS else text


def _cell(value: Any) -> Cell:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        return json.dumps(value, default=str, ensure_ascii=False)
    cell: Cell = value
    return cell


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=_exact, parse_int=_exact, parse_constant=str
)
