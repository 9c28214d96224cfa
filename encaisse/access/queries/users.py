"""Who somebody is, what they may see, and the users as a page shows them."""

import datetime as dt
from typing import Final, NamedTuple

from django.db.models import Q, QuerySet

from encaisse.access.models import Permission, Role, User
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.scope import Actor, Level, Scope

ORDERS: Final = {"name": "name", "email": "email", "role": "role__name", "last_login": "last_login"}


class UserRow(NamedTuple):
    """One user of the list, and the facts of their page."""

    id: int
    name: str
    email: str
    language: str
    role_code: str
    role_name: str
    level: str
    rep_id: int | None
    rep_name: str | None
    is_active: bool
    is_locked: bool
    last_login: dt.datetime | None


class RoleRow(NamedTuple):
    """One role that a user may be given."""

    code: str
    name: str
    level: str


def active_user(user_id: int) -> User | None:
    """The user with the role, unless deactivated."""
    return User.objects.select_related("role").filter(pk=user_id, is_active=True).first()


def scope_of(user: User) -> Scope:
    """What this user may see and do, now: changes of role act on the next request."""
    entity_ids = frozenset(user.role.legal_entities.values_list("pk", flat=True))
    return Scope(
        actor=Actor("user", user.pk, user.name),
        level=Level(user.role.level),
        rep_id=user.rep_id,
        entity_ids=entity_ids or None,
        permissions=frozenset(user.role.permissions),
    )


def operator(name: str) -> Scope:
    """What whoever runs commands on the server may see and do: everything."""
    return Scope(Actor("command", None, name), Level.EVERYTHING, permissions=frozenset(Permission.values))


def users(scope: Scope, *, search: str = "", role: str = "", window: Window = Window()) -> Found[UserRow]:  # noqa: B008 - frozen
    """The users whose name or e-mail holds the words searched for. Raises NotPermitted."""
    found = _visible(scope)
    for word in search.split():
        found = found.filter(Q(name__icontains=word) | Q(email__icontains=word))
    if role:
        found = found.filter(role__code=role)
    return Found(tuple(map(_row, window.cut(found, ORDERS))), found.count())


def user(scope: Scope, user_id: int) -> UserRow:
    """One user. Raises NotPermitted, NotFound."""
    found = _visible(scope).filter(pk=user_id).first()
    if found is None:
        raise NotFound(noun="user")
    return _row(found)


def own_account(scope: Scope) -> UserRow:
    """The user who asks."""
    return _row(User.objects.select_related("role", "rep").get(pk=scope.actor.id or 0))


def roles(scope: Scope) -> tuple[RoleRow, ...]:
    """Every role, by name. Raises NotPermitted."""
    scope.require(Permission.MANAGE_USERS)
    rows = Role.objects.order_by("name", "pk").values_list("code", "name", "level")
    return tuple(RoleRow(*row) for row in rows)


def _visible(scope: Scope) -> "QuerySet[User]":
    scope.require(Permission.MANAGE_USERS)
    return User.objects.select_related("role", "rep")


def _row(user: User) -> UserRow:
    return UserRow(
        id=user.pk,
        name=user.name,
        email=user.email,
        language=user.language,
        role_code=user.role.code,
        role_name=user.role.name,
        level=user.role.level,
        rep_id=user.rep_id,
        rep_name=user.rep.name if user.rep else None,
        is_active=user.is_active,
        is_locked=bool(user.locked_until and user.locked_until > clock.now()),
        last_login=user.last_login,
    )
