"""Roles: what each shows and allows, and who holds it."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from encaisse.access.operations import roles as operations
from encaisse.access.operations.roles import RoleFacts
from encaisse.access.queries import users as queries
from encaisse.access.queries.users import RoleRow
from encaisse.desk import permission_words
from encaisse.desk.forms import Form
from encaisse.desk.lists import lines
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Menu, Route, Section
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import words
from encaisse.ui.lists import Column, Kind, Table
from encaisse.ui.shapes import Crumb, Status, Tone

GROUPS = permission_words.GROUPS


class RoleForm(Form):
    """A role: its name, whose customers it shows, and what it allows, group by group."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    level = forms.ChoiceField(
        label=gettext_lazy("Sees"),
        choices=[*permission_words.LEVELS_AT_LENGTH.items()],
        widget=forms.RadioSelect,
    )
    legal_entities = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Of these legal entities only"),
        help_text=gettext_lazy("None ticked: all of them, those to come included."),
        required=False,
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
    )
    second_factor_required = forms.BooleanField(
        label=gettext_lazy("Two-factor log-in required"),
        help_text=gettext_lazy(
            "Whoever holds the role sets up a code on their telephone before doing anything else."
        ),
        required=False,
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        entities = [(row.id, row.name) for row in party.legal_entities(scope)]
        self.fields["legal_entities"].choices = entities  # type: ignore[attr-defined]
        for name, (label, held) in GROUPS.items():
            choices = [(each, permission_words.PERMISSIONS[each]) for each in held]
            self.fields[name] = forms.MultipleChoiceField(
                label=str(label), choices=choices, required=False, widget=forms.CheckboxSelectMultiple
            )


def roles(request: ScopedRequest) -> HttpResponse:
    """Every role with what it grants."""
    entities = _entities(request.scope)
    columns = (
        Column("name", _("Role"), link=lambda row: reverse("desk:role", args=[row.id]), show=_name),
        Column("level", _("Sees"), show=lambda row: _sees(row, entities)),
        Column("permissions", _("May"), show=_may),
        Column("second_factor_required", _("Two-factor log-in"), Kind.STATUS, show=_second_factor),
        Column("holders", _("Held by"), show=_holders, link=_holders_url),
    )
    table = Table(columns, queries.roles(request.scope), name="roles", caption=_("Roles"))
    return render(request, "desk/roles.html", {"table": table})


def new_role(request: ScopedRequest) -> HttpResponse:
    """A role of the company's own."""
    form = RoleForm(request.scope, request.POST or None, initial={"level": "everything"})
    if form.sent(lambda **told: operations.new_role(_facts(told), actor=request.scope.actor)):
        messages.success(request, _("The role can be given to users."))
        return redirect("desk:roles")
    return render(request, "desk/role.html", {"form": form, "crumbs": (_all_roles(), Crumb(_("New role")))})


def role(request: ScopedRequest, role_id: int) -> HttpResponse:
    """One role, to read and to change."""
    row = queries.role(request.scope, role_id)
    form = RoleForm(request.scope, request.POST or None, initial=_initial(request.scope, row))
    if form.sent(lambda **told: operations.change_role(role_id, _facts(told), actor=request.scope.actor)):
        messages.success(request, _("Saved. It counts from the next page that each of them asks for."))
        return redirect("desk:role", role_id)
    told = {"form": form, "role": row, "crumbs": (_all_roles(), Crumb(_name(row))), "holders": _holders(row)}
    return render(request, "desk/role.html", told | {"name": _name(row), "holders_url": _holders_url(row)})


def _facts(told: dict[str, Any]) -> RoleFacts:
    return RoleFacts(
        name=told["name"].strip(),
        level=told["level"],
        permissions=frozenset(each for name in GROUPS for each in told[name]),
        legal_entity_ids=frozenset(told["legal_entities"]),
        second_factor_required=told["second_factor_required"],
    )


def _initial(scope: Scope, row: RoleRow) -> dict[str, Any]:
    held = {
        name: [each for each in each_held if each in row.permissions]
        for name, (_, each_held) in GROUPS.items()
    }
    return {
        "name": _name(row),
        "level": row.level,
        "legal_entities": [key for key in _entities(scope) if key in row.legal_entity_ids],
        "second_factor_required": row.second_factor_required,
        **held,
    }


def _name(row: RoleRow) -> Any:
    return words.role(row.code, row.name)


def _entities(scope: Scope) -> dict[int, str]:
    """The names of the legal entities that may be named to whoever asks."""
    return {row.id: row.name for row in party.legal_entities(scope)}


def _sees(row: RoleRow, entities: dict[int, str]) -> Any:
    named = [name for key, name in entities.items() if key in row.legal_entity_ids]
    return lines((words.LEVELS[row.level], *named))


def _may(row: RoleRow) -> str:
    """What the role allows, in short and in the order of the form."""
    held = (each for _label, group in GROUPS.values() for each in group if each in row.permissions)
    return ", ".join(str(words.PERMISSIONS[each]) for each in held)


def _second_factor(row: RoleRow) -> Status | None:
    return Status(_("Required"), Tone.GOOD) if row.second_factor_required else None


def _holders(row: RoleRow) -> str:
    return ngettext("%(count)s person", "%(count)s people", row.holders) % {"count": row.holders}


def _holders_url(row: RoleRow) -> str:
    return f"{reverse('desk:users')}?role={row.code}"


def _all_roles() -> Crumb:
    return Crumb(_("Roles"), reverse("desk:roles"))


routes = [
    Route("roles", "roles", roles, "manage_users", menu=Menu(Section.SETTINGS, gettext_lazy("Roles"))),
    Route("roles/new", "new_role", new_role, "manage_users", FORM),
    Route("roles/<rol:role_id>", "role", role, "manage_users", FORM),
]
