"""Two-factor log-in: setting it up, the codes that stand in for it, and giving it up."""

import re
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.access.operations import second_factor as operations
from encaisse.access.queries import users as queries
from encaisse.adapters import qr
from encaisse.desk.forms import Form
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Route
from encaisse.ui.shapes import Crumb

# What a file begins with, up to the size of what is drawn.
HEAD: Final = re.compile(r'^.*?<svg width="(\d+)" height="(\d+)"', re.DOTALL)


class CodeForm(Form):
    """A code of the telephone."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput(
            {
                "autocomplete": "one-time-code",
                "inputmode": "numeric",
                "autofocus": True,
                "spellcheck": "false",
            }
        ),
    )


class PasswordForm(Form):
    """The present password, before what protects the account changes."""

    current = forms.CharField(
        label=gettext_lazy("Present password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


def second_factor(request: ScopedRequest) -> HttpResponse:
    """How one's own account stands; with a key that waits for its first code, the telephone is set up here."""
    account = queries.own_account(request.scope)
    asked = None if account.second_factor_at else operations.enrolment(request.scope.actor)
    form = CodeForm(request.POST or None)
    if asked and form.sent(lambda code: operations.confirm(request.scope.actor, code=code)):
        return _codes(request, form.outcome)
    told = {"account": account, "asked": asked, "form": form, "crumbs": _crumbs()}
    return render(request, "desk/second_factor.html", told | ({"qr": _drawn(asked.uri)} if asked else {}))


def ask(request: ScopedRequest) -> HttpResponse:
    """A new key for one's own telephone."""
    operations.ask(request.scope.actor)
    return redirect("desk:second_factor")


def renew_codes(request: ScopedRequest) -> HttpResponse:
    """Other recovery codes in the place of those that one has."""
    form = PasswordForm(request.POST or None)
    if form.sent(lambda current: operations.renew_codes(request.scope.actor, current=current)):
        return _codes(request, form.outcome)
    return render(
        request, "desk/renew_codes.html", {"form": form, "crumbs": _crumbs(_("New recovery codes"))}
    )


def give_up(request: ScopedRequest) -> HttpResponse:
    """Log in with the password alone again."""
    form = PasswordForm(request.POST or None)
    if form.sent(lambda current: operations.give_up(request.scope.actor, current=current)):
        messages.success(request, _("You log in with your password alone again."))
        return redirect("desk:second_factor")
    return render(request, "desk/give_up_factor.html", {"form": form, "crumbs": _crumbs(_("Turn off"))})


def _codes(request: HttpRequest, codes: tuple[str, ...]) -> HttpResponse:
    told = {"codes": codes, "crumbs": _crumbs(_("Recovery codes"))}
    return render(request, "desk/recovery_codes.html", told)


def _drawn(uri: str) -> str:
    """The square as the page holds it: without the head of a file, and as large as its place."""
    drawn = HEAD.sub(r'<svg viewBox="0 0 \1 \2"', qr.svg(uri), count=1)
    return mark_safe(drawn)  # noqa: S308 - drawn by us


def _crumbs(*more: str) -> tuple[Crumb, ...]:
    here = _("Two-factor log-in")
    above = Crumb(here, reverse("desk:second_factor")) if more else Crumb(here)
    return (Crumb(_("My account"), reverse("desk:own_account")), above, *map(Crumb, more))


routes = [
    Route("account/two-factor", "second_factor", second_factor, methods=FORM),
    Route("account/two-factor/ask", "ask_second_factor", ask, methods=BUTTON),
    Route("account/two-factor/codes", "renew_codes", renew_codes, methods=FORM),
    Route("account/two-factor/give-up", "give_up_factor", give_up, methods=FORM),
]
