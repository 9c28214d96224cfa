"""What happens to endpoints: opened, changed, given another secret, disabled, enabled, removed."""

import datetime as dt
import secrets
from typing import Final, NamedTuple

from django.db import transaction

from encaisse.access.models import Permission
from encaisse.adapters.http_out import check_address, house_rules
from encaisse.adapters.sealing import seal
from encaisse.kernel import clock, events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor, Scope
from encaisse.webhook.errors import (
    EndpointHearsNothing,
    EndpointNotInState,
    EntityNotSeenWhole,
    UnknownEventType,
)
from encaisse.webhook.models import Disabled, Endpoint, EndpointState, Message, MessageState, Mode
from encaisse.webhook.queries import PURPOSE
from encaisse.webhook.rules import BY_NAME, new_secret

# Source: Standard Webhooks, "Signature scheme": between 24 and 64 bytes.
SECRET_BYTES: Final = 32
OVERLAP: Final = dt.timedelta(hours=24)


class EndpointFacts(NamedTuple):
    """What somebody says of an endpoint. No legal entity named means all of them."""

    url: str
    types: tuple[str, ...]
    description: str = ""
    entity_ids: tuple[int, ...] = ()
    mode: str = Mode.LIVE


@transaction.atomic
def create(scope: Scope, facts: EndpointFacts) -> int:
    """The endpoint hears of what happens from now on. Returns its key; `queries.secret` has its secret.

    Raises NotPermitted, AddressRefused, EndpointHearsNothing, UnknownEventType, EntityNotSeenWhole.
    """
    _check(scope, facts)
    endpoint = Endpoint.objects.create(
        url=facts.url,
        description=facts.description,
        types=list(facts.types),
        mode=facts.mode,
        secret=_sealed_secret(),
    )
    endpoint.legal_entities.set(facts.entity_ids)
    events.record("endpoint.created", "endpoint", endpoint.pk, scope.actor, url=facts.url)
    return endpoint.pk


@transaction.atomic
def change(scope: Scope, endpoint_id: int, facts: EndpointFacts) -> None:
    """The endpoint is as described; what waits for it goes to its new address. Raises as `create`, and NotFound."""
    _check(scope, facts)
    endpoint = locked(scope, endpoint_id)
    endpoint.url, endpoint.description = facts.url, facts.description
    endpoint.types, endpoint.mode = list(facts.types), facts.mode
    endpoint.save(update_fields=["url", "description", "types", "mode"])
    endpoint.legal_entities.set(facts.entity_ids)
    events.record("endpoint.changed", "endpoint", endpoint_id, scope.actor, url=facts.url)


@transaction.atomic
def rotate(scope: Scope, endpoint_id: int, *, overlap: dt.timedelta = OVERLAP) -> None:
    """The endpoint has a new secret; the one before signs beside it until the overlap ends.

    Raises NotPermitted, NotFound.
    """
    endpoint = locked(scope, endpoint_id)
    endpoint.previous_secret, endpoint.previous_until = endpoint.secret, clock.now() + overlap
    endpoint.secret = _sealed_secret()
    endpoint.save(update_fields=["secret", "previous_secret", "previous_until"])
    events.record("endpoint.secret_changed", "endpoint", endpoint_id, scope.actor)


@transaction.atomic
def disable(scope: Scope, endpoint_id: int) -> None:
    """Nothing is sent to the endpoint any more; what waited has failed and can be replayed.

    Raises NotPermitted, NotFound, EndpointNotInState.
    """
    endpoint = locked(scope, endpoint_id)
    if endpoint.state != EndpointState.ENABLED:
        raise EndpointNotInState(state=endpoint.state)
    close(endpoint_id, EndpointState.DISABLED, Disabled.BY_HAND, scope.actor)


@transaction.atomic
def enable(scope: Scope, endpoint_id: int) -> None:
    """The endpoint hears of what happens from now on. Raises NotPermitted, NotFound, EndpointNotInState."""
    endpoint = locked(scope, endpoint_id)
    if endpoint.state != EndpointState.DISABLED:
        raise EndpointNotInState(state=endpoint.state)
    _set(endpoint_id, EndpointState.ENABLED, Disabled.NO)
    events.record("endpoint.enabled", "endpoint", endpoint_id, scope.actor)


@transaction.atomic
def remove(scope: Scope, endpoint_id: int) -> None:
    """The endpoint is there no more; what was sent to it stays in the history. Raises NotPermitted, NotFound."""
    locked(scope, endpoint_id)
    close(endpoint_id, EndpointState.REMOVED, Disabled.NO, scope.actor)


def close(endpoint_id: int, state: EndpointState, why: Disabled, actor: Actor) -> None:
    """The endpoint, locked by the caller, hears nothing any more, and what waited for it has failed."""
    _set(endpoint_id, state, why)
    waiting = Message.objects.filter(endpoint_id=endpoint_id, state=MessageState.WAITING)
    waiting.update(state=MessageState.FAILED, next_attempt_at=None, held_until=None, ended_at=clock.now())
    events.record(f"endpoint.{state}", "endpoint", endpoint_id, actor, why=why)


def locked(scope: Scope, endpoint_id: int) -> Endpoint:
    """The endpoint, locked until the transaction ends. Raises NotPermitted, NotFound."""
    scope.require(Permission.INTEGRATE)
    found = Endpoint.objects.visible_to(scope).select_for_update(of=("self",)).filter(pk=endpoint_id).first()
    if found is None:
        raise NotFound(noun="endpoint")
    return found


def _set(endpoint_id: int, state: EndpointState, why: Disabled) -> None:
    fresh = {"failing_since": None, "failures": 0, "rest_until": None}
    Endpoint.objects.filter(pk=endpoint_id).update(state=state, disabled=why, **fresh)


def _sealed_secret() -> str:
    return seal(new_secret(secrets.token_bytes(SECRET_BYTES)), purpose=PURPOSE)


def _check(scope: Scope, facts: EndpointFacts) -> None:
    scope.require(Permission.INTEGRATE)
    check_address(facts.url, house_rules())
    if not facts.types:
        raise EndpointHearsNothing
    if unknown := sorted(set(facts.types) - BY_NAME.keys()):
        raise UnknownEventType(type=unknown[0])
    if facts.entity_ids:
        whole = all(map(scope.covers, facts.entity_ids))
    else:
        whole = scope.entity_ids is None and (facts.mode == Mode.LIVE or not scope.hidden_entity_ids)
    if not (whole and scope.sees_every_customer):
        raise EntityNotSeenWhole
