"""Events: what happened, to which range of rows, by whom. The outbox is the part of it still to be told."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


class Event(models.Model):
    """Something that happened to the rows `first_id`..`last_id` of one kind: append-only.

    One row for a set operation as for a single one. The actor is a plain value that outlives the account.
    """

    topic = models.TextField()
    kind = models.TextField()
    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField()
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")
    facts = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="event_range_is_ordered", condition=models.Q(last_id__gte=models.F("first_id"))
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="event_of_a_row", fields=["kind", "last_id", "first_id"]),
        ]


class OutboxMessage(models.Model):
    """An event that other parts must react to. `done_at` is set when every reaction has ended well."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT)
    attempts = models.SmallIntegerField(default=0)
    last_error = models.TextField(default="")
    done_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(name="outbox_waiting", fields=["id"], condition=models.Q(done_at__isnull=True)),
        ]
