"""Coming in, in one step or two, and going out."""

from typing import TYPE_CHECKING, Final

from django import forms
from django.conf import settings
from django.contrib.auth import login, logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from encaisse.access.operations import second_factor
from encaisse.access.operations import users as access
from encaisse.access.queries import users as queries
from encaisse.desk.forms import Form
from encaisse.desk.routes import BUTTON, FORM, Route
from encaisse.kernel import clock

if TYPE_CHECKING:
    from encaisse.access.models import User

PENDING: Final = "second_factor"
PATIENCE_SECONDS: Final = 5 * 60


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


class SecondStep(Form):
    """The code of the moment, or one of recovery."""

    code = forms.CharField(
        label=_("Code"),
        help_text=_(
            "The six digits that your telephone shows at this moment, or one of your recovery codes."
        ),
        max_length=20,
        widget=forms.TextInput({"autocomplete": "one-time-code", "autofocus": True, "spellcheck": "false"}),
    )


def log_in(request: HttpRequest) -> HttpResponse:
    """Show the form, or let the person in and on to where they were going, or to the second step."""
    form = LogIn(request.POST or None)
    if form.sent(access.log_in):
        if queries.has_second_factor(form.outcome):
            return _wait_for_code(request, form.outcome)
        login(request, form.outcome)
        return redirect(_destination(request))
    return render(request, "desk/login.html", {"form": form})


def log_in_code(request: HttpRequest) -> HttpResponse:
    """The second step. Without the first, or five minutes after it, one begins again."""
    pending = request.session.get(PENDING)
    if not pending or pending["until"] < clock.now().timestamp():
        return redirect(f"{reverse('desk:login')}?{request.GET.urlencode()}")
    form = SecondStep(request.POST or None)
    if form.sent(lambda code: second_factor.enter(pending["user_id"], code=code)):
        login(request, form.outcome)
        request.session.pop(PENDING, None)
        return redirect(_destination(request))
    return render(request, "desk/log_in_code.html", {"form": form})


def _wait_for_code(request: HttpRequest, user: "User") -> HttpResponse:
    request.session[PENDING] = {"user_id": user.pk, "until": clock.now().timestamp() + PATIENCE_SECONDS}
    return redirect(f"{reverse('desk:log_in_code')}?{request.GET.urlencode()}")


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
    Route("login/code", "log_in_code", log_in_code, methods=FORM, public=True),
    Route("logout", "logout", log_out, methods=BUTTON),
]
