"""Lists for people: which rows are asked for, in what order, and what was found. Queries take the one and
return the other, so that a face never counts, sorts or cuts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, NamedTuple, TypeVar

from django.db import connection
from django.db.models import F, Q, QuerySet

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])
Row = TypeVar("Row")
# Lists are counted up to here; beyond, nobody waits for a count.
COUNTED: Final = 10_000
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


def counted(rows: "QuerySet[Any, Any]") -> int | None:
    """How many rows there are; None when they are too many to count while somebody waits."""
    count = rows.order_by()[: COUNTED + 1].count()
    return count if count <= COUNTED else None


class Among(NamedTuple):
    """The keys that a list is narrowed to, as a query of another package: faces hand it on and never look inside."""

    keys: Any


def few_or_query(rows: "QuerySet[Any, Any]", column: str) -> Any:
    """The values themselves when they are few, so that an index finds what is theirs; else the query."""
    values = list(rows.values_list(column, flat=True)[: NAMED + 1])
    return values if len(values) <= NAMED else rows.values(column)


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


class Found(NamedTuple, Generic[Row]):
    """One window of rows, and how many there are in all."""

    rows: tuple[Row, ...]
    total: int
