"""Groups of sales representatives: who leads, who works there. A group leader sees the customers of all of them."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.access.queries import teams as queries
from encaisse.desk.forms import Form
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Menu, Route, Section
from encaisse.kernel.scope import Scope
from encaisse.party.operations import reps as operations
from encaisse.ui.lists import Column, Empty, Kind, Table
from encaisse.ui.shapes import Crumb


class TeamForm(Form):
    """A group: its name, its leader, its members."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100)
    leader = forms.ChoiceField(
        label=gettext_lazy("Leader"),
        help_text=gettext_lazy("With the role of a group leader, they see the customers of every member."),
        required=False,
    )
    members = forms.MultipleChoiceField(
        label=gettext_lazy("Members"),
        help_text=gettext_lazy("Who works in another group leaves it."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        reps = [(row.code, row.name) for row in queries.members(scope)]
        self.fields["leader"].choices = [("", _("Nobody")), *reps]  # type: ignore[attr-defined]
        self.fields["members"].choices = reps  # type: ignore[attr-defined]


class RepForm(Form):
    """A sales representative, who need not log in."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)


def teams(request: ScopedRequest) -> HttpResponse:
    """Groups, and every representative with the group they work in."""
    groups = (
        Column("name", _("Group"), link=_page),
        Column("leader", _("Leader")),
        Column("members", _("Members"), show=lambda row: ", ".join(row.members)),
    )
    reps = (
        Column("name", _("Sales representative")),
        Column("code", _("Code"), Kind.CODE),
        Column("group", _("Group")),
        Column("customers", _("Customers followed"), Kind.NUMBER),
        Column("users", _("Log-ins"), Kind.NUMBER),
    )
    none = Empty(
        _("No group yet"),
        _("A group gathers sales representatives under a leader, who sees all their customers."),
        _("New group"),
        reverse("desk:new_team"),
    )
    tables = {
        "teams": Table(groups, queries.teams(request.scope), name="teams", caption=_("Groups"), empty=none),
        "members": Table(reps, queries.members(request.scope), name="members", caption=_("Representatives")),
    }
    return render(request, "desk/teams.html", tables)


def new_team(request: ScopedRequest) -> HttpResponse:
    """A group."""
    form = TeamForm(request.scope, request.POST or None)
    if form.sent(lambda **told: operations.new_group(actor=request.scope.actor, **told)):
        messages.success(request, _("Saved."))
        return redirect("desk:teams")
    return render(request, "desk/team.html", {"form": form, "crumbs": (_all(), Crumb(_("New group")))})


def team(request: ScopedRequest, group_id: int) -> HttpResponse:
    """One group, to change."""
    row = queries.team(request.scope, group_id)
    said = {"name": row.name, "leader": row.leader_code, "members": row.member_codes}
    form = TeamForm(request.scope, request.POST or None, initial=said)
    if form.sent(lambda **told: operations.save_group(code=row.code, actor=request.scope.actor, **told)):
        messages.success(request, _("Saved."))
        return redirect("desk:teams")
    return render(request, "desk/team.html", {"form": form, "team": row, "crumbs": (_all(), Crumb(row.name))})


def new_rep(request: ScopedRequest) -> HttpResponse:
    """A sales representative, whom customers and users may then name."""
    form = RepForm(request.POST or None)
    if form.sent(lambda **told: operations.new_rep(actor=request.scope.actor, **told)):
        messages.success(request, _("Saved."))
        return redirect("desk:teams")
    crumbs = (_all(), Crumb(_("New representative")))
    return render(request, "desk/new_rep.html", {"form": form, "crumbs": crumbs})


def _page(row: queries.TeamRow) -> str:
    return reverse("desk:team", args=[row.id])


def _all() -> Crumb:
    return Crumb(_("Groups"), reverse("desk:teams"))


routes = [
    Route("groups", "teams", teams, "manage_users", menu=Menu(Section.SETTINGS, gettext_lazy("Groups"))),
    Route("groups/new", "new_team", new_team, "manage_users", FORM),
    Route("groups/<grp:group_id>", "team", team, "manage_users", FORM),
    Route("groups/representatives/new", "new_rep", new_rep, "manage_users", FORM),
]
