"""From what an address asks of a list to what a query takes."""

from collections.abc import Iterable
from typing import Final

from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from encaisse.kernel.lists import Window
from encaisse.ui.lists import Asked
from encaisse.ui.shapes import Money, Value
from encaisse.ui.templatetags.ui import show

BREAK: Final = mark_safe("<br>")  # noqa: S308 - a literal


def window(asked: Asked) -> Window:
    """The rows and the order that the address asks for."""
    return Window(sort=str(asked.sort or ""), offset=asked.page.offset, size=asked.page.size)


def amounts(each: Iterable[Money]) -> Value:
    """Amounts of several currencies in one cell, one a line; nothing is a dash."""
    return lines(each)


def lines(each: Iterable[Value]) -> Value:
    """Several values in one cell, one a line; nothing is a dash."""
    values = tuple(each)
    if len(values) < 2:
        return values[0] if values else None
    return format_html_join(BREAK, "{}", ((show(value),) for value in values))
