"""The style page, which needs no database, and the switch of theme."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from encaisse.ui import samples
from encaisse.ui.context import THEME_COOKIE, THEMES

YEAR_SECONDS = 365 * 24 * 60 * 60


@require_GET
def style(request: HttpRequest) -> HttpResponse:
    """Show every component with its states."""
    return render(request, "ui/style.html", samples.page(request.GET))


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the reader's theme in a cookie, or forget it, and go back to the page."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=YEAR_SECONDS, samesite="Lax")
    else:
        response.delete_cookie(THEME_COOKIE, samesite="Lax")
    return response
