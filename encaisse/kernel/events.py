"""What happened, told once: an event per operation, and for those that others react to, an outbox message whose
task is enqueued in the same transaction. One event for a set operation, with the range of its rows."""

from collections.abc import Callable, Collection
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.db.models import F

from encaisse.kernel import clock, queue
from encaisse.kernel.models import Event, OutboxMessage
from encaisse.kernel.scope import Actor

REACT: Final = "kernel.react"


class _Follower(NamedTuple):
    """A task that is told of each event of some topics, while anybody wants to know."""

    task: str
    topics: Collection[str]
    wanted: Callable[[str], bool]


_followers: Final[dict[str, _Follower]] = {}


def follow(task: str, topics: Collection[str], *, wanted: Callable[[str], bool]) -> None:
    """The task is enqueued with the key of each event of these topics whose topic is `wanted`, with the event."""
    _followers[task] = _Follower(task, topics, wanted)


@transaction.atomic(savepoint=False)
def record(topic: str, kind: str, ids: int | tuple[int, int], actor: Actor, **facts: Any) -> Event:
    """The event is stored. `ids` is one row's key or the first and the last of a range."""
    first, last = ids if isinstance(ids, tuple) else (ids, ids)
    event = Event.objects.create(
        topic=topic,
        kind=kind,
        first_id=first,
        last_id=last,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        facts=facts,
    )
    for each in _followers.values():
        if topic in each.topics and each.wanted(topic):
            queue.enqueue(each.task, event_id=event.pk)
    return event


@transaction.atomic(savepoint=False)
def publish(topic: str, kind: str, ids: int | tuple[int, int], actor: Actor, **facts: Any) -> Event:
    """The event is stored, and after commit a worker runs its reactions, at least once."""
    event = record(topic, kind, ids, actor, **facts)
    message = OutboxMessage.objects.create(event=event)
    queue.enqueue(REACT, message_id=message.pk)
    return event


@transaction.atomic
def begin(message_id: int) -> Event | None:
    """One more attempt to react is counted; what to react to, or None when all reactions have ended well."""
    waiting = OutboxMessage.objects.filter(pk=message_id, done_at__isnull=True)
    if not waiting.update(attempts=F("attempts") + 1):
        return None
    return waiting.select_related("event")[0].event


@transaction.atomic
def done(message_id: int) -> None:
    """Every reaction has ended well."""
    waiting = OutboxMessage.objects.filter(pk=message_id, done_at__isnull=True)
    waiting.update(done_at=clock.now(), last_error="")


@transaction.atomic
def failed(message_id: int, error: str) -> None:
    """A reaction did not end well; the message waits with the reason."""
    OutboxMessage.objects.filter(pk=message_id).update(last_error=error)


def untold() -> list[int]:
    """The messages whose reactions have not all ended well, oldest first."""
    return list(
        OutboxMessage.objects.filter(done_at__isnull=True).order_by("pk").values_list("pk", flat=True)
    )
