"""From what an address asks of a list to what a query takes."""

from encaisse.kernel.lists import Window
from encaisse.ui.lists import Asked


def window(asked: Asked) -> Window:
    """The rows and the order that the address asks for."""
    return Window(sort=str(asked.sort or ""), offset=asked.page.offset, size=asked.page.size)
