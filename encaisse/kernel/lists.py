"""Lists for people: which rows are asked for, in what order, and what was found. Queries take the one and
return the other, so that a face never counts, sorts or cuts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import F, QuerySet

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])
Row = TypeVar("Row")


@dataclass(frozen=True)
class Window:
    """Which rows of a list: `size` of them after `offset`, sorted by a key of the query's, falling when `-key`."""

    sort: str = ""
    offset: int = 0
    size: int = 50

    def cut(self, rows: Rows, orders: Mapping[str, str]) -> Rows:
        """The rows asked for; ties go by id. `orders` maps each key to its column, the first being the default.

        Rows without a value come last both ways, since nobody sorts in order to look at what is missing.
        """
        key = self.sort.removeprefix("-")
        if key in orders:
            column, descending = F(orders[key]), self.sort.startswith("-")
        else:
            column, descending = F(next(iter(orders.values()))), False
        order = column.desc(nulls_last=True) if descending else column.asc(nulls_last=True)
        last = "-pk" if descending else "pk"
        return rows.order_by(order, last)[self.offset : self.offset + self.size]


class Found(NamedTuple, Generic[Row]):
    """One window of rows, and how many there are in all."""

    rows: tuple[Row, ...]
    total: int
