"""Which program shows a secret and what it may see; the keys as a page shows them."""

import datetime as dt
from typing import Any, Final, NamedTuple

from django.db.models import QuerySet

from encaisse.access.models import ApiKey, Permission
from encaisse.access.rules import Sight, digest, effective, narrowed
from encaisse.kernel import clock, sql
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor, Level, Scope

# Use is told to the minute: not every request writes.
SAID_USED: Final = dt.timedelta(minutes=1)


class Program(NamedTuple):
    """A program that showed a good key: which one, in which mode, and what it may see and do now."""

    key_id: int
    mode: str
    scope: Scope
    is_unused_for_long: bool


class KeyRow(NamedTuple):
    """One key of the list. `state` is `active`, `expired` or `revoked`."""

    id: int
    name: str
    mode: str
    beginning: str
    level: str
    permissions: tuple[str, ...]
    customer: str | None
    made_by: str
    made_at: dt.datetime
    expires_at: dt.datetime | None
    last_used_at: dt.datetime | None
    state: str


def program_of(secret: str) -> Program | None:
    """The program that shows this secret, unless its key has ended or its maker may no longer come in."""
    return _program(digest=digest(secret))


def program(key_id: int) -> Program | None:
    """The same by the key's row: for work in the background that the program asked for."""
    return _program(api_key_id=key_id)


def keys(scope: Scope) -> tuple[KeyRow, ...]:
    """The keys that the asker may see, newest first. Raises NotPermitted."""
    return tuple(map(_row, _visible(scope).order_by("-pk")))


def key(scope: Scope, key_id: int) -> KeyRow:
    """One key. Raises NotPermitted, NotFound."""
    found = _visible(scope).filter(pk=key_id).first()
    if found is None:
        raise NotFound(noun="api key")
    return _row(found)


def _visible(scope: Scope) -> "QuerySet[ApiKey]":
    scope.require(Permission.INTEGRATE)
    return ApiKey.objects.visible_to(scope).select_related("customer")


def _program(**which: Any) -> Program | None:
    asked = {"digest": None, "api_key_id": None, "now": clock.now(), "stale": clock.now() - SAID_USED} | which
    found = sql.prepared_rows("access", "key_of_digest", asked)
    if not found:
        return None
    key_id, name, mode, *seen, customer_id = found[0][:8]
    sandboxes = {sandbox: of for sandbox, of in found[0][12] or ()}
    sight = _sight(*seen)
    if found[0][8] is not None:
        sight = narrowed(sight, _maker(_sight(*found[0][8:12]), mode, sandboxes))
    sees_whole = sight.level == "everything" and sight.entity_ids is None and customer_id is None
    scope = Scope(
        actor=Actor("api_key", key_id, name),
        level=Level(sight.level),
        rep_id=sight.rep_id,
        entity_ids=sight.entity_ids,
        permissions=effective(sight.permissions, sees_whole=sees_whole),
        customer_id=customer_id,
        hidden_entity_ids=frozenset(sandboxes) if mode == "live" else frozenset(),
    )
    return Program(key_id, mode, scope, is_unused_for_long=bool(found[0][13]))


def _sight(level: str, rep_id: int | None, entity_ids: list[int] | None, permissions: list[str]) -> Sight:
    return Sight(level, rep_id, None if entity_ids is None else frozenset(entity_ids), frozenset(permissions))


def _maker(maker: Sight, mode: str, sandboxes: dict[int, int]) -> Sight:
    """What the maker may see: in test mode the sandboxes of their legal entities."""
    if mode == "live" or maker.entity_ids is None:
        return maker
    return maker._replace(
        entity_ids=frozenset(key for key, of in sandboxes.items() if of in maker.entity_ids)
    )


def _row(found: ApiKey) -> KeyRow:
    ended = found.expires_at is not None and found.expires_at <= clock.now()
    return KeyRow(
        id=found.pk,
        name=found.name,
        mode=found.mode,
        beginning=found.beginning,
        level=found.level,
        permissions=tuple(sorted(found.permissions)),
        customer=found.customer.name if found.customer else None,
        made_by=found.made_by,
        made_at=found.made_at,
        expires_at=found.expires_at,
        last_used_at=found.last_used_at,
        state="revoked" if found.revoked_at else "expired" if ended else "active",
    )
