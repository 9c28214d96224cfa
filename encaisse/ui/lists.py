"""Lists: what a page can show (`Listing`), what its address asks for (`Asked`), and what is shown (`Table`).

A face declares one `Listing`, reads the address with `listing.asked(request.GET)`, gives what it asks to
a query, and hands the rows that come back to `listing.table(...)`. Nothing here reads the database. Whatever
the address holds, the answer is a valid `Asked`: what is unknown or malformed is left out.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from encaisse.kernel.references import public_id
from encaisse.ui.shapes import MassBar, Money, Value, Words

LONGEST_VALUE: Final = 200
LAST_PAGE: Final = 100_000


class Kind(StrEnum):
    """How a column or a field is laid out: amounts and numbers to the right, codes and dates unbroken."""

    TEXT = "text"
    CODE = "code"
    MONEY = "money"
    NUMBER = "number"
    DATE = "date"
    INSTANT = "instant"
    STATUS = "status"


@dataclass(frozen=True)
class Column:
    """One column. `key` is the row's attribute and the name in the address when `sortable`.

    `show` makes the value from the row; without it the attribute is shown as it is, a `MONEY` column joining
    it with the row's `currency`. `link` makes the address that the value leads to. A file of the list holds what
    the page shows, in its own type, or what `exact` makes where the page shows a text; a column `in_files` alone is
    not on the page.
    """

    key: str
    label: Words
    kind: Kind = Kind.TEXT
    sortable: bool = False
    show: Callable[[Any], Value] | None = None
    link: Callable[[Any], str] | None = None
    exact: Callable[[Any], Value | Decimal] | None = None
    in_files: bool = False

    def value(self, row: Any) -> Value:
        """What the cell shows."""
        if self.show:
            return self.show(row)
        found: Value = getattr(row, self.key)
        if self.kind is Kind.MONEY and isinstance(found, int):
            return Money(found, row.currency)
        return found


@dataclass(frozen=True)
class Filter:
    """One question of the filter bar. With `choices` (value, label) a select, else a search or a date.

    A select says `unasked` where nothing is chosen, "All" by itself.
    """

    name: str
    label: Words
    choices: tuple[tuple[str, Words], ...] = ()
    kind: Kind = Kind.TEXT
    unasked: Words = ""

    def accepts(self, value: str) -> bool:
        """Whether the value may stand in the address."""
        if self.choices:
            return any(value == choice for choice, _ in self.choices)
        return self.kind is not Kind.DATE or _date(value) is not None


@dataclass(frozen=True)
class Sort:
    """The order of a list; in the address `key`, or `-key` when descending."""

    key: str
    descending: bool = False

    def __str__(self) -> str:
        """The form in the address."""
        return f"-{self.key}" if self.descending else self.key


@dataclass(frozen=True)
class Page:
    """Which rows: by number from 1, or `after` a key for lists too long to count."""

    number: int = 1
    size: int = 50
    after: str = ""

    @property
    def offset(self) -> int:
        """How many rows come before this page."""
        return (self.number - 1) * self.size


@dataclass(frozen=True)
class Asked:
    """What an address asks of a list."""

    sort: Sort | None = None
    page: Page = field(default_factory=Page)
    filters: Mapping[str, str] = field(default_factory=dict)

    def text(self, name: str) -> str:
        """The filter's value, empty when not asked."""
        return self.filters.get(name, "")

    def date(self, name: str) -> dt.date | None:
        """The filter's value as a date."""
        return _date(self.text(name))

    def address(self, **changes: str) -> str:
        """The same list with changes, as `?…`: any change but the page goes back to the first page."""
        words = {"sort": str(self.sort or ""), **self.filters, **changes}
        return "?" + urlencode({name: value for name, value in words.items() if value})


@dataclass(frozen=True)
class Empty:
    """What an empty list teaches: what would stand here, and what to do for it."""

    title: Words
    text: Words = ""
    action_label: Words = ""
    action_url: str = ""


class Header(NamedTuple):
    """A column's head: `sort_url` is empty when the column cannot be sorted; `sorted` is an ARIA word."""

    label: Words
    kind: Kind
    sort_url: str
    sorted: str


class Cell(NamedTuple):
    """One value of a row, and where it leads."""

    label: Words
    kind: Kind
    value: Value
    url: str


class Line(NamedTuple):
    """One row as its cells; `key` is its value in a checkbox."""

    key: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Table:
    """A list as it is shown. `total` is None when nobody counted; `next_after` leads on by key, and
    `more` says that another page follows though nobody counted.

    `export_url` is where the list is had as a file.

    `totals` gives a last line of values by column key. `select` names a checkbox on each row whose value is
    the row's attribute of that name, or the reference of its `id` under the prefix `reference`; the checkboxes belong
    to the form with the id `form`. `mass` says what that form does. What `is_of_a_day` always has a filter, the day:
    when it is empty, `empty` is told all the same.
    """

    columns: tuple[Column, ...]
    rows: Sequence[Any]
    caption: Words = ""
    empty: Empty | None = None
    totals: Mapping[str, Value] = field(default_factory=dict)
    name: str = "list"
    asked: Asked = field(default_factory=Asked)
    filters: tuple[Filter, ...] = ()
    total: int | None = None
    next_after: str = ""
    more: bool = False
    select: str = ""
    form: str = ""
    export_url: str = ""
    mass: MassBar | None = None
    reference: str = ""
    is_of_a_day: bool = False

    def headers(self) -> list[Header]:
        """The heads of all columns, each with the address that sorts by it."""
        return [self._header(column) for column in self._shown()]

    def lines(self) -> list[Line]:
        """The rows as cells."""
        shown = self._shown()
        return [Line(self._key(row), tuple(_cell(c, row) for c in shown)) for row in self.rows]

    def last_line(self) -> list[Cell]:
        """The totals, one cell per column, the first being their name."""
        return [Cell(c.label, c.kind, self.totals.get(c.key, ""), "") for c in self._shown()[1:]]

    @property
    def is_filtered(self) -> bool:
        """Whether the address narrows the list."""
        return bool(self.asked.filters) and not self.is_of_a_day

    @property
    def first(self) -> int:
        """The position of the first row shown."""
        return self.asked.page.offset + 1

    @property
    def last(self) -> int:
        """The position of the last row shown."""
        return self.asked.page.offset + len(self.rows)

    @property
    def previous_url(self) -> str:
        """The page before; by key, the beginning. Empty on the first page."""
        page = self.asked.page
        if page.after or page.number == 2:
            return self.asked.address()
        return self.asked.address(page=str(page.number - 1)) if page.number > 2 else ""

    @property
    def next_url(self) -> str:
        """The page after. Empty on the last page."""
        if self.next_after:
            return self.asked.address(after=self.next_after)
        if self.more or (self.total is not None and self.last < self.total):
            return self.asked.address(page=str(self.asked.page.number + 1))
        return ""

    def _shown(self) -> list[Column]:
        return [column for column in self.columns if not column.in_files]

    def _key(self, row: Any) -> str:
        if not self.select:
            return ""
        return public_id(self.reference, row.id) if self.reference else str(getattr(row, self.select))

    def _header(self, column: Column) -> Header:
        if not column.sortable:
            return Header(column.label, column.kind, "", "")
        sort = self.asked.sort
        current = sort if sort and sort.key == column.key else None
        target = Sort(column.key, descending=bool(current and not current.descending))
        direction = "" if not current else "descending" if current.descending else "ascending"
        return Header(column.label, column.kind, self.asked.address(sort=str(target)), direction)


@dataclass(frozen=True)
class Listing:
    """What a page can list: its columns, filters, first order and page size."""

    columns: tuple[Column, ...]
    filters: tuple[Filter, ...] = ()
    sort: Sort | None = None
    size: int = 50

    def asked(self, address: Mapping[str, str], size: int = 0) -> Asked:
        """Read `sort`, `page`, `after` and the filters from an address, leaving out what makes no sense.

        A page has the list's own size unless another one is asked for, as whoever writes a file does.
        """
        words = {name: _clean(address.get(name, "")) for name in ("sort", "page", "after", *self._names())}
        number = int(words["page"]) if words["page"].isascii() and words["page"].isdigit() else 1
        page = Page(min(max(number, 1), LAST_PAGE), size or self.size, words["after"])
        given = {f.name: words[f.name] for f in self.filters if words[f.name] and f.accepts(words[f.name])}
        return Asked(self._sort(words["sort"]), page, given)

    def table(self, asked: Asked, rows: Sequence[Any], **shown: Any) -> Table:
        """The list as it is shown; `shown` are further fields of `Table`, such as `total` or `empty`."""
        return replace(Table(self.columns, rows, asked=asked, filters=self.filters), **shown)

    def _names(self) -> tuple[str, ...]:
        return tuple(question.name for question in self.filters)

    def _sort(self, word: str) -> Sort | None:
        asked = Sort(word.removeprefix("-"), descending=word.startswith("-"))
        return asked if any(c.sortable and c.key == asked.key for c in self.columns) else self.sort


def _cell(column: Column, row: Any) -> Cell:
    return Cell(column.label, column.kind, column.value(row), column.link(row) if column.link else "")


def _clean(value: str) -> str:
    # PostgreSQL refuses NUL in text; a search longer than this finds nothing anyway.
    return value.replace("\0", "").strip()[:LONGEST_VALUE]


def _date(value: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(value)
    except ValueError:
        return None
