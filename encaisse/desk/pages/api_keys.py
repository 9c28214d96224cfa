"""Keys of the API: which programs come in, a new one, and the end of one."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from encaisse.access.operations.keys import Wanted, revoke_key
from encaisse.access.queries import keys as queries
from encaisse.access.queries.keys import KeyRow
from encaisse.desk.fields import DayField
from encaisse.desk.forms import Form
from encaisse.desk.lists import files
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Menu, Route, Section
from encaisse.flows.open_api import give_key
from encaisse.insight.queries.search import account_named
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import words
from encaisse.ui.lists import Column, Empty, Kind, Listing, Table
from encaisse.ui.shapes import Crumb, Fact, Status, Tone, Words

MODES = {
    "test": gettext_lazy("Test: in a sandbox, where nothing counts"),
    "live": gettext_lazy("Live: on the company’s own books"),
}
SHORT = {"test": gettext_lazy("Test"), "live": gettext_lazy("Live")}
STATES = {
    "active": Status(pgettext_lazy("a key", "Active"), Tone.GOOD),
    "expired": Status(gettext_lazy("Expired"), Tone.CLOSED),
    "revoked": Status(gettext_lazy("Revoked"), Tone.CLOSED),
}


class NewKey(Form):
    """A key to be: for which program, to do what, and until when. It never does more than who makes it."""

    name = forms.CharField(
        label=gettext_lazy("Program"), help_text=gettext_lazy("Such as “Shop” or “CRM”."), max_length=100
    )
    mode = forms.ChoiceField(label=gettext_lazy("Mode"), choices=[*MODES.items()], widget=forms.RadioSelect)
    permissions = forms.MultipleChoiceField(
        label=gettext_lazy("It may, beside reading"), required=False, widget=forms.CheckboxSelectMultiple
    )
    entities = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Legal entities"),
        help_text=gettext_lazy("None ticked: all of yours."),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    customer = forms.CharField(
        label=gettext_lazy("Only this customer"),
        help_text=gettext_lazy("A customer’s or an account’s reference; empty for all that you see."),
        required=False,
        max_length=100,
    )
    expires_on = DayField(
        label=gettext_lazy("Until"), help_text=gettext_lazy("Empty: until revoked."), required=False
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.scope = scope
        may = [(each, words.PERMISSIONS[each]) for each in words.PERMISSIONS if scope.may(each)]
        sellers = [(each.id, each.name) for each in party.legal_entities(scope) if not each.is_sandbox]
        self.fields["permissions"].choices = may  # type: ignore[attr-defined]
        self.fields["entities"].choices = sellers  # type: ignore[attr-defined]

    def clean_customer(self) -> int | None:
        """The key of the customer named."""
        if not (named := self.cleaned_data["customer"]):
            return None
        if (account := account_named(self.scope, named)) is None:
            raise forms.ValidationError(_("No customer has this reference."))
        return party.account(self.scope, account).row.customer_id


def api_keys(request: ScopedRequest) -> HttpResponse:
    """Every key, newest first."""
    return render(request, "desk/api_keys.html", {"table": _table(request.scope, request.GET)})


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    columns = (
        Column("name", _("Program"), link=_page),
        Column("beginning", _("Key"), Kind.CODE),
        Column("mode", _("Mode"), show=lambda row: SHORT[row.mode]),
        Column("made_by", _("Made by")),
        Column("last_used_at", _("Last used"), Kind.INSTANT),
        Column("state", _("State"), Kind.STATUS, show=lambda row: STATES[row.state]),
    )
    empty = Empty(
        _("No program comes in yet"),
        _("A key in test mode works in a sandbox with numbers and books of its own: begin with that."),
        _("New key"),
        reverse("desk:new_api_key"),
    )
    listing = Listing(columns)
    asked = listing.asked(address, size)
    shown = {"name": "api-keys", "caption": _("API keys"), "empty": empty}
    return listing.table(asked, queries.keys(scope), export_url=files("api_keys", asked), **shown)


def new_api_key(request: ScopedRequest) -> HttpResponse:
    """Make a key, and show its secret this once."""
    form = NewKey(request.scope, request.POST or None, initial={"mode": "test"})
    crumbs = (_all_keys(), Crumb(_("New key")))
    if form.sent(lambda **said: give_key(request.scope, _wanted(**said))):
        made = queries.key(request.scope, form.outcome.id)
        shown = {"key": made, "secret": form.outcome.secret, "crumbs": crumbs}
        answer = render(request, "desk/api_key_made.html", shown)
        answer.headers["Cache-Control"] = "no-store"
        return answer
    return render(request, "desk/new_api_key.html", {"form": form, "crumbs": crumbs})


def api_key(request: ScopedRequest, key_id: int) -> HttpResponse:
    """One key: what it may do, and its end."""
    found = queries.key(request.scope, key_id)
    shown = {"key": found, "state": STATES[found.state], "facts": _facts(found)}
    return render(request, "desk/api_key.html", shown | {"crumbs": (_all_keys(), Crumb(found.name))})


def revoke_api_key(request: ScopedRequest, key_id: int) -> HttpResponse:
    """End a key at once."""
    revoke_key(request.scope, key_id)
    return redirect("desk:api_key", key_id)


def _wanted(
    *,
    permissions: list[str],
    entities: list[int],
    customer: int | None,
    expires_on: dt.date | None,
    **said: Any,
) -> Wanted:
    return Wanted(
        permissions=frozenset(permissions),
        entity_ids=frozenset(entities) or None,
        customer_id=customer,
        expires_at=dt.datetime.combine(expires_on, dt.time(), dt.UTC) if expires_on else None,
        **said,
    )


def _facts(found: KeyRow) -> tuple[Fact, ...]:
    may: list[Words] = [words.PERMISSIONS[each] for each in found.permissions]
    return (
        Fact(_("Key"), f"{found.beginning}…"),
        Fact(_("Mode"), MODES[found.mode]),
        Fact(_("Sees"), found.customer or words.LEVELS[found.level]),
        Fact(_("It may"), ", ".join(map(str, may)) or _("Read")),
        Fact(_("Made by"), found.made_by),
        Fact(_("Made on"), found.made_at),
        Fact(_("Until"), found.expires_at),
        Fact(_("Last used"), found.last_used_at),
    )


def _page(row: KeyRow) -> str:
    return reverse("desk:api_key", args=[row.id])


def _all_keys() -> Crumb:
    return Crumb(_("API keys"), reverse("desk:api_keys"))


routes = [
    Route(
        "api-keys",
        "api_keys",
        api_keys,
        "integrate",
        menu=Menu(Section.SETTINGS, gettext_lazy("API keys")),
        table=_table,
    ),
    Route("api-keys/new", "new_api_key", new_api_key, "integrate", FORM),
    Route("api-keys/<key:key_id>", "api_key", api_key, "integrate"),
    Route("api-keys/<key:key_id>/revoke", "revoke_api_key", revoke_api_key, "integrate", BUTTON),
]
