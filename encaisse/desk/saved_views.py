"""Saved views: what a list opens with, and the tabs above it."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _

from encaisse.access.queries.saved_views import ViewRow, views
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Route
from encaisse.ui.shapes import Tab, ViewBar

# What an address says beside what is asked of the list.
ELSE = frozenset({"page", "after", "all"})


def opening(route: Route) -> Route:
    """The list's own page, which opens with the view that the person chose for it."""
    if not has_views(route):
        return route

    def opened(request: ScopedRequest) -> HttpResponseBase:
        """Go to the view when nothing is asked."""
        request.views = views(request.scope, route.name)
        chosen = next((view for view in request.views if view.opens), None)
        if chosen and chosen.address and not request.GET:
            return HttpResponseRedirect(f"{request.path}?{chosen.address}")
        return route.view(request)

    return replace(route, view=opened)


def has_views(route: Route) -> bool:
    """Whether what is asked of the list can be saved: it is a list of its own, not that of one row."""
    return bool(route.table) and "<" not in route.address


def bar(request: ScopedRequest) -> ViewBar | None:
    """The views of the list that is being read; nothing on other pages."""
    found = getattr(request, "views", None)
    if found is None:
        return None
    name = str(request.resolver_match.url_name) if request.resolver_match else ""
    return ViewBar(_tabs(request, found), reverse("desk:saved_views", args=[name]))


def asked(address: str) -> str:
    """What an address asks of a list, always written alike."""
    return urlencode(sorted(pair for pair in parse_qsl(address.lstrip("?")) if pair[0] not in ELSE))


def _tabs(request: ScopedRequest, found: Iterable[ViewRow]) -> tuple[Tab, ...]:
    here, kept = asked(request.GET.urlencode()), tuple(found)
    if not kept:
        return ()
    every = f"{request.path}?all=1" if any(view.opens for view in kept) else request.path
    named = (
        Tab(view.name, f"{request.path}?{view.address}", current=asked(view.address) == here) for view in kept
    )
    return (Tab(_("All"), every, current=not here), *named)


def page_of(list_name: str, view: ViewRow | None = None) -> str:
    """The address of a list, as a view asks for it."""
    address: Any = reverse(f"desk:{list_name}")
    return f"{address}?{view.address}" if view else address
