"""Acts on several rows of a list: chosen there, confirmed here, done by a job."""

from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from encaisse.desk import mass
from encaisse.desk.exports import every_row, list_named
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, Route
from encaisse.flows import mass_actions
from encaisse.flows.mass_actions import MOST_ROWS
from encaisse.kernel.errors import NoRowChosen, TooManyRows
from encaisse.kernel.references import key_of
from encaisse.ui.shapes import Crumb


class Chosen(NamedTuple):
    """The rows that were ticked, or all that the address finds."""

    references: tuple[str, ...]
    all_found: bool
    keys: tuple[int, ...]


def act(request: ScopedRequest, name: str) -> HttpResponse:
    """Say what will happen to how many rows and ask for what must be said; once confirmed, a job does it."""
    code = request.POST.get("act", "")
    offered, chosen = mass.act_of(request.scope, name, code), _chosen(request, name)
    confirmed = request.POST if "confirmed" in request.POST else None
    initial = mass.begun(request.scope) | {"offer_id": request.POST.get("offer_id", "")}
    form = offered.form(request.scope, confirmed, initial=initial)
    if confirmed and form.is_valid():
        job_id = mass_actions.start(request.scope, code, chosen.keys, form.facts())
        return redirect("desk:job", job_id)
    return render(request, "desk/mass.html", _page(request, name, chosen) | {"act": offered, "form": form})


def _page(request: ScopedRequest, name: str, chosen: Chosen) -> dict[str, Any]:
    back = f"{reverse(f'desk:{name}')}?{request.GET.urlencode()}".rstrip("?")
    label = list_named(request.scope, name).menu
    return {
        "count": len(chosen.keys),
        "chosen": chosen,
        "code": request.POST.get("act", ""),
        "address": request.get_full_path(),
        "back": back,
        "crumbs": (Crumb(label.label if label else name, back),),
    }


def _chosen(request: ScopedRequest, name: str) -> Chosen:
    """Raises NoRowChosen, TooManyRows, and what the list raises."""
    ticked, all_found = tuple(request.POST.getlist("row")), "all" in request.POST
    prefix = mass.LISTS[name].prefix
    found = _found(request, name) if all_found else (key_of(prefix, each) for each in ticked)
    keys = tuple(islice(found, MOST_ROWS + 1))
    if not keys:
        raise NoRowChosen
    if len(keys) > MOST_ROWS:
        raise TooManyRows(most_rows=MOST_ROWS)
    return Chosen(() if all_found else ticked, all_found, keys)


def _found(request: ScopedRequest, name: str) -> Iterator[int]:
    route = list_named(request.scope, name)
    address = {word: str(value) for word, value in request.GET.items()}
    return (row.id for row in every_row(route, request.scope, address))


routes = [Route("mass/<slug:name>", "mass", act, methods=BUTTON)]
