"""What happens to users and roles. Log-in counts the attempt before it looks at the password, so that many
guesses at once are still only five guesses."""

import datetime as dt
from typing import Any, Final, NamedTuple

from django.contrib.auth import password_validation
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F, Q

from encaisse.access.errors import (
    CurrentPasswordRefused,
    EmailTaken,
    LastManager,
    LogInRefused,
    PasswordRefused,
    RepRequired,
)
from encaisse.access.models import AccessLevel, Permission, Role, SecondFactor, User
from encaisse.kernel import clock, events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor

ATTEMPTS: Final = 5
LOCKED_FOR: Final = dt.timedelta(minutes=15)
MANAGES: Final = Q(is_active=True, role__permissions__contains=[Permission.MANAGE_USERS])

READY_MADE: Final = {
    "admin": ("Administrator", AccessLevel.EVERYTHING, tuple(Permission)),
    "billing": (
        "Billing clerk",
        AccessLevel.EVERYTHING,
        (
            Permission.BILL,
            Permission.ISSUE,
            Permission.CREDIT,
            Permission.IMPORT,
            Permission.READ_LEDGER,
            Permission.EDIT_ACCOUNTS,
            Permission.MANAGE_OFFERS,
            Permission.MANAGE_CONTRACTS,
        ),
    ),
    "collector": (
        "Collector",
        AccessLevel.EVERYTHING,
        (Permission.RECORD_PAYMENT, Permission.ALLOCATE, Permission.READ_LEDGER),
    ),
    "leader": ("Group leader", AccessLevel.GROUPS, ()),
    "rep": ("Sales representative", AccessLevel.OWN, ()),
}


@transaction.atomic
def install_roles() -> None:
    """The ready-made roles exist, and the administrator's holds every permission of this version.

    May be repeated: what a company changed in the others stays.
    """
    for code, (name, level, permissions) in READY_MADE.items():
        fresh = {"name": name, "level": level, "permissions": list(permissions)}
        Role.objects.get_or_create(code=code, defaults=fresh)
    Role.objects.filter(code="admin").update(permissions=list(Permission))


@transaction.atomic
def limit_role(code: str, legal_entity_ids: frozenset[int], *, actor: Actor) -> None:
    """Holders of the role see only these legal entities; none named means all. Raises NotFound."""
    role = _role(code)
    role.legal_entities.set(legal_entity_ids)
    events.record("role.limited", "role", role.pk, actor, legal_entity_ids=sorted(legal_entity_ids))


@transaction.atomic
def create_role(
    code: str, name: str, *, level: AccessLevel, permissions: frozenset[str], actor: Actor
) -> int:
    """A role of the company's own exists. Returns its key."""
    role = Role.objects.create(code=code, name=name, level=level, permissions=sorted(permissions))
    events.record("role.created", "role", role.pk, actor, code=code)
    return role.pk


class Profile(NamedTuple):
    """What an administrator says of a user. `role` is the code of a role."""

    email: str
    name: str
    role: str
    rep_id: int | None = None
    language: str = "fr"


@transaction.atomic
def create_user(profile: Profile, *, password: str, actor: Actor) -> int:
    """A person can log in with this address and password. Returns the user's key.

    Raises EmailTaken, PasswordRefused, RepRequired, and NotFound for the role.
    """
    user = User()
    _describe(user, profile)
    _give_password(user, password)
    _save(user)
    events.record("user.created", "user", user.pk, actor, email=user.email, role=profile.role)
    return user.pk


@transaction.atomic
def change_user(user_id: int, profile: Profile, *, actor: Actor) -> None:
    """The user is as described, from their next request on.

    Raises EmailTaken, RepRequired, LastManager, NotFound.
    """
    user = _locked_among_managers(user_id)
    before = user.role.code
    _describe(user, profile)
    _save(user)
    check_that_somebody_manages(user_id)
    events.record("user.changed", "user", user_id, actor, email=user.email, role=profile.role, was=before)


@transaction.atomic
def deactivate(user_id: int, *, actor: Actor) -> None:
    """The user can do nothing any more, open sessions included. Raises LastManager, NotFound."""
    user = _locked_among_managers(user_id)
    user.is_active = False
    user.save(update_fields=["is_active"])
    check_that_somebody_manages(user_id)
    events.record("user.deactivated", "user", user_id, actor)


@transaction.atomic
def reactivate(user_id: int, *, actor: Actor) -> None:
    """The user may log in again. Raises NotFound."""
    user = _locked(user_id)
    user.is_active = True
    user.save(update_fields=["is_active"])
    events.record("user.reactivated", "user", user_id, actor)


@transaction.atomic
def set_password(user_id: int, *, password: str, actor: Actor) -> User:
    """The user has this password, is no longer locked, and every open session ends.

    Raises PasswordRefused, NotFound.
    """
    user = _locked(user_id)
    _give_password(user, password)
    user.failed_logins, user.locked_until = 0, None
    user.save(update_fields=["password", "failed_logins", "locked_until"])
    events.record("user.password_set", "user", user_id, actor)
    return user


@transaction.atomic
def change_own_account(actor: Actor, *, name: str, language: str) -> None:
    """The user who asks has this name and language."""
    user = _locked(actor.id or 0)
    user.name, user.language = name, language
    user.save(update_fields=["name", "language"])
    events.record("user.changed", "user", user.pk, actor, name=name, language=language)


@transaction.atomic
def change_own_password(actor: Actor, *, current: str, password: str) -> User:
    """The user who asks has a new password. Raises CurrentPasswordRefused, PasswordRefused."""
    if not _locked(actor.id or 0).check_password(current):
        raise CurrentPasswordRefused
    return set_password(actor.id or 0, password=password, actor=actor)


def log_in(*, email: str, password: str) -> User:
    """The user whose address and password these are. Without a second factor they are in, and their failures are
    forgotten; with one, `second_factor.enter` follows.

    Five failures in a row lock the account for fifteen minutes, right password or not. A stranger, a locked
    user and a wrong password cost the same time and read the same. Never call it within a transaction: what
    it counts must be stored before the password is looked at. Raises LogInRefused.
    """
    user = count_attempt(email=normal(email))
    if user is None:
        make_password(password)  # the time that looking at a password takes
        raise LogInRefused
    if not user.check_password(password):
        record_failure(user)
        raise LogInRefused
    if SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists():
        # Half of the way: this attempt did not fail, and those that failed at the other half still count.
        User.objects.filter(pk=user.pk).update(failed_logins=F("failed_logins") - 1, locked_until=None)
    else:
        record_entry(user)
    return user


def record_entry(user: User, **facts: str) -> None:
    """The user is in; their failures are forgotten."""
    User.objects.filter(pk=user.pk).update(failed_logins=0, locked_until=None)
    events.record("user.logged_in", "user", user.pk, Actor("user", user.pk, user.name), **facts)


def record_failure(user: User, **facts: str) -> None:
    """Somebody failed to log in as the user, and perhaps locked the account. What strangers try is not told: anybody
    could fill the log with it."""
    visitor = Actor("visitor")
    events.record("user.log_in_failed", "user", user.pk, visitor, email=user.email, **facts)
    if user.locked_until:
        events.record("user.locked", "user", user.pk, visitor, until=user.locked_until.isoformat())


def normal(email: str) -> str:
    """The one form in which an address is stored and looked up."""
    return email.strip().lower()


@transaction.atomic
def count_attempt(**key: Any) -> User | None:
    """The active user who still has an attempt, now counted as failed; None when there is none or none is
    left."""
    user = User.objects.select_for_update().filter(**key, is_active=True).first()
    now = clock.now()
    if user is None or (user.locked_until and user.locked_until > now):
        return None
    user.failed_logins = 1 if user.locked_until else user.failed_logins + 1
    user.locked_until = now + LOCKED_FOR if user.failed_logins >= ATTEMPTS else None
    user.save(update_fields=["failed_logins", "locked_until"])
    return user


def _locked(user_id: int) -> User:
    user = User.objects.select_for_update(of=("self",)).select_related("role").filter(pk=user_id).first()
    if user is None:
        raise NotFound(noun="user")
    return user


def lock_managers() -> None:
    """Nobody else changes who manages users until this transaction ends."""
    concerned = User.objects.select_for_update(of=("self",)).select_related("role")
    list(concerned.filter(MANAGES).order_by("pk"))


def _locked_among_managers(user_id: int) -> User:
    """The user, locked with all who manage users, in id order: two cannot dismiss each other at once."""
    concerned = User.objects.select_for_update(of=("self",)).select_related("role")
    locked = {user.pk: user for user in concerned.filter(MANAGES | Q(pk=user_id)).order_by("pk")}
    if user_id not in locked:
        raise NotFound(noun="user")
    return locked[user_id]


def _role(code: str) -> Role:
    role = Role.objects.filter(code=code).first()
    if role is None:
        raise NotFound(noun="role")
    return role


def _describe(user: User, profile: Profile) -> None:
    user.email, user.name, user.language = normal(profile.email), profile.name, profile.language
    user.role, user.rep_id = _role(profile.role), profile.rep_id
    if user.role.level != AccessLevel.EVERYTHING and user.rep_id is None:
        raise RepRequired(role=profile.role)


def _give_password(user: User, password: str) -> None:
    try:
        password_validation.validate_password(password, user)
    except ValidationError as refused:
        raise PasswordRefused(rules=tuple(error.code or "" for error in refused.error_list)) from refused
    user.set_password(password)


def _save(user: User) -> None:
    if User.objects.filter(email=user.email).exclude(pk=user.pk).exists():
        raise EmailTaken(email=user.email)
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as refused:  # another transaction took the address in between
        raise EmailTaken(email=user.email) from refused


def check_that_somebody_manages(user_id: int | None = None) -> None:
    """Raises LastManager when nobody could manage users any more."""
    if not User.objects.filter(MANAGES).exists():
        raise LastManager(user_id=user_id)
