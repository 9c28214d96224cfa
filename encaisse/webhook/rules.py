"""The public catalogue of what is told, how it is signed, and when it is tried again."""

import datetime as dt
from base64 import b64decode, b64encode
from collections.abc import Iterable
from hashlib import blake2b, sha256
from hmac import digest
from typing import Final, NamedTuple

SECRET_PREFIX: Final = "whsec_"
TEST: Final = "endpoint.test"
# From one attempt to the next: ten attempts in a little over three days. Source: Standard Webhooks, "Retry schedule".
WAITS: Final = tuple(
    dt.timedelta(seconds=seconds)
    for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
# A wait is stretched by up to a tenth, lest everything that failed together come back together.
JITTER: Final = 10
# What a receiver may ask for by Retry-After: a day, so that nobody puts us off for ever.
LONGEST_ASKED: Final = dt.timedelta(days=1)
LONGEST_REST: Final = dt.timedelta(minutes=5)
GIVE_UP_AFTER: Final = dt.timedelta(days=5)
GONE: Final = 410


class EventType(NamedTuple):
    """What an endpoint may listen to: the topics and the kind of row that it is made of, inside, and the name of one
    sort of them alone, `only`."""

    name: str
    topics: tuple[str, ...]
    kind: str
    only: str = ""


TYPES: Final = (
    EventType("invoice.issued", ("invoice.issued",), "invoice", only="invoice"),
    EventType("invoice.credited", ("invoice.credited",), "invoice"),
    EventType("advance.issued", ("invoice.issued",), "invoice", only="advance"),
    EventType("credit_note.issued", ("invoice.issued",), "invoice", only="credit_note"),
    EventType("credit_note.allocated", ("allocation.made",), "invoice"),
    EventType("credit_note.allocation_taken_back", ("allocation.taken_back",), "invoice"),
    EventType("payment.recorded", ("payment.recorded",), "payment"),
    EventType("payment.returned", ("payment.returned",), "payment"),
    EventType("payment.allocated", ("allocation.made",), "payment"),
    EventType("payment.allocation_taken_back", ("allocation.taken_back",), "payment"),
    EventType("customer.created", ("customer.imported",), "customer"),
    EventType("customer.changed", ("customer.changed",), "customer"),
    EventType("billing_account.opened", ("account.opened",), "billing_account"),
    EventType("billing_account.changed", ("account.changed", "account.identified"), "billing_account"),
    EventType("subscription.created", ("subscription.imported",), "subscription"),
    EventType("subscription.changed", ("subscription.changed", "subscription.referred"), "subscription"),
    EventType("subscription.ended", ("subscription.ended",), "subscription"),
    EventType("run.ready_for_review", ("run.review",), "run"),
    EventType("run.finished", ("run.finished",), "run"),
    EventType("run.completed", ("run.complete",), "run"),
    EventType("run.cancelled", ("run.cancelled",), "run"),
    EventType("import.done", ("import.done",), "batch"),
)
BY_NAME: Final = {each.name: each for each in TYPES}
TOPICS: Final = frozenset(topic for each in TYPES for topic in each.topics)


def types_of(topic: str, kind: str) -> tuple[EventType, ...]:
    """What an event is called outside: several types when its rows are of several sorts."""
    return tuple(each for each in TYPES if topic in each.topics and kind == each.kind)


def names_of(topic: str) -> tuple[str, ...]:
    """Every type that events of this topic may be told as."""
    return tuple(each.name for each in TYPES if topic in each.topics)


def new_secret(random: bytes) -> str:
    """A secret made of these bytes, in the form that libraries of Standard Webhooks read."""
    return SECRET_PREFIX + b64encode(random).decode()


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """What proves that the body is ours. Source: Standard Webhooks, "Signature scheme"."""
    key = b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = digest(key, f"{message_id}.{timestamp}.".encode() + body, sha256)
    return f"v1,{b64encode(signed).decode()}"


def signatures(secrets: Iterable[str], message_id: str, timestamp: int, body: bytes) -> str:
    """One signature for each secret in force: two while an endpoint changes its secret."""
    return " ".join(signature(secret, message_id, timestamp, body) for secret in secrets)


def wait_after(attempts: int, message_id: str) -> dt.timedelta | None:
    """How long a message rests after so many attempts, None when it is given up.

    The stretch is drawn from the message itself, so that the same message always waits the same.
    """
    if attempts > len(WAITS):
        return None
    wait = WAITS[attempts - 1]
    drawn = int.from_bytes(blake2b(f"{message_id} {attempts}".encode(), digest_size=4).digest(), "big")
    return wait + wait / JITTER * (drawn / 2**32)


def asked_wait(seconds: float) -> dt.timedelta:
    """How long a receiver that asks to be left alone is: a day at most."""
    return dt.timedelta(seconds=min(max(seconds, 0.0), LONGEST_ASKED.total_seconds()))


def rest_after(failures: int) -> dt.timedelta:
    """How long an endpoint is left alone after so many failures in a row, whatever waits for it."""
    return min(LONGEST_REST, dt.timedelta(seconds=2 ** min(failures, 10)))


def is_taken(status: int) -> bool:
    """Whether this answer says that the message arrived. A redirect does not: none is followed."""
    return 200 <= status < 300
