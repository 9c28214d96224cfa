"""Users: who logs in, as what; and the program itself."""

import datetime as dt
from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import Field

from encaisse.access.operations import second_factor
from encaisse.access.operations import users as operations
from encaisse.access.operations.users import Profile
from encaisse.access.queries import users as queries
from encaisse.api.fields import (
    Code,
    Given,
    Name,
    Page,
    Paging,
    Search,
    Text,
    Told,
    UserKey,
    UserRef,
    page,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.shapes import rep_of
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party

resource = Resource("Users", is_shared=True)
MANAGES = "manage_users"


class UserFilter(Paging):
    """What a list of users is narrowed to; `role` is a code."""

    after: UserKey | None = None
    text: Search = ""
    role: Code = ""
    sort: Literal["name", "-name", "email", "-email"] = "name"


class User(Told):
    """Somebody who logs in."""

    id: UserRef
    name: str
    email: str
    language: str
    role_code: str
    role_name: str
    level: str
    rep_name: str | None
    is_active: bool
    is_locked: bool
    last_login: dt.datetime | None
    second_factor_at: dt.datetime | None
    second_factor_required: bool


class UserGiven(Given):
    """Who somebody is and what they may do; `role` and `rep` are codes."""

    email: Annotated[str, Text(200, 3, "^[^@ ]+@[^@ ]+$")]
    name: Name
    role: Annotated[str, Text(50, 1)]
    rep: Code = ""
    language: Literal["fr", "en"] = "fr"

    def profile(self, scope: Scope) -> Profile:
        """The same as the operation takes it."""
        return Profile(self.email, self.name, self.role, rep_of(scope, self.rep), self.language)


class NewUser(UserGiven):
    """Somebody who is to log in, with a first password."""

    password: Annotated[str, Text(200, 1)]


class Password(Given):
    """A new password. Every session of the user ends."""

    password: Annotated[str, Text(200, 1)]


class Caller(Told):
    """The program that asks: what its key allows."""

    name: str
    mode: Literal["live", "test"]
    level: str
    permissions: list[str]
    legal_entities: list[str] = Field(description="The codes of those that it sees.")


@resource.get("/me", Caller)
def get_me(request: ProgramRequest) -> Any:
    """Read what your key allows."""
    scope = request.scope
    return {
        "name": scope.actor.label,
        "mode": request.program.mode,
        "level": str(scope.level),
        "permissions": sorted(scope.permissions),
        "legal_entities": [each.code for each in party.legal_entities(scope)],
    }


@resource.get("/users", Page[User], MANAGES)
def list_users(request: ProgramRequest, asked: Query[UserFilter]) -> Any:
    """List users."""
    window = Window(asked.sort, size=asked.limit + 1, after=asked.after)
    wanted = queries.WantedUsers(asked.text, asked.role)
    found = queries.users(request.scope, wanted, window=window)
    return page(request, "usr", found.rows, asked.limit)


@resource.post("/users", User, MANAGES)
def create_user(request: ProgramRequest, said: NewUser) -> Any:
    """Let a person log in."""
    made = operations.create_user(
        said.profile(request.scope), password=said.password, actor=request.scope.actor
    )
    return queries.user(request.scope, made)


@resource.get("/users/{user_id}", User, MANAGES)
def get_user(request: ProgramRequest, user_id: UserKey) -> Any:
    """Read a user."""
    return queries.user(request.scope, user_id)


@resource.put("/users/{user_id}", User, MANAGES)
def change_user(request: ProgramRequest, user_id: UserKey, said: UserGiven) -> Any:
    """Change who a user is and what they may do.

    From their next request on.
    """
    operations.change_user(user_id, said.profile(request.scope), actor=request.scope.actor)
    return queries.user(request.scope, user_id)


@resource.put("/users/{user_id}/password", User, MANAGES)
def set_user_password(request: ProgramRequest, user_id: UserKey, said: Password) -> Any:
    """Give a user a new password."""
    operations.set_password(user_id, password=said.password, actor=request.scope.actor)
    return queries.user(request.scope, user_id)


@resource.post("/users/{user_id}/deactivate", User, MANAGES, status=200)
def deactivate_user(request: ProgramRequest, user_id: UserKey) -> Any:
    """Deactivate a user.

    Open sessions end at once, and so do the keys that they made.
    """
    operations.deactivate(user_id, actor=request.scope.actor)
    return queries.user(request.scope, user_id)


@resource.post("/users/{user_id}/reactivate", User, MANAGES, status=200)
def reactivate_user(request: ProgramRequest, user_id: UserKey) -> Any:
    """Let a deactivated user log in again."""
    operations.reactivate(user_id, actor=request.scope.actor)
    return queries.user(request.scope, user_id)


@resource.post("/users/{user_id}/reset-second-factor", User, MANAGES, status=200)
def reset_second_factor(request: ProgramRequest, user_id: UserKey) -> Any:
    """Let a user log in without a second factor.

    For somebody who lost telephone and recovery codes.
    """
    second_factor.reset(user_id, actor=request.scope.actor)
    return queries.user(request.scope, user_id)
