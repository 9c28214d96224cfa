"""Users: who may come in, as what; and one's own account."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.access.operations import second_factor as factors
from encaisse.access.operations import users as operations
from encaisse.access.operations.users import Profile
from encaisse.access.queries import users as queries
from encaisse.desk.forms import Form
from encaisse.desk.lists import acting, files, window
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Menu, Route, Section
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import words
from encaisse.ui.lists import Column, Filter, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Crumb, Fact, Status, Tone

STATES: Final = {
    "active": gettext_lazy("Active"),
    "deactivated": gettext_lazy("Deactivated"),
    "alone": gettext_lazy("Active, without two-factor log-in"),
}
NEW_PASSWORD = forms.PasswordInput({"autocomplete": "new-password"})


class ProfileForm(Form):
    """Who somebody is and what they may do."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    email = forms.EmailField(label=gettext_lazy("E-mail"), max_length=200)
    role = forms.ChoiceField(label=gettext_lazy("Role"))
    rep = forms.TypedChoiceField(
        label=gettext_lazy("Sales representative"),
        help_text=gettext_lazy("Whose customers this person follows, when the role does not show them all."),
        required=False,
        coerce=int,
        empty_value=None,
    )
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=[*words.LANGUAGES.items()])

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        roles = [(row.code, words.role(row.code, row.name)) for row in queries.roles(scope)]
        reps = [(row.id, f"{row.name} ({row.code})") for row in party.reps(scope)]
        self.fields["role"].choices = roles  # type: ignore[attr-defined]
        self.fields["rep"].choices = [("", _("None")), *reps]  # type: ignore[attr-defined]


class NewUserForm(ProfileForm):
    """A user to be, with a first password. The role is chosen, never taken for granted."""

    password = forms.CharField(
        label=gettext_lazy("First password"),
        help_text=gettext_lazy(
            "Ten characters at least. Hand it over in person; it can be changed afterwards."
        ),
        max_length=200,
        strip=False,
        widget=NEW_PASSWORD,
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(scope, *given, **options)
        roles = self.fields["role"].choices  # type: ignore[attr-defined]
        self.fields["role"].choices = [("", _("Choose")), *roles]  # type: ignore[attr-defined]


class PasswordForm(Form):
    """A new password for somebody else."""

    password = forms.CharField(
        label=gettext_lazy("New password"),
        help_text=gettext_lazy("Every session of this person ends, and a locked account opens again."),
        max_length=200,
        strip=False,
        widget=NEW_PASSWORD,
    )


class OwnAccountForm(Form):
    """What everyone may say of themselves."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    language = forms.ChoiceField(label=gettext_lazy("Language"), choices=[*words.LANGUAGES.items()])


class OwnPasswordForm(Form):
    """A new password of one's own, for who knows the present one."""

    current = forms.CharField(
        label=gettext_lazy("Present password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )
    password = forms.CharField(
        label=gettext_lazy("New password"),
        help_text=gettext_lazy("Ten characters at least. Your other sessions end."),
        max_length=200,
        strip=False,
        widget=NEW_PASSWORD,
    )


def state(user: queries.UserRow) -> Status:
    """Whether the user can come in."""
    if not user.is_active:
        return Status(_("Deactivated"), Tone.CLOSED)
    return Status(_("Locked"), Tone.WARN) if user.is_locked else Status(_("Active"), Tone.GOOD)


def second_factor(user: queries.UserRow) -> Status | None:
    """Whether the user logs in with more than a password, and should."""
    if user.second_factor_at:
        return Status(_("In place"), Tone.GOOD)
    return Status(_("Required, not set up yet"), Tone.WARN) if user.second_factor_required else None


def _listing(scope: Scope) -> Listing:
    roles = tuple((row.code, words.role(row.code, row.name)) for row in queries.roles(scope))
    return Listing(
        columns=(
            Column("name", _("Name"), sortable=True, link=lambda row: reverse("desk:user", args=[row.id])),
            Column("email", _("E-mail"), sortable=True),
            Column(
                "role", _("Role"), sortable=True, show=lambda row: words.role(row.role_code, row.role_name)
            ),
            Column("level", _("Sees"), show=lambda row: words.LEVELS[row.level]),
            Column("rep_name", _("Sales representative")),
            Column("second_factor_at", _("Two-factor log-in"), Kind.STATUS, show=second_factor),
            Column("last_login", _("Last log-in"), Kind.INSTANT, sortable=True),
            Column("is_active", _("State"), Kind.STATUS, show=state),
        ),
        filters=(
            Filter("q", _("Search")),
            Filter("role", _("Role"), roles),
            Filter("state", _("State"), tuple(STATES.items())),
        ),
        sort=Sort("name"),
    )


def users(request: ScopedRequest) -> HttpResponse:
    """Everyone who has an account."""
    return render(request, "desk/users.html", {"table": _table(request.scope, request.GET)})


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    listing = _listing(scope)
    asked = listing.asked(address, size)
    wanted = queries.WantedUsers(asked.text("q"), asked.text("role"), asked.text("state"))
    found = queries.users(scope, wanted, window=window(asked))
    shown = {"name": "users", "caption": _("Users"), "export_url": files("users", asked)}
    table = listing.table(asked, found.rows, total=found.total, **shown)
    return acting(scope, "users", asked, table)


def new_user(request: ScopedRequest) -> HttpResponse:
    """Give somebody an account."""
    form = NewUserForm(request.scope, request.POST or None, initial={"language": "fr"})
    if form.sent(lambda rep, password, **said: operations.create_user(
        Profile(rep_id=rep, **said), password=password, actor=request.scope.actor
    )):  # fmt: skip
        messages.success(request, _("%(name)s can log in.") % form.cleaned_data)
        return redirect("desk:users")
    return render(
        request, "desk/new_user.html", {"form": form, "crumbs": (_all_users(), Crumb(_("New user")))}
    )


def user(request: ScopedRequest, user_id: int) -> HttpResponse:
    """One user, to read and to change."""
    row = queries.user(request.scope, user_id)
    said = {
        "name": row.name,
        "email": row.email,
        "role": row.role_code,
        "rep": row.rep_id,
        "language": row.language,
    }
    form = ProfileForm(request.scope, request.POST or None, initial=said)
    if form.sent(lambda rep, **said: operations.change_user(
        user_id, Profile(rep_id=rep, **said), actor=request.scope.actor
    )):  # fmt: skip
        messages.success(request, _("Saved."))
        return redirect("desk:user", user_id)
    return render(request, "desk/user.html", _told(row) | {"form": form, "password_form": PasswordForm()})


def password(request: ScopedRequest, user_id: int) -> HttpResponse:
    """Give somebody a new password."""
    row = queries.user(request.scope, user_id)
    form = PasswordForm(request.POST or None)
    if form.sent(
        lambda password: operations.set_password(user_id, password=password, actor=request.scope.actor)
    ):
        messages.success(request, _("%(name)s has a new password.") % {"name": row.name})
        return redirect("desk:user", user_id)
    return render(request, "desk/password.html", _told(row) | {"form": form})


def deactivate(request: ScopedRequest, user_id: int) -> HttpResponse:
    """Close an account at once."""
    operations.deactivate(user_id, actor=request.scope.actor)
    return redirect("desk:user", user_id)


def reactivate(request: ScopedRequest, user_id: int) -> HttpResponse:
    """Open an account again."""
    operations.reactivate(user_id, actor=request.scope.actor)
    return redirect("desk:user", user_id)


def reset_second_factor(request: ScopedRequest, user_id: int) -> HttpResponse:
    """For somebody who lost telephone and recovery codes."""
    row = queries.user(request.scope, user_id)
    factors.reset(user_id, actor=request.scope.actor)
    messages.success(request, _("%(name)s logs in with the password alone again.") % {"name": row.name})
    return redirect("desk:user", user_id)


def own_account(request: ScopedRequest) -> HttpResponse:
    """One's own name and language."""
    row = queries.own_account(request.scope)
    form = OwnAccountForm(request.POST or None, initial={"name": row.name, "language": row.language})
    if form.sent(lambda **said: operations.change_own_account(request.scope.actor, **said)):
        messages.success(request, _("Saved."))
        return redirect("desk:own_account")
    return render(request, "desk/own_account.html", _told(row) | {"form": form, "crumbs": ()})


def own_password(request: ScopedRequest) -> HttpResponse:
    """Change one's own password and stay signed in here."""
    form = OwnPasswordForm(request.POST or None)
    if form.sent(lambda **said: operations.change_own_password(request.scope.actor, **said)):
        update_session_auth_hash(request, form.outcome)
        messages.success(request, _("Your password is changed."))
        return redirect("desk:own_account")
    crumbs = (Crumb(_("My account"), reverse("desk:own_account")), Crumb(_("Password")))
    return render(request, "desk/own_password.html", {"form": form, "crumbs": crumbs})


def _all_users() -> Crumb:
    return Crumb(_("Users"), reverse("desk:users"))


def _told(row: queries.UserRow) -> dict[str, Any]:
    facts = (
        Fact(_("E-mail"), row.email),
        Fact(_("Role"), words.role(row.role_code, row.role_name)),
        Fact(_("Sees"), words.LEVELS[row.level]),
        Fact(_("Sales representative"), row.rep_name),
        Fact(_("Two-factor log-in"), second_factor(row) or _("Not set up")),
        Fact(_("Last log-in"), row.last_login),
    )
    return {"user": row, "state": state(row), "facts": facts, "crumbs": (_all_users(), Crumb(row.name))}


routes = [
    Route(
        "users",
        "users",
        users,
        "manage_users",
        menu=Menu(Section.SETTINGS, gettext_lazy("Users")),
        table=_table,
    ),
    Route("users/new", "new_user", new_user, "manage_users", FORM),
    Route("users/<usr:user_id>", "user", user, "manage_users", FORM),
    Route("users/<usr:user_id>/password", "user_password", password, "manage_users", FORM),
    Route("users/<usr:user_id>/deactivate", "deactivate_user", deactivate, "manage_users", BUTTON),
    Route("users/<usr:user_id>/reactivate", "reactivate_user", reactivate, "manage_users", BUTTON),
    Route(
        "users/<usr:user_id>/reset-two-factor",
        "reset_second_factor",
        reset_second_factor,
        "manage_users",
        BUTTON,
    ),
    Route("account", "own_account", own_account, methods=FORM),
    Route("account/password", "own_password", own_password, methods=FORM),
]
