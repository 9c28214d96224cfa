"""Lists for people: which rows are asked for, in what order, and what was found. Queries take the one and
return the other, so that a face never counts, sorts or cuts."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, TypeVar

from django.db.models import F, Q, QuerySet

Rows = TypeVar("Rows", bound=QuerySet[Any, Any])
Row = TypeVar("Row")


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


class Found(NamedTuple, Generic[Row]):
    """One window of rows, and how many there are in all."""

    rows: tuple[Row, ...]
    total: int
