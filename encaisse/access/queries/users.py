"""Who somebody is, what they may see, and the users as a page shows them."""

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from django.db.models import Count, Q, QuerySet

from encaisse.access.models import AccessLevel, Permission, Role, SecondFactor, User
from encaisse.access.queries.keys import program
from encaisse.access.rules import effective
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
    second_factor_at: dt.datetime | None
    second_factor_required: bool
    codes_left: int = 0


class RoleRow(NamedTuple):
    """One role that a user may be given: what it shows and allows, and how many hold it."""

    id: int
    code: str
    name: str
    level: str
    permissions: frozenset[str]
    legal_entity_ids: frozenset[int]
    second_factor_required: bool
    holders: int


def active_user(user_id: int) -> User | None:
    """The user with the role and the second factor, unless deactivated."""
    return User.objects.select_related("role", "second_factor").filter(pk=user_id, is_active=True).first()


def lacks_second_factor(user: User) -> bool:
    """Whether the role asks for a second factor and the user has none yet."""
    return user.role.second_factor_required and _second_factor_at(user) is None


def has_second_factor(user: User) -> bool:
    """Whether the user logs in with more than a password."""
    return SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists()


def scope_of(user: User) -> Scope:
    """What this user may see and do, now: changes of role act on the next request."""
    entity_ids = frozenset(user.role.legal_entities.values_list("pk", flat=True))
    sees_whole = user.role.level == AccessLevel.EVERYTHING and not entity_ids
    return Scope(
        actor=Actor("user", user.pk, user.name),
        level=Level(user.role.level),
        rep_id=user.rep_id,
        entity_ids=entity_ids or None,
        permissions=effective(frozenset(user.role.permissions), sees_whole=sees_whole),
    )


def scope_of_actor(actor: Actor) -> Scope:
    """What whoever asked for a job may see and do now, when it runs. Raises NotFound once they are deactivated, or
    their key has ended."""
    if actor.kind == "command":
        return operator(actor.label)
    if actor.kind == "api_key":
        return _scope_of_program(actor.id or 0)
    user = active_user(actor.id or 0) if actor.kind == "user" else None
    if user is None:
        raise NotFound(noun="user")
    return scope_of(user)


def _scope_of_program(key_id: int) -> Scope:
    found = program(key_id)
    if found is None:
        raise NotFound(noun="api key")
    return found.scope


def operator(name: str) -> Scope:
    """What whoever runs commands on the server may see and do: everything."""
    return Scope(Actor("command", None, name), Level.EVERYTHING, permissions=frozenset(Permission.values))


@dataclass(frozen=True)
class WantedUsers:
    """What a list of users is narrowed to: words of the name or address, a role's code, a state."""

    search: str = ""
    role: str = ""
    state: str = ""


STATES: Final = {
    "active": Q(is_active=True),
    "deactivated": Q(is_active=False),
    "alone": Q(is_active=True) & ~Q(second_factor__confirmed_at__isnull=False),
}


def users(scope: Scope, wanted: WantedUsers = WantedUsers(), *, window: Window = Window()) -> Found[UserRow]:  # noqa: B008 - frozen
    """The users wanted. Raises NotPermitted."""
    found = _visible(scope)
    for word in wanted.search.split():
        found = found.filter(Q(name__icontains=word) | Q(email__icontains=word))
    if wanted.role:
        found = found.filter(role__code=wanted.role)
    if wanted.state in STATES:
        found = found.filter(STATES[wanted.state])
    return Found(tuple(map(_row, window.cut(found, ORDERS))), found.count())


def user(scope: Scope, user_id: int) -> UserRow:
    """One user. Raises NotPermitted, NotFound."""
    found = _visible(scope).filter(pk=user_id).first()
    if found is None:
        raise NotFound(noun="user")
    return _row(found)


def user_by_email(scope: Scope, email: str) -> UserRow:
    """The user who logs in with this address. Raises NotPermitted, NotFound."""
    found = _visible(scope).filter(email=email.strip().lower()).first()
    if found is None:
        raise NotFound(noun="user")
    return _row(found)


def own_account(scope: Scope) -> UserRow:
    """The user who asks, and how many recovery codes are left."""
    user = User.objects.select_related("role", "rep", "second_factor").get(pk=scope.actor.id or 0)
    return _row(user)._replace(codes_left=user.recovery_codes.filter(used_at=None).count())


def roles(scope: Scope) -> tuple[RoleRow, ...]:
    """Every role, by name. Raises NotPermitted."""
    scope.require(Permission.MANAGE_USERS)
    holders = Count("users", filter=Q(users__is_active=True))
    rows = Role.objects.annotate(holders=holders).prefetch_related("legal_entities")
    return tuple(_role_row(role) for role in rows.order_by("name", "pk"))


def role(scope: Scope, role_id: int) -> RoleRow:
    """One role. Raises NotPermitted, NotFound."""
    found = next((row for row in roles(scope) if row.id == role_id), None)
    if found is None:
        raise NotFound(noun="role")
    return found


def _role_row(role: Any) -> RoleRow:
    return RoleRow(
        id=role.pk,
        code=role.code,
        name=role.name,
        level=role.level,
        permissions=frozenset(role.permissions),
        legal_entity_ids=frozenset(each.pk for each in role.legal_entities.all()),
        second_factor_required=role.second_factor_required,
        holders=role.holders,
    )


def _visible(scope: Scope) -> "QuerySet[User]":
    scope.require(Permission.MANAGE_USERS)
    return User.objects.select_related("role", "rep", "second_factor")


def _second_factor_at(user: User) -> dt.datetime | None:
    factor: SecondFactor | None = getattr(user, "second_factor", None)
    return factor.confirmed_at if factor else None


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
        second_factor_at=_second_factor_at(user),
        second_factor_required=user.role.second_factor_required,
    )
