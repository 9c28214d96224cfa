"""From what happened to the endpoints that listen to it.

    event -> (a task of its own, enqueued with it) -> a message for each row and endpoint, portion by portion -> sent

Nothing of it happens where the event does: a run of a million invoices leaves one event a chunk, and whatever other
people's servers do is done in a lane of the queue that nothing else waits in.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Final

from encaisse.adapters.http_out import house_rules, opened
from encaisse.insight.queries.told import ToldRow, told
from encaisse.kernel import clock, events, queue
from encaisse.kernel.models import Event
from encaisse.webhook import queries
from encaisse.webhook.operations import messages
from encaisse.webhook.operations.messages import DELIVER, Told
from encaisse.webhook.queries import Listener
from encaisse.webhook.rules import TOPICS, EventType, types_of
from encaisse.webhook.tasks import AT_ONCE, deliver

TELL: Final = "flows.tell_endpoints"
LANE: Final = "webhooks"
PORTION: Final = 500
# Those that are due within one such step are sent in one turn.
STEP_S: Final = 5


def tell_endpoints(event_id: int) -> None:
    """Every endpoint that listens has a message for each row of the event. Call outside transactions.

    May be repeated: what was made is made once.
    """
    event = Event.objects.get(pk=event_id)
    types = types_of(event.topic, event.kind)
    listeners = queries.listeners([each.name for each in types])
    for rows in _portions(event) if listeners else ():
        messages.tell(event_id, event.at, _heard(rows, types, listeners))
    queue.wake(DELIVER)


def deliver_messages() -> None:
    """Messages that are due are sent, and a worker will look again when the next one is. Call outside transactions."""
    with opened(house_rules(), at_once=AT_ONCE) as door:
        deliver(door)
    due = queries.next_due()
    if due is not None:
        queue.wake(DELIVER, at=None if due <= clock.now() else _step_after(due))


def register() -> None:
    """Workers know these tasks, and events are told."""
    queue.register(TELL, tell_endpoints, lane=LANE)
    queue.register(DELIVER, deliver_messages, lane=LANE)
    queue.every_hour(DELIVER)
    events.follow(TELL, TOPICS, wanted=queries.anybody_listens)


def _portions(event: Event) -> Iterator[list[ToldRow]]:
    first = event.first_id
    while rows := told(event.kind, first, event.last_id, most=PORTION):
        yield rows
        first = rows[-1].id + 1


def _heard(
    rows: Iterable[ToldRow], types: Iterable[EventType], listeners: Iterable[Listener]
) -> Iterator[Told]:
    for row in rows:
        for each in types:
            for listener in listeners:
                if each.name in listener.types and each.only in ("", row.sort) and _concerns(listener, row):
                    yield Told(listener.endpoint_id, row.id, each.name, row.data)


def _concerns(listener: Listener, row: ToldRow) -> bool:
    """What concerns no legal entity in particular is told to those alone that hear of all."""
    is_theirs = not listener.entity_ids or bool(listener.entity_ids & row.entity_ids)
    return is_theirs and listener.mode in row.modes


def _step_after(due: dt.datetime) -> dt.datetime:
    return dt.datetime.fromtimestamp((int(due.timestamp()) // STEP_S + 1) * STEP_S, dt.UTC)
