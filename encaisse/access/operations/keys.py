"""What happens to the keys of programs."""

import datetime as dt
import secrets
from typing import Final, NamedTuple

from django.db import transaction
from django.db.models import Q

from encaisse.access.errors import KeyExpired
from encaisse.access.models import ApiKey, KeyMode, Permission, Role
from encaisse.access.queries.keys import SAID_USED
from encaisse.access.rules import LEVELS, beginning, digest, written
from encaisse.kernel import clock, events
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Level, Scope
from encaisse.party.models import Customer, LegalEntity

SECRET_BYTES: Final = 32


class Wanted(NamedTuple):
    """A key to be. `role` is the code of the role whose level, permissions and legal entities it takes, the maker's
    own when empty; `permissions` and `entity_ids` leave fewer of them. A level that follows a rep follows `rep_id`.
    """

    name: str
    mode: str = KeyMode.LIVE
    role: str = ""
    rep_id: int | None = None
    permissions: frozenset[str] | None = None
    entity_ids: frozenset[int] | None = None
    customer_id: int | None = None
    expires_at: dt.datetime | None = None


class NewKey(NamedTuple):
    """A key that was just made, and its secret, which nobody can tell again."""

    id: int
    secret: str


@transaction.atomic
def create_key(scope: Scope, wanted: Wanted) -> NewKey:
    """A program can show this secret and do what the key allows, never more than who makes it.

    In test mode `entity_ids` are sandboxes; in live mode no sandbox is ever seen.
    Raises NotPermitted, NotFound for a role, a legal entity or a customer, KeyExpired.
    """
    scope.require(Permission.INTEGRATE)
    seen = _within(scope, _asked(scope, wanted), wanted)
    secret = written(wanted.mode, secrets.token_urlsafe(SECRET_BYTES))
    made = ApiKey.objects.create(
        name=wanted.name,
        mode=wanted.mode,
        beginning=beginning(secret),
        digest=digest(secret),
        level=seen.level,
        rep_id=seen.rep_id,
        permissions=sorted(seen.permissions),
        legal_entity_ids=None if seen.entity_ids is None else sorted(seen.entity_ids),
        customer_id=seen.customer_id,
        maker_id=scope.actor.id if scope.actor.kind == "user" else None,
        made_by=scope.actor.label,
        expires_at=wanted.expires_at,
    )
    events.record("api_key.created", "api_key", made.pk, scope.actor, name=made.name, mode=made.mode)
    return NewKey(made.pk, secret)


@transaction.atomic
def revoke_key(scope: Scope, key_id: int) -> None:
    """The key opens nothing any more; revoked again, nothing happens. Raises NotPermitted, NotFound."""
    scope.require(Permission.INTEGRATE)
    found = ApiKey.objects.visible_to(scope).select_for_update().filter(pk=key_id).first()
    if found is None:
        raise NotFound(noun="api key")
    if found.revoked_at is None:
        ApiKey.objects.filter(pk=key_id).update(revoked_at=clock.now())
        events.record("api_key.revoked", "api_key", key_id, scope.actor, name=found.name)


def used_now(key_id: int) -> None:
    """The key is known to have been used, to the minute: not every request writes."""
    now = clock.now()
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - SAID_USED)
    ApiKey.objects.filter(stale, pk=key_id).update(last_used_at=now)


def _asked(scope: Scope, wanted: Wanted) -> Scope:
    """What is asked for, before it is held against the maker's own scope."""
    level, permissions, entity_ids = scope.level, scope.permissions, scope.entity_ids
    if wanted.role:
        role = Role.objects.filter(code=wanted.role).first()
        if role is None:
            raise NotFound(noun="role")
        level, permissions = Level(role.level), frozenset(role.permissions)
        entity_ids = frozenset(role.legal_entities.values_list("pk", flat=True)) or None
    if wanted.mode == KeyMode.TEST:
        entity_ids = frozenset()
    rep_id = wanted.rep_id if wanted.rep_id is not None else scope.rep_id
    return Scope(
        actor=scope.actor,
        level=level,
        rep_id=None if level is Level.EVERYTHING else rep_id,
        entity_ids=entity_ids if wanted.entity_ids is None else wanted.entity_ids,
        permissions=permissions if wanted.permissions is None else wanted.permissions,
        customer_id=wanted.customer_id,
    )


def _within(scope: Scope, asked: Scope, wanted: Wanted) -> Scope:
    """The scope asked for, which the maker's own holds. Raises NotPermitted, NotFound, KeyExpired."""
    if wanted.expires_at is not None and wanted.expires_at <= clock.now():
        raise KeyExpired
    for permission in sorted(asked.permissions - scope.permissions):
        raise NotPermitted(permission=permission)
    if LEVELS.index(asked.level) > LEVELS.index(scope.level) or _follows_another(scope, asked):
        raise NotPermitted(permission=Permission.INTEGRATE)
    _check_entities(scope, asked, wanted.mode)
    customers = Customer.objects.visible_to(scope)
    if asked.customer_id is not None and not customers.filter(pk=asked.customer_id).exists():
        raise NotFound(noun="customer")
    return asked


def _follows_another(scope: Scope, asked: Scope) -> bool:
    if asked.level is Level.EVERYTHING:
        return False
    return asked.rep_id is None or (scope.level is not Level.EVERYTHING and asked.rep_id != scope.rep_id)


def _check_entities(scope: Scope, asked: Scope, mode: str) -> None:
    """Each is of the mode and within the maker's: a sandbox counts as what it stands for."""
    if asked.entity_ids is None and scope.entity_ids is None:
        return
    if asked.entity_ids is None or (mode == KeyMode.TEST and not asked.entity_ids):
        raise NotFound(noun="legal entity")
    found = LegalEntity.objects.filter(pk__in=asked.entity_ids, sandbox_of__isnull=mode == KeyMode.LIVE)
    stands_for = [of or key for key, of in found.values_list("pk", "sandbox_of_id")]
    if len(stands_for) < len(asked.entity_ids) or not all(map(scope.covers, stands_for)):
        raise NotFound(noun="legal entity")
