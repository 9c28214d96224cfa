"""Saved views of a list: save what it is asked for now, rename, share, open the list with one, forget it."""

from collections.abc import Callable, Mapping
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from encaisse.access.operations import saved_views as operations
from encaisse.access.queries.saved_views import views
from encaisse.desk import saved_views
from encaisse.desk.exports import list_named
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Route
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.ui.shapes import Crumb, Words

Act = Callable[[Scope, int, str], None]
ACTS: Final[Mapping[str, Act]] = {
    "rename": lambda scope, key, name: operations.rename_view(scope, key, name=name),
    "share": lambda scope, key, _: operations.share_view(scope, key, is_shared=True),
    "keep": lambda scope, key, _: operations.share_view(scope, key, is_shared=False),
    "open": lambda scope, key, _: operations.open_with(scope, key, opens=True),
    "open_all": lambda scope, key, _: operations.open_with(scope, key, opens=False),
    "delete": lambda scope, key, _: operations.delete_view(scope, key),
}


def saved(request: ScopedRequest, name: str) -> HttpResponse:
    """The views of a list; posted, the one that was asked for is saved."""
    title = _title(request.scope, name)
    if request.method == "POST":
        address = saved_views.asked(request.POST.get("address", ""))
        called, shared = request.POST.get("name", "")[:80], "is_shared" in request.POST
        operations.save_view(request.scope, name, name=called, address=address, is_shared=shared)
        messages.success(request, _("The view is saved: it stands above the list."))
        return redirect(f"{reverse(f'desk:{name}')}?{address or 'all=1'}")
    found = [(view, saved_views.page_of(name, view)) for view in views(request.scope, name)]
    crumbs = (Crumb(title, reverse(f"desk:{name}")), Crumb(_("Saved views")))
    return render(request, "desk/saved_views.html", {"found": found, "list": name, "crumbs": crumbs})


def change(request: ScopedRequest, name: str, view_id: int) -> HttpResponse:
    """One act on one view."""
    act = ACTS.get(request.POST.get("do", ""))
    if act is None:
        raise NotFound(noun="act")
    act(request.scope, view_id, request.POST.get("name", "")[:80])
    return redirect("desk:saved_views", name)


def _title(scope: Scope, name: str) -> Words:
    """What the list is called. Raises NotFound, NotPermitted."""
    route = list_named(scope, name)
    return route.menu.label if route.menu else name.capitalize()


routes = [
    Route("views/<slug:name>", "saved_views", saved, methods=FORM),
    Route("views/<slug:name>/<vue:view_id>", "change_view", change, methods=BUTTON),
]
