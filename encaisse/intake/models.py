"""Batches and their rows."""

from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now

from encaisse.kernel.models import Job
from encaisse.kernel.scope import Scope
from encaisse.kernel.states import transitions


class BatchState(models.TextChoices):
    """A batch is read once; afterwards it never changes, but that the whole of it may be undone."""

    READING = "reading"
    DONE = "done"
    UNDONE = "undone"


BATCH_TRANSITIONS = transitions(reading="done", done="undone", undone="")


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
    # The file's own headings, in order, and how they were read: what was refused goes back under them.
    headings = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    state = models.TextField(choices=BatchState, default=BatchState.READING)
    created_count = models.IntegerField(default=0)
    updated_count = models.IntegerField(default=0)
    unchanged_count = models.IntegerField(default=0)
    refused_count = models.IntegerField(default=0)
    warned_count = models.IntegerField(default=0)
    # A job that runs twice, since its worker died once its file was in, brings no second batch.
    job = models.OneToOneField(Job, null=True, on_delete=models.PROTECT, related_name="+")
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")
    started_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    objects = BatchQuerySet.as_manager()


class UploadQuerySet(models.QuerySet["Upload"]):
    """Files on their way in, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """All of them, or, for whoever sees only some customers or legal entities, those that they brought."""
        if scope.sees_everything:
            return self
        return self.filter(actor_kind=scope.actor.kind, actor_id=scope.actor.id)


class Upload(models.Model):
    """A file on its way in: brought, mapped, rehearsed, then read by a job, after which storage forgets it.

    `stored_as` is its name in storage, empty once it is gone. `facts` say for whom and from when its records are,
    `headings` and `sample` what was seen of it when it came, `mapping` how it is to be read.
    """

    kind = models.TextField()
    file_name = models.TextField()
    stored_as = models.TextField()
    size_bytes = models.BigIntegerField()
    facts = models.JSONField(default=dict)
    headings = models.JSONField(default=list)
    sample = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+")
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    received_at = models.DateTimeField(db_default=Now())

    objects = UploadQuerySet.as_manager()


class Mapping(models.Model):
    """How the files of one source are read, for one kind; what `rules.mapping.ColumnMap` says is in `facts`."""

    kind = models.TextField()
    source = models.TextField()
    facts = models.JSONField()
    saved_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="mapping_once_per_kind_and_source", fields=["kind", "source"]),
            models.CheckConstraint(name="mapping_has_a_source", condition=~models.Q(source="")),
        ]


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
