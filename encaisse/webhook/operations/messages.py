"""What happens to messages: made of events, held, tried, sent again, forgotten."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.db.models import F

from encaisse.access.models import Permission
from encaisse.adapters.http_out import Outcome
from encaisse.kernel import clock, events, queue, sql
from encaisse.kernel.errors import NotFound
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Actor, Scope
from encaisse.webhook import rules
from encaisse.webhook.errors import EndpointNotInState, MessageStillWaiting, NothingToReplay
from encaisse.webhook.models import Attempt, Disabled, Endpoint, EndpointState, Message, MessageState
from encaisse.webhook.operations import endpoints
from encaisse.webhook.queries import Parcel, parcels

DELIVER: Final = "webhook.deliver"
# A worker that is silent that long is dead, for no letter takes a quarter of it.
HELD: Final = dt.timedelta(seconds=60)
EACH: Final = 4
KEPT: Final = dt.timedelta(days=90)
PORTION: Final = 5_000
NOTHING: Final = dt.timedelta(0)
_CLOCK: Final = Actor("task")


class Told(NamedTuple):
    """One row of an event, as one endpoint is to hear of it."""

    endpoint_id: int
    row_id: int
    type: str
    data: Mapping[str, Any]


@transaction.atomic
def tell(event_id: int, at: dt.datetime, told: Iterable[Told]) -> int:
    """Each of these is a message that waits, unless it was made before. Returns how many there were to make."""
    due = clock.now()
    made = [
        Message(
            endpoint_id=each.endpoint_id,
            event_id=event_id,
            row_id=each.row_id,
            type=each.type,
            body=_body(each.type, at, each.data),
            next_attempt_at=due,
        )
        for each in told
    ]
    Message.objects.bulk_create(made, ignore_conflicts=True)
    return len(made)


@transaction.atomic
def test(scope: Scope, endpoint_id: int) -> int:
    """A message of the type `endpoint.test` is on its way to the endpoint. Returns its key.

    Raises NotPermitted, NotFound, EndpointNotInState.
    """
    endpoint = endpoints.locked(scope, endpoint_id)
    if endpoint.state != EndpointState.ENABLED:
        raise EndpointNotInState(state=endpoint.state)
    now = clock.now()
    body = _body(rules.TEST, now, {"endpoint": public_id("wh", endpoint_id)})
    made = Message.objects.create(endpoint=endpoint, type=rules.TEST, body=body, next_attempt_at=now)
    events.record("endpoint.tested", "endpoint", endpoint_id, scope.actor)
    queue.enqueue(DELIVER)
    return made.pk


@transaction.atomic
def replay(scope: Scope, message_id: int) -> None:
    """A message that ended is sent again, under the same id. Raises NotPermitted, NotFound, EndpointNotInState,
    MessageStillWaiting."""
    scope.require(Permission.INTEGRATE)
    found = Message.objects.visible_to(scope).filter(pk=message_id).first()
    if found is None:
        raise NotFound(noun="message")
    if not _again(scope, found.endpoint_id, pk=message_id, ended_at__isnull=False):
        raise MessageStillWaiting


@transaction.atomic
def replay_failed(scope: Scope, endpoint_id: int, *, since: dt.datetime) -> int:
    """The endpoint's messages that were made since then and failed are sent again. Returns how many.

    Raises NotPermitted, NotFound, EndpointNotInState, NothingToReplay.
    """
    count = _again(scope, endpoint_id, state=MessageState.FAILED, created_at__gte=since)
    if not count:
        raise NothingToReplay
    return count


@transaction.atomic
def claim(free: int) -> list[Parcel]:
    """So many messages that are due, at most, are held by whoever asks."""
    now = clock.now()
    asked = {"now": now, "held_until": now + HELD, "free": free, "each": EACH}
    return parcels([key for (key,) in sql.rows("webhook", "claim_due", asked)])


@transaction.atomic
def tried(message_id: int, outcome: Outcome) -> None:
    """The attempt is in the log; the message is delivered, waits for its next attempt, or has failed.

    A receiver that answers with Retry-After is left alone as long as it asks, a day at most.

    An endpoint that says that it is gone, or fails for days, is disabled. Locks the endpoint, then the message.
    """
    now = clock.now()
    of_message = Endpoint.objects.filter(messages=message_id)
    endpoint = of_message.select_for_update(of=("self",)).get()
    message = Message.objects.select_for_update(of=("self",)).get(pk=message_id)
    number = message.attempts + 1
    _log(message_id, number, outcome, at=now - dt.timedelta(milliseconds=outcome.duration_ms))
    waiting = Message.objects.filter(pk=message_id, state=MessageState.WAITING)
    answer = outcome.answer
    if answer and rules.is_taken(answer.status):
        waiting.update(attempts=number, **_ended(MessageState.DELIVERED, now))
        Endpoint.objects.filter(pk=endpoint.pk, failures__gt=0).update(
            failures=0, failing_since=None, rest_until=None
        )
        return
    wait = rules.wait_after(number - message.attempts_before, public_id("msg", message_id))
    asked = rules.asked_wait(answer.retry_after_s) if answer else NOTHING
    if wait is None:
        waiting.update(attempts=number, **_ended(MessageState.FAILED, now))
    else:
        waiting.update(attempts=number, next_attempt_at=now + max(wait, asked), held_until=None)
    gone = answer is not None and answer.status == rules.GONE
    _failed(endpoint, gone=gone, asked=asked, now=now)


@transaction.atomic
def forget_portion() -> int:
    """Messages that ended long ago are forgotten, so many at a time. Returns how many."""
    return sql.execute("webhook", "forget", {"before": clock.now() - KEPT, "most": PORTION})


def _again(scope: Scope, endpoint_id: int, **which: Any) -> int:
    endpoint = endpoints.locked(scope, endpoint_id)
    if endpoint.state != EndpointState.ENABLED:
        raise EndpointNotInState(state=endpoint.state)
    count = Message.objects.filter(endpoint_id=endpoint_id, **which).update(
        state=MessageState.WAITING,
        attempts_before=F("attempts"),
        next_attempt_at=clock.now(),
        ended_at=None,
    )
    if count:
        events.record("endpoint.replayed", "endpoint", endpoint_id, scope.actor, messages=count)
        queue.enqueue(DELIVER)
    return count


def _failed(endpoint: Endpoint, *, gone: bool, asked: dt.timedelta, now: dt.datetime) -> None:
    if endpoint.state != EndpointState.ENABLED:
        return
    since = endpoint.failing_since or now
    if gone or now - since >= rules.GIVE_UP_AFTER:
        why = Disabled.GONE if gone else Disabled.FAILING
        endpoints.close(endpoint.pk, EndpointState.DISABLED, why, _CLOCK)
        return
    failures = endpoint.failures + 1
    Endpoint.objects.filter(pk=endpoint.pk).update(
        failures=failures, failing_since=since, rest_until=now + max(rules.rest_after(failures), asked)
    )


def _ended(state: MessageState, now: dt.datetime) -> dict[str, Any]:
    return {"state": state, "next_attempt_at": None, "held_until": None, "ended_at": now}


def _log(message_id: int, number: int, outcome: Outcome, *, at: dt.datetime) -> None:
    answer, why_not = outcome.answer, outcome.why_not
    Attempt.objects.create(
        message_id=message_id,
        number=number,
        at=at,
        duration_ms=outcome.duration_ms,
        status=answer.status if answer else None,
        error=why_not.reason if why_not else "",
        # PostgreSQL keeps no NUL in text.
        answer=answer.body.decode("utf-8", "replace").replace("\0", "\ufffd") if answer else "",
    )


def _body(name: str, at: dt.datetime, data: Mapping[str, Any]) -> str:
    told = {"type": name, "timestamp": at.isoformat(), "data": data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=str)
