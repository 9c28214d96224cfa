"""The addresses of the desk as a table: page modules list their own, `urls` gathers them, tests walk them."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from encaisse.desk.requests import ScopedRequest
from encaisse.ui.lists import Table
from encaisse.ui.shapes import Words

View = Callable[..., HttpResponseBase]


class Section(StrEnum):
    """What people do, in the order of the navigation."""

    BILL = "bill"
    SEND = "send"
    COLLECT = "collect"
    REMIND = "remind"
    FOLLOW = "follow"
    ACCOUNTS = "accounts"
    SETTINGS = "settings"


class Menu(NamedTuple):
    """Where a page stands in the navigation; within a section, in the order of the table."""

    section: Section
    label: Words


@dataclass(frozen=True)
class Route:
    """One address, its view, and who may ask for it.

    `permission` is what the role must hold beside being signed in; without it the answer is 403. `public`
    asks for nobody. A form's address takes GET and POST, a button's POST alone. The `table` of a list makes what it
    shows for a scope, an address, a page size (0 for the list's own) and the keys of the route: it is exported too.
    """

    address: str
    name: str
    view: View
    permission: str = ""
    methods: tuple[str, ...] = ("GET",)
    menu: Menu | None = None
    public: bool = False
    table: Callable[..., Table] | None = None

    def pattern(self) -> URLPattern:
        """The address as Django resolves it."""
        view = self._permitted if self.permission else self.view
        allowed = [*self.methods, "HEAD"] if "GET" in self.methods else list(self.methods)
        return path(self.address, require_http_methods(allowed)(view), name=self.name)

    def _permitted(self, request: ScopedRequest, **keys: Any) -> HttpResponseBase:
        request.scope.require(self.permission)
        return self.view(request, **keys)


FORM = ("GET", "POST")
BUTTON = ("POST",)
