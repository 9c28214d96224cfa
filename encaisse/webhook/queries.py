"""Endpoints and their messages as pages show them, and what workers need to send them."""

import datetime as dt
from collections.abc import Collection
from typing import Any, Final, NamedTuple

from django.db.models import Count, Max, Q

from encaisse.access.models import Permission
from encaisse.adapters.sealing import unseal
from encaisse.kernel import clock, sql
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Scope
from encaisse.webhook.models import Attempt, Endpoint, EndpointState, Message, MessageState
from encaisse.webhook.rules import names_of

PURPOSE: Final = "webhook secret"
ORDERS: Final = {"created_at": "id", "type": "type", "ended_at": "ended_at"}


class EndpointRow(NamedTuple):
    """One endpoint, and how its messages fare. `entities` are the names of those that it hears of, none for all."""

    id: int
    url: str
    description: str
    types: tuple[str, ...]
    mode: str
    entity_ids: tuple[int, ...]
    entities: tuple[str, ...]
    state: str
    disabled: str
    failing_since: dt.datetime | None
    failures: int
    previous_until: dt.datetime | None
    created_at: dt.datetime
    waiting: int
    failed: int
    delivered: int
    last_delivered_at: dt.datetime | None


class AttemptRow(NamedTuple):
    """One time that a message was sent."""

    number: int
    at: dt.datetime
    duration_ms: int
    status: int | None
    error: str
    answer: str


class MessageRow(NamedTuple):
    """One message of the log, with what became of its last attempt. `public` is the id that its receiver sees."""

    id: int
    public: str
    endpoint_id: int
    type: str
    state: str
    attempts: int
    status: int | None
    error: str
    duration_ms: int | None
    next_attempt_at: dt.datetime | None
    ended_at: dt.datetime | None
    created_at: dt.datetime


class MessagePage(NamedTuple):
    """One message with what it says and every attempt, newest first."""

    row: MessageRow
    url: str
    body: str
    log: tuple[AttemptRow, ...]


class Listener(NamedTuple):
    """What an enabled endpoint listens to. No legal entity named means all of them."""

    endpoint_id: int
    types: frozenset[str]
    mode: str
    entity_ids: frozenset[int]


class Parcel(NamedTuple):
    """What a worker sends: the body, and the sealed secrets that sign it."""

    message_id: int
    public: str
    url: str
    body: str
    secrets: tuple[str, ...]


def endpoints(scope: Scope) -> tuple[EndpointRow, ...]:
    """The endpoints that are not removed, oldest first. Raises NotPermitted."""
    return _endpoints(scope)


def endpoint(scope: Scope, endpoint_id: int) -> EndpointRow:
    """One endpoint. Raises NotPermitted, NotFound."""
    found = _endpoints(scope, pk=endpoint_id)
    if not found:
        raise NotFound(noun="endpoint")
    return found[0]


def secret(scope: Scope, endpoint_id: int) -> str:
    """The secret that signs what is sent to the endpoint. Raises NotPermitted, NotFound, SecretUnreadable."""
    endpoint(scope, endpoint_id)
    return unseal(Endpoint.objects.values_list("secret", flat=True).get(pk=endpoint_id), purpose=PURPOSE)


def messages(
    scope: Scope,
    endpoint_id: int,
    *,
    state: str = "",
    type: str = "",  # noqa: A002 - what the Standard Webhooks scheme calls it
    since: dt.date | None = None,
    window: Window = Window(),  # noqa: B008 - frozen
) -> Found[MessageRow]:
    """The log of one endpoint, narrowed. Raises NotPermitted, NotFound."""
    endpoint(scope, endpoint_id)
    found = Message.objects.visible_to(scope).filter(endpoint_id=endpoint_id)
    if state:
        found = found.filter(state=state)
    if type:
        found = found.filter(type=type)
    if since:
        found = found.filter(created_at__date__gte=since)
    rows = list(window.cut(found, ORDERS))
    last = _last_attempts([row.pk for row in rows])
    return Found(tuple(_message(row, last.get(row.pk)) for row in rows), found.count())


def message(scope: Scope, message_id: int) -> MessagePage:
    """One message and its attempts. Raises NotPermitted, NotFound."""
    scope.require(Permission.INTEGRATE)
    found = Message.objects.visible_to(scope).select_related("endpoint").filter(pk=message_id).first()
    if found is None:
        raise NotFound(noun="message")
    log = Attempt.objects.filter(message_id=message_id).order_by("-number")
    rows = tuple(AttemptRow(*row) for row in log.values_list(*AttemptRow._fields))
    return MessagePage(_message(found, rows[0] if rows else None), found.endpoint.url, found.body, rows)


def anybody_listens(topic: str) -> bool:
    """Whether an enabled endpoint listens to what events of this topic are told as."""
    return Endpoint.objects.filter(state=EndpointState.ENABLED, types__overlap=list(names_of(topic))).exists()


def listeners(types: Collection[str]) -> tuple[Listener, ...]:
    """The enabled endpoints that listen to one of these types."""
    found = Endpoint.objects.filter(state=EndpointState.ENABLED, types__overlap=list(types))
    return tuple(
        Listener(
            each.pk, frozenset(each.types), each.mode, frozenset(e.pk for e in each.legal_entities.all())
        )
        for each in found.prefetch_related("legal_entities").order_by("pk")
    )


def parcels(message_ids: Collection[int]) -> list[Parcel]:
    """What these messages are, in order."""
    now = clock.now()
    found = Message.objects.filter(pk__in=message_ids).select_related("endpoint").order_by("pk")
    return [
        Parcel(each.pk, public_id("msg", each.pk), each.endpoint.url, each.body, _secrets(each.endpoint, now))
        for each in found
    ]


def next_due() -> dt.datetime | None:
    """When the next message may be sent, if any waits."""
    ((due,),) = sql.rows("webhook", "next_due")
    return due if isinstance(due, dt.datetime) else None


def _secrets(endpoint: Endpoint, now: dt.datetime) -> tuple[str, ...]:
    if endpoint.previous_until and endpoint.previous_until > now:
        return (endpoint.secret, endpoint.previous_secret)
    return (endpoint.secret,)


def _endpoints(scope: Scope, **narrowed: Any) -> tuple[EndpointRow, ...]:
    scope.require(Permission.INTEGRATE)
    found = Endpoint.objects.visible_to(scope).filter(**narrowed).order_by("pk")
    found = found.prefetch_related("legal_entities__identity")
    counted = _counts([each.pk for each in found])
    return tuple(_row(each, counted.get(each.pk, {})) for each in found)


def _counts(endpoint_ids: list[int]) -> dict[int, dict[str, Any]]:
    by_state = {f"n_{state.value}": Count("pk", Q(state=state)) for state in MessageState}
    last = Max("ended_at", filter=Q(state=MessageState.DELIVERED))
    counted = Message.objects.filter(endpoint_id__in=endpoint_ids).values("endpoint_id")
    return {each["endpoint_id"]: {**each} for each in counted.annotate(last=last, **by_state)}


def _row(each: Endpoint, counted: dict[str, Any]) -> EndpointRow:
    entities = sorted(each.legal_entities.all(), key=lambda entity: entity.identity.name)
    return EndpointRow(
        id=each.pk,
        url=each.url,
        description=each.description,
        types=tuple(each.types),
        mode=each.mode,
        entity_ids=tuple(entity.pk for entity in entities),
        entities=tuple(entity.identity.name for entity in entities),
        state=each.state,
        disabled=each.disabled,
        failing_since=each.failing_since,
        failures=each.failures,
        previous_until=each.previous_until,
        created_at=each.created_at,
        waiting=counted.get("n_waiting", 0),
        failed=counted.get("n_failed", 0),
        delivered=counted.get("n_delivered", 0),
        last_delivered_at=counted.get("last"),
    )


def _last_attempts(message_ids: list[int]) -> dict[int, AttemptRow]:
    log = Attempt.objects.filter(message_id__in=message_ids).order_by("message_id", "-number")
    rows = log.distinct("message_id").values_list("message_id", *AttemptRow._fields)
    return {key: AttemptRow(*row) for key, *row in rows}


def _message(each: Message, last: AttemptRow | None) -> MessageRow:
    return MessageRow(
        id=each.pk,
        public=public_id("msg", each.pk),
        endpoint_id=each.endpoint_id,
        type=each.type,
        state=each.state,
        attempts=each.attempts,
        status=last.status if last else None,
        error=last.error if last else "",
        duration_ms=last.duration_ms if last else None,
        next_attempt_at=each.next_attempt_at,
        ended_at=each.ended_at,
        created_at=each.created_at,
    )
