"""The contract as a file, and the pages made of it. Nobody needs a key to read them."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from encaisse.api import problems, validation
from encaisse.api.documentation import guides, reference
from encaisse.api.documentation.reference import Endpoint, Heading
from encaisse.api.root import api
from encaisse.ui import words
from encaisse.ui.shapes import Crumb, Entry, Section, Words

GUIDES: Final[Mapping[str, Words]] = {
    "quick-start": gettext_lazy("Quick start"),
    "authentication": gettext_lazy("Keys and modes"),
    "idempotency": gettext_lazy("Asking twice"),
    "customers": gettext_lazy("Customers and their accounts"),
    "charges": gettext_lazy("From charge to invoice"),
    "lists": gettext_lazy("Lists and pages"),
    "values": gettext_lazy("Amounts, dates, references"),
}


@require_safe
def contract(request: HttpRequest) -> JsonResponse:
    """The contract, as OpenAPI 3.1."""
    return JsonResponse(described(), json_dumps_params={"ensure_ascii": False})


@cache
def described() -> dict[str, Any]:
    """The contract as plain values; it never changes while the process lives."""
    return dict(api.get_openapi_schema(path_prefix="/api/v1/"))


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The guides, and every endpoint under its heading; or those that a search finds."""
    text = request.GET.get("q", "").strip()[:100]
    found = [
        (heading, endpoints)
        for heading in _headings(request)
        if (endpoints := [each for each in heading.endpoints if _matches(text, heading, each)])
    ]
    return render(
        request, "api/home.html", _frame(request) | {"found": found, "text": text, "guides": GUIDES.items()}
    )


@require_safe
def guide(request: HttpRequest, name: str) -> HttpResponse:
    """One guide."""
    if name not in GUIDES:
        raise Http404
    shown = {
        "title": GUIDES[name],
        "setup": guides.SETUP,
        "calls": guides.calls(request.build_absolute_uri("/")[:-1]),
    }
    return render(request, f"api/guides/{name.replace('-', '_')}.html", _frame(request, GUIDES[name]) | shown)


@require_safe
def resource(request: HttpRequest, slug: str) -> HttpResponse:
    """Every endpoint of one heading."""
    heading = next((each for each in _headings(request) if each.slug == slug), None)
    if heading is None:
        raise Http404
    return render(request, "api/resource.html", _frame(request, heading.title) | {"heading": heading})


@require_safe
def errors(request: HttpRequest) -> HttpResponse:
    """Every code of a refusal, with its words."""
    told = {**validation.SAID, **words.REFUSALS, **problems.DETAILS}
    shown = {"codes": sorted(told.items()), "title": _("Errors"), "example": guides.REFUSAL}
    return render(request, "api/errors.html", _frame(request, _("Errors")) | shown)


def _headings(request: HttpRequest) -> tuple[Heading, ...]:
    return _made(request.build_absolute_uri("/")[:-1])


@cache
def _made(site: str) -> tuple[Heading, ...]:
    return reference.headings(described(), site)


def _matches(text: str, heading: Heading, endpoint: Endpoint) -> bool:
    said = f"{heading.title} {endpoint.summary} {endpoint.text} {endpoint.path} {endpoint.name}".lower()
    return all(word in said for word in text.lower().split())


def _frame(request: HttpRequest, *here: Words) -> dict[str, Any]:
    """What every page of the documentation has beside its own: the way through it."""
    pages = [(GUIDES[name], reverse("api-pages:guide", args=[name])) for name in GUIDES]
    pages.append((_("Errors"), reverse("api-pages:errors")))
    resources = [(each.title, reverse("api-pages:resource", args=[each.slug])) for each in _headings(request)]
    first = [(_("All endpoints"), reverse("api-pages:home"))]
    crumbs = (Crumb(_("Documentation of the API"), reverse("api-pages:home")), *map(Crumb, here))
    return {
        "navigation": (
            _section(request, _("Guides"), pages),
            _section(request, _("Reference"), first + resources),
        ),
        "crumbs": crumbs if here else (),
        "home_url": reverse("api-pages:home"),
        "search_url": "",
    }


def _section(request: HttpRequest, label: str, pages: Iterable[tuple[Words, str]]) -> Section:
    return Section(label, tuple(Entry(title, url, current=url == request.path) for title, url in pages))
