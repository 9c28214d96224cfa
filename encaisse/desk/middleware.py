"""Nobody sees a page without having logged in, and what they may see is settled once per request."""

import re
from collections.abc import Callable
from typing import Any, Final, cast

from django.conf import settings
from django.contrib.auth import get_user
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation
from django_htmx.http import HttpResponseClientRedirect

from encaisse.access.operations.traces import record_file
from encaisse.access.queries import users as access
from encaisse.desk import refusals
from encaisse.desk.requests import ScopedRequest
from encaisse.kernel.errors import DomainError

# Everything else asks for a session, addresses that a later face adds included.
OPEN: Final = frozenset({"desk:login", "desk:log_in_code", "ui:style", "ui:theme", "ui:language", "health"})
FILE_NAME: Final = re.compile(r"filename\*?=(?:utf-8'')?\"?([^\";]+)")
# What somebody may still do whose role asks for a second factor that they do not have yet.
ENROLLING: Final = OPEN | {"desk:second_factor", "desk:ask_second_factor", "desk:logout"}
# Faces that look after their own: the documentation of the API is for everybody. Programs never come this far.
OTHERS: Final = frozenset({"api-pages"})


class SignedIn:
    """Sends strangers to the log-in page, gives the others their `scope` and language, and answers
    refusals."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Recognise who asks, then go on. Pages are for one person: nothing between us may keep them."""
        timezone.activate(settings.READER_TIME_ZONE)
        _recognise(request)
        response = self.get_response(request)
        if hasattr(request, "scope"):
            response.headers.setdefault("Cache-Control", "private, no-cache")
            _trace(cast(ScopedRequest, request), response)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Strangers go to the log-in page and come back here afterwards; who lacks a second factor sets it up first."""
        match = request.resolver_match
        asked = match.view_name if match else ""
        if match and OTHERS & {*match.namespaces}:
            return None
        if hasattr(request, "scope"):
            lacking = asked not in ENROLLING and access.lacks_second_factor(request.user)  # type: ignore[arg-type]
            return redirect("desk:second_factor") if lacking else None
        if asked in OPEN:
            return None
        back = request.get_full_path() if request.method == "GET" else "/"
        answer = redirect_to_login(back, settings.LOGIN_URL)
        return HttpResponseClientRedirect(answer.url) if "HX-Request" in request.headers else answer

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponseBase | None:
        """A refusal has words; anything else is a fault of ours."""
        return refusals.answer(request, error) if isinstance(error, DomainError) else None


def _recognise(request: HttpRequest) -> None:
    """Attach user and scope, and speak the user's language unless another was chosen in this browser."""
    user = get_user(request)
    if not user.is_authenticated:
        return
    scoped = cast(ScopedRequest, request)
    scoped.user = user
    scoped.scope = access.scope_of(user)
    if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
        translation.activate(user.language)


def _trace(request: ScopedRequest, response: HttpResponseBase) -> None:
    """Whoever takes a file leaves a line in the audit log; what is only looked at in a page does not."""
    if response.status_code == 200 and (manner := response.headers.get("Content-Disposition")):
        name = FILE_NAME.search(manner)
        record_file(request.scope.actor, name=name[1] if name else "", address=request.path)
