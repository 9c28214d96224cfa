"""Lists for people: which rows are asked for, in what order, and what was found. Queries take the one and
return the other, so that a face never counts, sorts or cuts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, TypeVar

from django.db import connection
from django.db.models import F, Q, QuerySet

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])
Row = TypeVar("Row")
# Lists are counted up to here; beyond, nobody waits for a count.
COUNTED: Final = 10_000
# Of rows that no index gives, those of some customers or of a name that many have, up to here.
COUNTED_APART: Final = 1_000
# More values than this are not named one by one: a good part of the rows has one of them then.
NAMED: Final = 200


@dataclass(frozen=True)
class Window:
    """Which rows of a list: `size` of them after `offset`, sorted by a key of the query's, falling when `-key`.

    A list too long to count goes on `after` the key of the last row seen.
    """

    sort: str = ""
    offset: int = 0
    size: int = 50
    after: int | None = None

    def cut(self, rows: Rows, orders: Mapping[str, str]) -> Rows:
        """The rows asked for; ties go by id. `orders` maps each key to its column, the first being the default.

        Rows without a value come last both ways, since nobody sorts in order to look at what is missing.
        """
        key = self.sort.removeprefix("-")
        if key in orders:
            name, descending = orders[key], self.sort.startswith("-")
        else:
            name, descending = next(iter(orders.values())), False
        if self.after is not None:
            rows = rows.filter(_beyond(rows, name, self.after, descending=descending))
        order = F(name).desc(nulls_last=True) if descending else F(name).asc(nulls_last=True)
        last = "-pk" if descending else "pk"
        return rows.order_by(order, last)[self.offset : self.offset + self.size]


def _beyond(rows: "QuerySet[Any, Any]", name: str, after: int, *, descending: bool) -> Q:
    """The condition that a row stands after the one of that key, which may have left the list meanwhile."""
    seen = rows.model._base_manager.filter(pk=after).values_list(name, flat=True).first()
    side = "lt" if descending else "gt"
    same = Q(**{f"pk__{side}": after})
    if seen is None:
        return Q(**{f"{name}__isnull": True}) & same
    return Q(**{f"{name}__{side}": seen}) | Q(**{name: seen}) & same | Q(**{f"{name}__isnull": True})


def counted(rows: "QuerySet[Any, Any]", most: int = COUNTED) -> int | None:
    """How many rows there are; None when they are too many to count while somebody waits."""
    count = rows.order_by()[: most + 1].count()
    return count if count <= most else None


def few(rows: "QuerySet[Any, Any]", column: str) -> list[Any] | None:
    """The values themselves, None when they are many: their condition is then met by a good part of the rows, and read
    along with each."""
    values = list(rows.values_list(column, flat=True)[: NAMED + 1])
    return values if len(values) <= NAMED else None


class Among(NamedTuple):
    """The keys that a list is narrowed to, as a query of another package: faces hand it on and never look inside."""

    keys: Any


def few_or_query(rows: "QuerySet[Any, Any]", column: str) -> Any:
    """The values themselves when they are few, so that an index finds what is theirs; else the query."""
    values = few(rows, column)
    return rows.values(column) if values is None else values


def grouped(rows: "QuerySet[Any, Any]", by: str, *sums: str) -> list[tuple[Any, ...]]:
    """The rows of a query counted and summed by one of its columns, in its order, within the database.

    A query that is cut is cut first, so that a long list is not read to its end.
    """
    text, params = rows.query.sql_with_params()
    summed = "".join(f', sum("{column}")' for column in sums)
    statement = f'SELECT "{by}", count(*){summed} FROM ({text}) counted GROUP BY 1 ORDER BY 1'  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


class Piece(NamedTuple):
    """Rows of a list that one index gives in its order, and whether they have a value in the column that sorts it."""

    rows: "QuerySet[Any, Any]"
    has_value: bool = True


def merged_keys(pieces: Sequence[Piece], column: str, window: Window, *, falling: bool) -> list[int]:
    """The keys of one window of a list in pieces, and of the row after it: rows without a value come last both ways."""
    sign, last = "-" if falling else "", window.offset + window.size + 1
    seen = _value_of(pieces, column, window.after)
    valued: list[tuple[Any, int]] = []
    without: list[int] = []
    for rows, has_value in pieces:
        if has_value and (seen is not None or window.after is None):
            beyond = rows if window.after is None else rows.filter(_past(column, seen, window.after, falling))
            valued += beyond.order_by(f"{sign}{column}", f"{sign}pk").values_list(column, "pk")[:last]
        elif not has_value:
            is_there = window.after is not None and seen is None
            beyond = rows.filter(_past("pk", window.after, window.after, falling)) if is_there else rows
            without += beyond.order_by(f"{sign}pk").values_list("pk", flat=True)[:last]
    found = [key for _, key in sorted(valued, reverse=falling)] + sorted(without, reverse=falling)
    return found[window.offset : last]


def _value_of(pieces: Sequence[Piece], column: str, key: int | None) -> Any:
    if key is None:
        return None
    for piece in pieces:
        for value in piece.rows.filter(pk=key).values_list(column, flat=True):
            return value
    return None


def _past(column: str, seen: Any, after: int | None, falling: bool) -> Q:  # noqa: FBT001 - which way it goes
    side = "lt" if falling else "gt"
    if column == "pk":
        return Q(**{f"pk__{side}": after})
    # Said twice: an index begins where the value does, and knows nothing of the alternative.
    return Q(**{f"{column}__{side}e": seen}) & (
        Q(**{f"{column}__{side}": seen}) | Q(**{f"pk__{side}": after})
    )


class Found(NamedTuple, Generic[Row]):
    """One window of rows, and how many there are in all."""

    rows: tuple[Row, ...]
    total: int
