"""Batches and their rows."""

from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now

from encaisse.kernel.scope import Scope
from encaisse.kernel.states import transitions


class BatchState(models.TextChoices):
    """A batch is read once; afterwards it never changes."""

    READING = "reading"
    DONE = "done"


BATCH_TRANSITIONS = transitions(reading="done", done="")


class Outcome(models.TextChoices):
    """What became of one record."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


class BatchQuerySet(models.QuerySet["Batch"]):
    """Batches, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """All of them, or, for whoever sees only some customers or legal entities, those that they brought."""
        if scope.sees_everything:
            return self
        return self.filter(actor_kind=scope.actor.kind, actor_id=scope.actor.id)


class Batch(models.Model):
    """One file of one kind, as it was read."""

    kind = models.TextField()
    file_name = models.TextField()
    sha256 = models.CharField(max_length=64)
    encoding = models.TextField(default="")
    state = models.TextField(choices=BatchState, default=BatchState.READING)
    created_count = models.IntegerField(default=0)
    updated_count = models.IntegerField(default=0)
    unchanged_count = models.IntegerField(default=0)
    refused_count = models.IntegerField(default=0)
    warned_count = models.IntegerField(default=0)
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    objects = BatchQuerySet.as_manager()


class Row(models.Model):
    """One record of a batch, kept as read, with its errors when it was refused and its warnings when it was not.

    `number` counts records, the heading being 1. Each error and warning names column, value, code and facts.
    """

    batch = models.ForeignKey(Batch, on_delete=models.PROTECT, related_name="rows")
    number = models.IntegerField()
    outcome = models.TextField(choices=Outcome)
    reference = models.TextField(default="")
    record = models.JSONField()
    errors = models.JSONField(default=list)
    warnings = models.JSONField(default=list)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="row_once_per_batch", fields=["batch", "number"]),
            models.CheckConstraint(
                name="row_has_errors_iff_refused",
                condition=models.Q(outcome="refused") & ~models.Q(errors=[])
                | ~models.Q(outcome="refused") & models.Q(errors=[]),
            ),
        ]
        indexes: ClassVar = [
            # Whether an earlier record of the file has the same reference is asked of the table, not of memory.
            models.Index(name="row_of_a_reference", fields=["batch", "reference"]),
        ]
