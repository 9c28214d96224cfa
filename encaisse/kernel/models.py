"""Events: what happened, to which range of rows, by whom; the outbox is the part of it still to be told.
Jobs: work that somebody asked for, its progress, and what became of each of its items.
Schedules: daily work, and each time that it began."""

from typing import ClassVar, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Now

from encaisse.kernel.scope import Scope
from encaisse.kernel.states import transitions


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
            models.Index(name="event_in_time", fields=["at", "id"]),
            models.Index(name="event_of_an_actor", fields=["actor_kind", "actor_id", "at", "id"]),
            models.Index(name="event_of_a_topic", fields=["topic", "at", "id"]),
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


class JobState(models.TextChoices):
    """A job waits, runs, and ends: done (with an outcome for each item), stopped by somebody, or failed whole."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    FAILED = "failed"


JOB_TRANSITIONS = transitions(
    waiting="running stopped", running="done stopped failed", done="", stopped="", failed=""
)


class ItemOutcome(models.TextChoices):
    """What became of one item of a job: done, refused for a reason that has a code, or failed unexpectedly."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    FAILED = "failed"


JOBITEM_TRANSITIONS = transitions(waiting="done refused failed", done="", refused="", failed="")


class JobQuerySet(models.QuerySet["Job"]):
    """Jobs, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """All of them, or, for whoever sees only some customers or legal entities, those that they asked for."""
        if scope.sees_everything:
            return self
        return self.filter(actor_kind=scope.actor.kind, actor_id=scope.actor.id)


class Job(models.Model):
    """Work in the background that somebody asked for and watches: `done` of `total`, in its own unit.

    `facts` are plain values that say what was asked, `answer` what came of it; `error` and `error_facts` are the
    refusal of a job that failed whole.
    """

    kind = models.TextField()
    facts = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    state = models.TextField(choices=JobState, default=JobState.WAITING)
    total = models.IntegerField(default=0)
    done = models.IntegerField(default=0)
    refused = models.IntegerField(default=0)
    answer = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    error = models.TextField(default="")
    error_facts = models.JSONField(default=dict, encoder=DjangoJSONEncoder)
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")
    asked_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="job_ended_iff_it_has_an_end",
                condition=models.Q(state__in=["done", "stopped", "failed"], ended_at__isnull=False)
                | models.Q(state__in=["waiting", "running"], ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="job_failed_iff_it_says_why",
                condition=models.Q(state="failed") & ~models.Q(error="")
                | ~models.Q(state="failed") & models.Q(error=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="job_of_an_actor", fields=["actor_kind", "actor_id", "-id"]),
            models.Index(
                name="job_under_way",
                fields=["actor_kind", "actor_id"],
                condition=models.Q(state__in=["waiting", "running"]),
            ),
            models.Index(
                name="job_with_a_file", fields=["ended_at"], condition=models.Q(answer__has_key="file")
            ),
        ]


class JobItem(models.Model):
    """One row that a job is about: its key, by its position among those asked for, and what became of it."""

    job = models.ForeignKey(Job, on_delete=models.PROTECT, related_name="items")
    position = models.IntegerField()
    row_id = models.BigIntegerField()
    state = models.TextField(choices=ItemOutcome, default=ItemOutcome.WAITING)
    code = models.TextField(default="")
    facts = models.JSONField(default=dict, encoder=DjangoJSONEncoder)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="job_item_once", fields=["job", "position"]),
            models.CheckConstraint(
                name="job_item_has_a_code_iff_it_did_not_end_well",
                condition=models.Q(state__in=["refused", "failed"]) & ~models.Q(code="")
                | models.Q(state__in=["waiting", "done"], code=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                name="job_item_waiting", fields=["job", "position"], condition=models.Q(state="waiting")
            ),
        ]


class Schedule(models.Model):
    """Work that begins by itself every day at `at`, in its time zone, next at `next_at`; not while it is paused.

    `name` is what a flow registered it as.
    """

    name = models.TextField(unique=True)
    at = models.TimeField()
    timezone = models.TextField()
    is_paused = models.BooleanField(default=False)
    next_at = models.DateTimeField()


class Start(models.Model):
    """One time that a schedule's work began, and the job that does it: by itself once a day at most."""

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="starts")
    day = models.DateField()
    job = models.OneToOneField(Job, on_delete=models.PROTECT, related_name="+")
    by_hand = models.BooleanField(default=False)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="schedule_begins_by_itself_once_a_day",
                fields=["schedule", "day"],
                condition=models.Q(by_hand=False),
            ),
        ]
        indexes: ClassVar = [models.Index(name="start_of_a_schedule", fields=["schedule", "-id"])]
