"""How the files of one source are read: which heading holds which field, what is converted, what every record shares.

A target names a field, or a field made of something else: `siren<siret`. One heading may have several, between
blanks: `siret siren<siret`.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from encaisse.intake.errors import ColumnRepeated, ColumnsMissing, FieldUnknown
from encaisse.intake.rules.cells import Cell, plain, text_of
from encaisse.intake.rules.records import Column, Record, match_columns

DATES: Final = ("", "day_first", "month_first")
DECIMALS: Final = ("", "comma", "point")
DATE: Final = "date"
NUMBER: Final = "number"
_PARTS: Final = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})((?:[T ].*)?)")
_POINTS: Final = re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+(?:,[0-9]+)?")
_COMMAS: Final = re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+(?:\.[0-9]+)?")


class ColumnMap(NamedTuple):
    """What is known of a source's files: the targets of each heading, the constants by field.

    `dates` and `decimals` settle what a text alone leaves open: 03/04/2026, 1.234.
    """

    headings: Mapping[str, str] = {}
    constants: Mapping[str, str] = {}
    dates: str = ""
    decimals: str = ""

    @classmethod
    def stored(cls, facts: Mapping[str, Any]) -> "ColumnMap":
        """The map that `_asdict` wrote down."""
        return cls(**{name: facts[name] for name in cls._fields if name in facts})


class Computed(NamedTuple):
    """A cell that the file has not, or has otherwise: the text of the cell `of`, converted, or a constant."""

    heading: str
    of: str
    convert: Callable[[str], str]


class Laid(NamedTuple):
    """A record with the cells that were computed beside its own."""

    number: int
    cells: Mapping[str, Cell]
    extra: int
    nested: frozenset[str]


class Layout(NamedTuple):
    """Where each field of a file's records stands, once they are laid out; `absent` fields stand nowhere."""

    named: Mapping[str, str]
    absent: frozenset[str]
    computed: tuple[Computed, ...] = ()

    def laid(self, record: Record) -> Record:
        """The record with what is computed of it."""
        if not self.computed:
            return record
        made = {each.heading: each.convert(text_of(record.cells.get(each.of, ""))) for each in self.computed}
        nested = record.nested | {each.heading for each in self.computed if each.of in record.nested}
        return Laid(record.number, {**record.cells, **made}, record.extra, nested)


def layout(headings: Sequence[str], columns: Sequence[Column], chosen: ColumnMap) -> Layout:
    """How records under these headings are read by this map.

    Raises ColumnsMissing, ColumnRepeated, and FieldUnknown for a target that the kind does not have.
    """
    by_field = {column.field: column for column in columns}
    named: dict[str, str] = {}
    computed: list[Computed] = []
    for heading in headings:
        for target in chosen.headings.get(heading, "").split():
            found = _computed(heading, target, by_field, chosen)
            field = target.partition("<")[0]
            if field in named:
                raise ColumnRepeated(headings=(named[field], heading))
            named[field] = found.heading if found else heading
            computed += [found] if found else []
    for field, text in chosen.constants.items():
        if field not in by_field:
            raise FieldUnknown(field=field)
        if text and field not in named:
            named[field] = by_field[field].headings[0]
            computed.append(Computed(named[field], "", lambda _, said=text: said))  # type: ignore[misc]
    missing = tuple(column.headings[0] for column in columns if column.required and column.field not in named)
    if missing:
        raise ColumnsMissing(columns=missing)
    usual = {column.field: column.headings[0] for column in columns}
    return Layout(usual | named, frozenset(usual.keys() - named.keys()), tuple(computed))


def matched(headings: Sequence[str], columns: Sequence[Column]) -> Layout:
    """How records under these headings are read without a map: by the names that their columns usually have.

    Raises ColumnsMissing and ColumnRepeated.
    """
    found = match_columns(headings, columns)
    usual = {column.field: column.headings[0] for column in columns}
    return Layout(usual | found, frozenset(usual.keys() - found.keys()))


def suggested(headings: Iterable[str], columns: Sequence[Column], known: Sequence[ColumnMap]) -> ColumnMap:
    """What the headings most likely hold: as the first of the `known` maps that has them says, then by their names."""
    present = list(headings)
    usual = {plain(name): column.field for column in columns for name in column.headings}
    remembered = {
        plain(heading): targets for each in reversed(known) for heading, targets in each.headings.items()
    }
    chosen: dict[str, str] = {}
    taken: set[str] = set()
    for heading in present:
        targets = remembered.get(plain(heading), usual.get(plain(heading), ""))
        fields = {target.partition("<")[0] for target in targets.split()}
        chosen[heading] = "" if fields & taken else targets
        taken |= set() if fields & taken else fields
    for column in columns:
        if column.field not in taken:
            _complete(chosen, column)
    first = known[0] if known else ColumnMap()
    constants = {field: text for field, text in first.constants.items() if field not in taken}
    return ColumnMap(chosen, constants, first.dates, first.decimals)


def fits(chosen: ColumnMap, headings: Iterable[str]) -> bool:
    """Whether the map was made for a file of these headings: all that it reads are there."""
    present = set(headings)
    wanted = {heading for heading, targets in chosen.headings.items() if targets}
    return bool(wanted) and wanted <= present


def targets(columns: Sequence[Column]) -> list[str]:
    """Everything that a heading may be chosen to hold, field by field."""
    fields = {column.field for column in columns}
    found: list[str] = []
    for column in columns:
        found.append(column.field)
        for each in column.conversions:
            found.append(f"{column.field}<{each.name}")
            if each.name in fields:
                found.append(f"{each.name} {column.field}<{each.name}")
    return found


def _complete(chosen: dict[str, str], column: Column) -> None:
    """A field that no heading names is made of another one, where that is safe."""
    for conversion in column.conversions:
        for heading, target in chosen.items():
            if target == conversion.name:
                chosen[heading] = f"{target} {column.field}<{conversion.name}"
                return


def _computed(heading: str, target: str, columns: Mapping[str, Column], chosen: ColumnMap) -> Computed | None:
    """How the target is made of the heading's cell; None when it is the cell."""
    field, _, source = target.partition("<")
    if field not in columns:
        raise FieldUnknown(field=field)
    column = columns[field]
    if source:
        convert = next((each.convert for each in column.conversions if each.name == source), None)
        if convert is None:
            raise FieldUnknown(field=target)
        return Computed(f"{heading} \N{RIGHTWARDS ARROW} {column.headings[0]}", heading, convert)
    if column.holds == DATE and chosen.dates:
        return Computed(heading, heading, _DATES[chosen.dates])
    if column.holds == NUMBER and chosen.decimals:
        return Computed(heading, heading, _DECIMALS[chosen.decimals])
    return None


def _day_first(text: str) -> str:
    return _dated(text, lambda first, second: (first, second))


def _month_first(text: str) -> str:
    return _dated(text, lambda first, second: (second, first))


def _dated(text: str, order: Callable[[str, str], tuple[str, str]]) -> str:
    """The date as it is read everywhere; a year of two digits is one of this century."""
    parts = _PARTS.fullmatch(text)
    if parts is None:
        return text
    day, month = order(parts[1], parts[3])
    return f"{day}/{month}/{parts[4] if len(parts[4]) == 4 else '20' + parts[4]}{parts[5]}"


def _comma(text: str) -> str:
    return text.replace(".", "") if _POINTS.fullmatch(text) else text


def _point(text: str) -> str:
    return text.replace(",", "") if _COMMAS.fullmatch(text) else text


_DATES: Final = {"day_first": _day_first, "month_first": _month_first}
_DECIMALS: Final = {"comma": _comma, "point": _point}
