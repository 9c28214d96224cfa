"""From what an address asks of a list to what a query takes."""

from collections.abc import Iterable
from typing import Any, Final

from django.urls import reverse
from django.utils.safestring import mark_safe

from encaisse.kernel.lists import Window
from encaisse.ui.lists import Asked
from encaisse.ui.shapes import Lines, Money, Value

BREAK: Final = mark_safe("<br>")  # noqa: S308 - a literal


def window(asked: Asked) -> Window:
    """The rows and the order that the address asks for."""
    return Window(sort=str(asked.sort or ""), offset=asked.page.offset, size=asked.page.size)


def files(route: str, asked: Asked, *keys: Any) -> str:
    """Where the list is had as a file, as the address narrows and sorts it."""
    return reverse(f"desk:{route}_export", args=keys) + asked.address()


def amounts(each: Iterable[Money]) -> Value:
    """Amounts of several currencies in one cell, one a line; nothing is a dash."""
    return lines(each)


def lines(each: Iterable[Value]) -> Value:
    """Several values in one cell, one a line; nothing is a dash."""
    values = tuple(each)
    if len(values) < 2:
        return values[0] if values else None
    return Lines(values)
