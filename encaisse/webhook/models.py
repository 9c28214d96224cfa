"""Endpoints, the messages for them, and each attempt to hand a message over."""

from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from encaisse.kernel.models import Event
from encaisse.kernel.scope import Scope
from encaisse.kernel.states import transitions
from encaisse.party.models import LegalEntity


class EndpointState(models.TextChoices):
    """Nothing is made for an endpoint that is disabled; a removed one is kept for its log alone."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    REMOVED = "removed"


ENDPOINT_TRANSITIONS = transitions(enabled="disabled removed", disabled="enabled removed", removed="")


class Mode(models.TextChoices):
    """Whether an endpoint hears of what is real, or of the sandbox."""

    LIVE = "live"
    TEST = "test"


class Disabled(models.TextChoices):
    """Why an endpoint is disabled: by somebody, because it failed for days, or because it said that it is gone."""

    NO = ""
    BY_HAND = "by_hand"
    FAILING = "failing"
    GONE = "gone"


class MessageState(models.TextChoices):
    """A message that has ended may be sent again."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


MESSAGE_TRANSITIONS = transitions(waiting="delivered failed", delivered="waiting", failed="waiting")


class EndpointQuerySet(models.QuerySet["Endpoint"]):
    """Endpoints, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those that hear of nothing which the scope does not show: an endpoint hears of whole legal entities."""
        kept = self.exclude(state=EndpointState.REMOVED)
        if not scope.sees_every_customer:
            return kept.none()
        beyond = Q(legal_entities__isnull=False) & ~scope.entities("legal_entities")
        if scope.entity_ids is not None:
            beyond |= Q(legal_entities=None)
        elif scope.hidden_entity_ids:
            beyond |= Q(legal_entities=None, mode=Mode.TEST)
        return (
            kept
            if scope.sees_every_row
            else kept.exclude(pk__in=Endpoint.objects.filter(beyond).values("pk"))
        )


class Endpoint(models.Model):
    """An address of other software, what it listens to, and the secrets that sign what is sent there.

    It hears of the `legal_entities` named, of all when none is; in test mode of their sandboxes instead. `secret` is
    sealed; the one before signs too until `previous_until`. It fails since `failing_since`, `failures` times in a
    row, and is left alone until `rest_until`.
    """

    url = models.TextField()
    description = models.TextField(default="")
    types = ArrayField(models.TextField())
    mode = models.TextField(choices=Mode, default=Mode.LIVE)
    legal_entities = models.ManyToManyField(LegalEntity, related_name="+")
    secret = models.TextField()
    previous_secret = models.TextField(default="")
    previous_until = models.DateTimeField(null=True)
    state = models.TextField(choices=EndpointState, default=EndpointState.ENABLED)
    disabled = models.TextField(choices=Disabled, default=Disabled.NO)
    failing_since = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    rest_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = EndpointQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="endpoint_says_why_iff_disabled",
                condition=Q(state="disabled") & ~Q(disabled="") | ~Q(state="disabled") & Q(disabled=""),
            ),
            models.CheckConstraint(
                name="endpoint_keeps_the_secret_before_for_a_while",
                condition=Q(previous_secret="", previous_until__isnull=True)
                | ~Q(previous_secret="") & Q(previous_until__isnull=False),
            ),
            models.CheckConstraint(
                name="endpoint_fails_since_iff_it_failed",
                condition=Q(failures=0, failing_since__isnull=True)
                | Q(failures__gt=0, failing_since__isnull=False),
            ),
        ]


class MessageQuerySet(models.QuerySet["Message"]):
    """Messages, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the endpoints that the scope may see."""
        return self.filter(endpoint__in=Endpoint.objects.visible_to(scope))


class Message(models.Model):
    """One row of one event, told to one endpoint: `body` is sent as it is, however often. A test has no event.

    A worker that holds it says until when; a worker that dies lets it go then.
    """

    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.PROTECT, db_constraint=False, related_name="messages"
    )
    event = models.ForeignKey(
        Event, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    row_id = models.BigIntegerField(null=True)
    type = models.TextField()
    body = models.TextField()
    state = models.TextField(choices=MessageState, default=MessageState.WAITING)
    attempts = models.SmallIntegerField(default=0)
    attempts_before = models.SmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    held_until = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=Now())

    objects = MessageQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="message_once_per_row_and_endpoint", fields=["event", "row_id", "endpoint", "type"]
            ),
            # The range of an event may cover what was issued by another one.
            models.UniqueConstraint(
                name="message_tells_an_issue_once",
                fields=["endpoint", "row_id", "type"],
                condition=Q(type__in=["invoice.issued", "advance.issued", "credit_note.issued"]),
            ),
            models.CheckConstraint(
                name="message_of_an_event_names_its_row",
                condition=Q(event__isnull=True, row_id__isnull=True)
                | Q(event__isnull=False, row_id__isnull=False),
            ),
            models.CheckConstraint(
                name="message_is_due_iff_it_waits",
                condition=Q(state="waiting", next_attempt_at__isnull=False, ended_at__isnull=True)
                | Q(
                    state__in=["delivered", "failed"],
                    next_attempt_at__isnull=True,
                    held_until__isnull=True,
                    ended_at__isnull=False,
                ),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                name="message_due", fields=["endpoint", "next_attempt_at"], condition=Q(state="waiting")
            ),
            models.Index(name="message_of_an_endpoint", fields=["endpoint", "-id"]),
        ]


class Attempt(models.Model):
    """One time that a message was sent: what the other server answered, its first kilobyte, or why it did not."""

    message = models.ForeignKey(Message, on_delete=models.PROTECT, related_name="log")
    number = models.SmallIntegerField()
    at = models.DateTimeField()
    duration_ms = models.IntegerField()
    status = models.SmallIntegerField(null=True)
    error = models.TextField(default="")
    answer = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="attempt_once_per_message", fields=["message", "number"]),
            models.CheckConstraint(
                name="attempt_has_a_status_iff_it_was_answered",
                condition=Q(status__isnull=False, error="") | Q(status__isnull=True) & ~Q(error=""),
            ),
        ]
