"""The navigation, made from the routes: a page that does not exist or is not permitted cannot stand in it."""

from collections.abc import Iterable
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext_lazy

from encaisse.desk.routes import Route
from encaisse.desk.routes import Section as Key
from encaisse.kernel.scope import Scope
from encaisse.ui.shapes import Entry, Section, Words

LABELS: Final[dict[Key, Words]] = {
    Key.BILL: gettext_lazy("Bill"),
    Key.SEND: gettext_lazy("Send"),
    Key.COLLECT: gettext_lazy("Collect"),
    Key.REMIND: gettext_lazy("Remind"),
    Key.FOLLOW: gettext_lazy("Follow"),
    Key.ACCOUNTS: gettext_lazy("Accounts"),
    Key.SETTINGS: gettext_lazy("Settings"),
}


def sections(routes: Iterable[Route], scope: Scope, here: str) -> tuple[Section, ...]:
    """The sections with their permitted pages; the page at the path `here`, or above it, is the current
    one."""
    listed = [
        route for route in routes if route.menu and (not route.permission or scope.may(route.permission))
    ]
    urls = {route.name: reverse(f"desk:{route.name}") for route in listed}
    current = max((url for url in urls.values() if _leads_to(url, here)), key=len, default="")
    return tuple(
        Section(
            label,
            tuple(
                Entry(route.menu.label, urls[route.name], current=urls[route.name] == current)
                for route in listed
                if route.menu and route.menu.section is key
            ),
        )
        for key, label in LABELS.items()
    )


def _leads_to(url: str, here: str) -> bool:
    return here == url or (url != "/" and here.startswith(url + "/"))
