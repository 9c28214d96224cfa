"""From what an address asks of a list to what a query takes."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from django.urls import reverse
from django.utils.safestring import mark_safe

from encaisse.desk import mass
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Scope
from encaisse.ui.lists import Asked, Table
from encaisse.ui.shapes import Lines, Money, Value

BREAK: Final = mark_safe("<br>")  # noqa: S308 - a literal


def window(asked: Asked) -> Window:
    """The rows and the order that the address asks for."""
    return Window(sort=str(asked.sort or ""), offset=asked.page.offset, size=asked.page.size)


def files(route: str, asked: Asked, *keys: Any) -> str:
    """Where the list is had as a file, as the address narrows and sorts it."""
    return reverse(f"desk:{route}_export", args=keys) + asked.address()


def acting(scope: Scope, route: str, asked: Asked, table: Table) -> Table:
    """The table with a checkbox on each row and what may be done to those ticked, when anything may."""
    bar = mass.bar(scope, route, reverse("desk:mass", args=[route]) + asked.address(), table)
    if bar is None:
        return table
    return replace(table, mass=bar, select="row", form="mass", reference=mass.LISTS[route].prefix)


def amounts(each: Iterable[Money]) -> Value:
    """Amounts of several currencies in one cell, one a line; nothing is a dash."""
    return lines(each)


def lines(each: Iterable[Value]) -> Value:
    """Several values in one cell, one a line; nothing is a dash."""
    values = tuple(each)
    if len(values) < 2:
        return values[0] if values else None
    return Lines(values)
