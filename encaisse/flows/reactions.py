"""What follows from what happened: the only table from a topic of the outbox to a flow.

A reaction takes the first and the last key of the rows that the event is about. It runs at least once, perhaps
twice, so every flow of this table looks first at what is still to be done.
"""

from collections.abc import Callable, Mapping
from typing import Final

from encaisse.delivery.operations import REQUEUED
from encaisse.flows.make_documents import make_documents_later
from encaisse.flows.send_documents import send_queued
from encaisse.kernel import events, queue

Reaction = Callable[[int, int], None]

REACTIONS: Final[Mapping[str, tuple[Reaction, ...]]] = {
    "invoice.issued": (make_documents_later,),
    REQUEUED: (send_queued,),
}


def react(message_id: int) -> None:
    """Every reaction to the message has ended well, unless one raises: then the message waits with the reason.

    Call outside transactions. Raises what the reactions raise, so that the queue tries again later.
    """
    event = events.begin(message_id)
    if event is None:
        return
    try:
        for reaction in REACTIONS[event.topic]:
            reaction(event.first_id, event.last_id)
    except Exception as error:
        events.failed(message_id, str(error))
        raise
    events.done(message_id)


def register() -> None:
    """Workers know how to react."""
    queue.register(events.REACT, react)
