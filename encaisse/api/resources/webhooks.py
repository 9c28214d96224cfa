"""Webhooks: where events are told, signed by the Standard Webhooks scheme, and the log of what was told."""

import datetime as dt
from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import AwareDatetime, Field

from encaisse.api.fields import (
    EntityKey,
    EntityRef,
    Given,
    LineGiven,
    MessageKey,
    MessageRef,
    Page,
    Paging,
    Search,
    Text,
    Told,
    WebhookKey,
    WebhookRef,
    page,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.kernel.lists import Window
from encaisse.webhook import queries
from encaisse.webhook.operations import endpoints, messages
from encaisse.webhook.operations.endpoints import EndpointFacts
from encaisse.webhook.queries import EndpointRow, MessagePage

resource = Resource("Webhooks")
CONNECTS = "integrate"


class Webhook(Told):
    """Where events are told, and how its messages fare. No legal entity named means all of them."""

    id: WebhookRef
    url: str
    description: str
    types: list[str]
    mode: Literal["live", "test"]
    legal_entity_ids: list[EntityRef]
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

    @staticmethod
    def resolve_legal_entity_ids(row: EndpointRow) -> list[int]:
        """Those that it hears of."""
        return list(row.entity_ids)


class NewWebhook(Told):
    """An endpoint and the secret that signs what it is told."""

    webhook: Webhook
    secret: str


class WebhookGiven(Given):
    """Where to tell which types of events. It hears of the key's own mode."""

    url: Annotated[str, Text(2000, 1)]
    types: list[Annotated[str, Text(100, 1)]] = Field(min_length=1, max_length=100)
    description: LineGiven = ""
    legal_entity_ids: list[EntityKey] = Field([], max_length=100)

    def facts(self, mode: str) -> EndpointFacts:
        """The same as the operation takes it."""
        return EndpointFacts(
            self.url, tuple(self.types), self.description, tuple(self.legal_entity_ids), mode
        )


class MessageFilter(Paging):
    """Which messages of the log."""

    after: MessageKey | None = None
    state: Literal["waiting", "delivered", "failed"] | None = None
    type: Search = ""
    since: dt.date | None = None


class Message(Told):
    """One message of the log, with what became of its last attempt."""

    id: MessageRef
    type: str
    state: str
    attempts: int
    status: int | None
    error: str
    duration_ms: int | None
    next_attempt_at: dt.datetime | None
    ended_at: dt.datetime | None
    created_at: dt.datetime


class Attempt(Told):
    """One time that a message was sent."""

    number: int
    at: dt.datetime
    duration_ms: int
    status: int | None
    error: str
    answer: str


class WholeMessage(Told):
    """One message with what it says and every attempt."""

    message: Message
    url: str
    body: str
    log: list[Attempt]

    @staticmethod
    def resolve_message(found: MessagePage) -> queries.MessageRow:
        """What its list says of it."""
        return found.row


class Replay(Given):
    """From which instant on failed messages are told again."""

    since: AwareDatetime


class Replayed(Told):
    """How many messages are told again."""

    messages: int


@resource.get("/webhooks", Page[Webhook], CONNECTS)
def list_webhooks(request: ProgramRequest) -> Any:
    """List webhooks.

    All of them at once.
    """
    return whole(queries.endpoints(request.scope))


@resource.post("/webhooks", NewWebhook, CONNECTS)
def create_webhook(request: ProgramRequest, said: WebhookGiven) -> Any:
    """Be told what happens from now on.

    The secret signs every message: verify it with any library of Standard Webhooks.
    """
    return _with_secret(request, endpoints.create(request.scope, said.facts(request.program.mode)))


@resource.get("/webhooks/{webhook_id}", Webhook, CONNECTS)
def get_webhook(request: ProgramRequest, webhook_id: WebhookKey) -> Any:
    """Read a webhook."""
    return queries.endpoint(request.scope, webhook_id)


@resource.put("/webhooks/{webhook_id}", Webhook, CONNECTS)
def change_webhook(request: ProgramRequest, webhook_id: WebhookKey, said: WebhookGiven) -> Any:
    """Change a webhook.

    What waits for it goes to its new address.
    """
    endpoints.change(request.scope, webhook_id, said.facts(request.program.mode))
    return queries.endpoint(request.scope, webhook_id)


@resource.post("/webhooks/{webhook_id}/secret", NewWebhook, CONNECTS, status=200)
def rotate_webhook_secret(request: ProgramRequest, webhook_id: WebhookKey) -> Any:
    """Give a webhook another secret.

    The one before signs beside it for a day.
    """
    endpoints.rotate(request.scope, webhook_id)
    return _with_secret(request, webhook_id)


@resource.post("/webhooks/{webhook_id}/disable", Webhook, CONNECTS, status=200)
def disable_webhook(request: ProgramRequest, webhook_id: WebhookKey) -> Any:
    """Tell a webhook nothing for now."""
    endpoints.disable(request.scope, webhook_id)
    return queries.endpoint(request.scope, webhook_id)


@resource.post("/webhooks/{webhook_id}/enable", Webhook, CONNECTS, status=200)
def enable_webhook(request: ProgramRequest, webhook_id: WebhookKey) -> Any:
    """Tell a webhook again what happens."""
    endpoints.enable(request.scope, webhook_id)
    return queries.endpoint(request.scope, webhook_id)


@resource.delete("/webhooks/{webhook_id}", CONNECTS)
def remove_webhook(request: ProgramRequest, webhook_id: WebhookKey) -> Any:
    """Remove a webhook.

    Its log stays.
    """
    endpoints.remove(request.scope, webhook_id)


@resource.post("/webhooks/{webhook_id}/test", WholeMessage, CONNECTS, status=202)
def test_webhook(request: ProgramRequest, webhook_id: WebhookKey) -> Any:
    """Tell a webhook that this is a test."""
    return queries.message(request.scope, messages.test(request.scope, webhook_id))


@resource.get("/webhooks/{webhook_id}/messages", Page[Message], CONNECTS)
def list_webhook_messages(
    request: ProgramRequest, webhook_id: WebhookKey, asked: Query[MessageFilter]
) -> Any:
    """Read the log of a webhook.

    The latest first.
    """
    found = queries.messages(
        request.scope,
        webhook_id,
        state=asked.state or "",
        type=asked.type,
        since=asked.since,
        window=Window("-created_at", size=asked.limit + 1, after=asked.after),
    )
    return page(request, "msg", found.rows, asked.limit)


@resource.post("/webhooks/{webhook_id}/replay", Replayed, CONNECTS, status=202)
def replay_failed_messages(request: ProgramRequest, webhook_id: WebhookKey, said: Replay) -> Any:
    """Tell again what failed since an instant."""
    return {"messages": messages.replay_failed(request.scope, webhook_id, since=said.since)}


@resource.get("/messages/{message_id}", WholeMessage, CONNECTS)
def get_webhook_message(request: ProgramRequest, message_id: MessageKey) -> Any:
    """Read a message of a log.

    With what it says and every attempt.
    """
    return queries.message(request.scope, message_id)


@resource.post("/messages/{message_id}/replay", WholeMessage, CONNECTS, status=202)
def replay_webhook_message(request: ProgramRequest, message_id: MessageKey) -> Any:
    """Tell a message again."""
    messages.replay(request.scope, message_id)
    return queries.message(request.scope, message_id)


def _with_secret(request: ProgramRequest, webhook_id: int) -> dict[str, Any]:
    found = queries.endpoint(request.scope, webhook_id)
    return {"webhook": found, "secret": queries.secret(request.scope, webhook_id)}
