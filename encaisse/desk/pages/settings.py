"""Where settings begin: every page of them, by what one wants to do, as far as one may."""

from typing import Final, NamedTuple

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy

from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Menu, Route, Section
from encaisse.ui.shapes import Words


class Door(NamedTuple):
    """A page of settings: what it is for, and the permission that it asks for."""

    name: str
    label: Words
    purpose: Words
    permission: str
    url: str = ""


DOORS: Final[dict[Words, tuple[Door, ...]]] = {
    gettext_lazy("The company"): (
        Door(
            "entities",
            gettext_lazy("Legal entities"),
            gettext_lazy(
                "Identity, bank, late interest; the look of documents with its preview; numbers; VAT regime."
            ),
            "configure",
        ),
        Door(
            "taxes",
            gettext_lazy("Taxes"),
            gettext_lazy("Rates, the rules that choose one, and an address to try them on."),
            "configure",
        ),
        Door(
            "rates",
            gettext_lazy("Exchange rates"),
            gettext_lazy("What other currencies are worth, by day, with their source."),
            "configure",
        ),
        Door(
            "chart",
            gettext_lazy("Chart of accounts"),
            gettext_lazy("Accounts, and where products, taxes and payments are posted."),
            "configure",
        ),
    ),
    gettext_lazy("People"): (
        Door("users", gettext_lazy("Users"), gettext_lazy("Who may come in, as what."), "manage_users"),
        Door("roles", gettext_lazy("Roles"), gettext_lazy("What each role sees and may do."), "manage_users"),
        Door(
            "teams",
            gettext_lazy("Groups"),
            gettext_lazy("Representatives, and who leads them."),
            "manage_users",
        ),
        Door(
            "second_factor",
            gettext_lazy("My two-factor log-in"),
            gettext_lazy("A code of the telephone beside the password."),
            "",
        ),
    ),
    gettext_lazy("Programs and traces"): (
        Door(
            "api_keys",
            gettext_lazy("API keys"),
            gettext_lazy("Programs that work on their own."),
            "integrate",
        ),
        Door(
            "webhooks", gettext_lazy("Webhooks"), gettext_lazy("What other programs are told."), "integrate"
        ),
        Door("audit", gettext_lazy("Audit log"), gettext_lazy("Who did what, when, to what."), "read_audit"),
    ),
}


def settings(request: ScopedRequest) -> HttpResponse:
    """The doors that open for whoever asks."""
    may = request.scope.may
    groups = [
        (
            label,
            [
                door._replace(url=reverse(f"desk:{door.name}"))
                for door in doors
                if not door.permission or may(door.permission)
            ],
        )
        for label, doors in DOORS.items()
    ]
    return render(request, "desk/settings.html", {"groups": [each for each in groups if each[1]]})


routes = [Route("settings", "settings", settings, menu=Menu(Section.SETTINGS, gettext_lazy("All settings")))]
