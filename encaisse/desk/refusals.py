"""The only answer to a refusal: nothing there, not allowed, or a message in words."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.defaults import page_not_found, permission_denied

from encaisse.kernel.errors import DomainError
from encaisse.ui import words


def answer(request: HttpRequest, error: DomainError) -> HttpResponseBase:
    """404 and 403 have their pages. A button that was refused says so on the page where it stands."""
    if error.status == 404:
        return page_not_found(request, error)
    if error.status == 403:
        return permission_denied(request, error)
    if request.method == "POST":
        return _back_with_message(request, error)
    return render(request, "desk/refused.html", {"reason": words.refusal(error)}, status=error.status)


def _back_with_message(request: HttpRequest, error: DomainError) -> HttpResponse:
    messages.error(request, words.refusal(error))
    back = request.headers.get("Referer", "")
    ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if ours else "/")
