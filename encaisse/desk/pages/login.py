"""Coming in and going out."""

from django import forms
from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from encaisse.access.operations import users as access
from encaisse.desk.forms import Form
from encaisse.desk.routes import BUTTON, FORM, Route


class LogIn(Form):
    """Address and password. Nobody's password is longer than what is worth hashing."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=200,
        widget=forms.EmailInput({"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=_("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


def log_in(request: HttpRequest) -> HttpResponse:
    """Show the form, or let the person in and on to where they were going."""
    form = LogIn(request.POST or None)
    if form.sent(access.log_in):
        login(request, form.outcome)
        return redirect(_destination(request))
    return render(request, "desk/login.html", {"form": form})


def log_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    logout(request)
    return redirect(settings.LOGIN_URL)


def _destination(request: HttpRequest) -> str:
    asked = request.GET.get("next", "")
    ours = url_has_allowed_host_and_scheme(asked, {request.get_host()}, require_https=request.is_secure())
    return asked if ours else resolve_url(settings.LOGIN_REDIRECT_URL)


routes = [
    Route("login", "login", log_in, methods=FORM, public=True),
    Route("logout", "logout", log_out, methods=BUTTON),
]
