"""Runs, chunks, outcomes, and the fate of each charge."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from encaisse.catalog.models import Offer
from encaisse.charge.models import Charge
from encaisse.kernel.states import transitions
from encaisse.party.models import BillingAccount, Customer, Group, LegalEntity, Rep


class RunState(models.TextChoices):
    """Where a run stands. `review` waits for a person; an automatic run passes through it. One that is `finished` has
    issued all that it may, and is complete once the last of its documents in quarantine is decided."""

    NEW = "new"
    DRAFTING = "drafting"
    REVIEW = "review"
    ISSUING = "issuing"
    FINISHED = "finished"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


RUN_TRANSITIONS = transitions(
    new="drafting cancelled",
    drafting="review cancelled",
    review="issuing drafting cancelled",
    issuing="finished complete",
    finished="complete",
    complete="",
    cancelled="",
)


class RunKind(models.TextChoices):
    """`mass` bills every open charge of its accounts, `manual` the manual charges of one account."""

    MASS = "mass"
    MANUAL = "manual"


class Caught(models.TextChoices):
    """What becomes of the drafts that a rule caught when their run is issued: they are issued all the same, hold up
    the run until somebody has decided, leave it for quarantine, or are cancelled and their charges open again or
    dropped."""

    APPROVE = "approve"
    HOLD = "hold"
    QUARANTINE = "quarantine"
    REOPEN = "reopen"
    DROP = "drop"


class CycleUnit(models.TextChoices):
    """What the distance between two runs of a cycle is counted in."""

    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class CycleStart(models.TextChoices):
    """What happens by itself on the day of a cycle: nothing, drafts that wait for review, or invoices."""

    BY_HAND = "by_hand"
    DRAFT = "draft"
    ISSUE = "issue"


class Judged(models.Model):
    """What becomes of suspect and of rejected drafts."""

    on_suspect = models.TextField(choices=Caught, default=Caught.QUARANTINE)
    on_reject = models.TextField(choices=Caught, default=Caught.QUARANTINE)

    class Meta:
        abstract = True


class Cycle(Judged):
    """Accounts that are billed together, every `unit_count` × `unit` counted from `first_day`, which keeps its day.

    A run of the cycle bills what is billable until `until_days` days after its day (before it when negative),
    inclusive, on invoices dated `issue_days` days after it. `next_day` is its next day; `legal_entity` narrows it.
    """

    code = models.TextField(unique=True)
    name_fr = models.TextField()
    name_en = models.TextField()
    unit = models.TextField(choices=CycleUnit, default=CycleUnit.MONTH)
    unit_count = models.SmallIntegerField(default=1)
    first_day = models.DateField()
    next_day = models.DateField()
    until_days = models.SmallIntegerField(default=0)
    issue_days = models.SmallIntegerField(default=0)
    start = models.TextField(choices=CycleStart, default=CycleStart.BY_HAND)
    legal_entity = models.ForeignKey(LegalEntity, null=True, on_delete=models.PROTECT, related_name="+")
    is_active = models.BooleanField(default=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="cycle_recurs", condition=Q(unit_count__gte=1)),
            models.CheckConstraint(
                name="cycle_next_day_follows_its_first", condition=Q(next_day__gte=models.F("first_day"))
            ),
        ]


class CycleMember(models.Model):
    """The cycle in which an account is billed: at most one."""

    account = models.OneToOneField(BillingAccount, on_delete=models.PROTECT, related_name="+")
    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="members")


class Narrowed(models.Model):
    """Which active accounts are billed: all of them, or those of whom everything said here is true."""

    legal_entity = models.ForeignKey(LegalEntity, null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(BillingAccount, null=True, on_delete=models.PROTECT, related_name="+")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    cycle = models.ForeignKey(Cycle, null=True, on_delete=models.PROTECT, related_name="+")
    exceptions_of = models.ForeignKey(
        "billing.Run", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    group = models.ForeignKey(Group, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    rep = models.ForeignKey(Rep, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    offer = models.ForeignKey(Offer, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    payment_method = models.TextField(default="")
    terms_kind = models.TextField(default="")
    currency = models.TextField(default="")
    country = models.TextField(default="")
    cutoff_date = models.DateField()
    issue_date = models.DateField()
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Run(Narrowed, Judged):
    """A list of billing accounts, each of which ends in exactly one outcome.

    Bills charges billable before `cutoff_date`, exclusive. Nobody works on a run that somebody paused; one that
    is worked on says since when. `replaces` is the key of the invoice in whose place a manual run bills.
    `quarantined` counts its documents that wait in quarantine, kept by the flows that put them there and decide.
    """

    kind = models.TextField(choices=RunKind, default=RunKind.MASS)
    state = models.TextField(choices=RunState, default=RunState.NEW)
    paused_at = models.DateTimeField(null=True)
    paused_by = models.TextField(default="")
    working_since = models.DateTimeField(null=True)
    replaces = models.BigIntegerField(null=True)
    quarantined = models.IntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="run_is_finished_while_in_quarantine",
                condition=Q(quarantined=0) & ~Q(state="finished")
                | Q(quarantined__gt=0, state__in=["issuing", "finished"]),
            ),
            models.CheckConstraint(
                name="run_pauses_while_worked_on",
                condition=Q(paused_at__isnull=True) | Q(state__in=["new", "drafting", "issuing"]),
            ),
            models.CheckConstraint(
                name="run_replaces_by_hand", condition=Q(replaces__isnull=True) | Q(kind="manual")
            ),
        ]


class Trial(Narrowed):
    """A dry run that a worker computes: what a run would make, then `figures`, or the refusal in `refused`."""

    figures = models.JSONField(null=True)
    refused = models.JSONField(null=True)


class ChunkState(models.TextChoices):
    """How far a chunk has come; each step is one bounded transaction that can be repeated without effect."""

    PLANNED = "planned"
    RATED = "rated"
    DRAFTED = "drafted"
    ISSUED = "issued"
    CANCELLED = "cancelled"


CHUNK_TRANSITIONS = transitions(
    planned="rated cancelled",
    rated="drafted cancelled",
    drafted="issued planned cancelled",
    issued="",
    cancelled="",
)


class Chunk(models.Model):
    """The active accounts of one legal entity whose ids lie in `first_account`..`last_account`, or of these the
    `accounts` listed when the run is narrowed: `listed` of them. `invoiced` counts its drafts.

    A drafted chunk is planned again when some of its exceptions are to be tried again.
    """

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="chunks")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    first_account = models.BigIntegerField()
    last_account = models.BigIntegerField()
    accounts = ArrayField(models.BigIntegerField(), null=True)
    listed = models.IntegerField(default=0)
    invoiced = models.IntegerField(default=0)
    state = models.TextField(choices=ChunkState, default=ChunkState.PLANNED)
    rated_at = models.DateTimeField(null=True)
    drafted_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="chunk_once_per_run", fields=["run", "legal_entity", "first_account"]
            ),
            models.CheckConstraint(
                name="chunk_range_is_ordered", condition=Q(last_account__gte=models.F("first_account"))
            ),
        ]


class OutcomeKind(models.TextChoices):
    """What a run made of one account."""

    INVOICED = "invoiced"
    NOTHING = "nothing"
    EXCEPTION = "exception"


class Outcome(models.Model):
    """The one outcome of an account in a run; `split` counts its invoices when there are several."""

    pk = models.CompositePrimaryKey("run_id", "account_id", "split")
    run = models.ForeignKey(
        Run, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    account = models.ForeignKey(
        BillingAccount, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    split = models.SmallIntegerField(default=0)
    outcome = models.TextField(choices=OutcomeKind)
    reason = models.TextField(default="")
    facts = models.JSONField(default=dict)
    invoice_id = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="outcome_has_an_invoice_iff_invoiced",
                condition=Q(outcome="invoiced", invoice_id__isnull=False)
                | ~Q(outcome="invoiced") & Q(invoice_id__isnull=True),
            ),
            models.CheckConstraint(
                name="outcome_has_a_reason_iff_exception",
                condition=Q(outcome="exception") & ~Q(reason="") | ~Q(outcome="exception") & Q(reason=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="outcome_exceptions", fields=["run"], condition=Q(outcome="exception")),
        ]


class Fate(models.TextChoices):
    """What became of a charge. A charge without a claim is open."""

    BILLED = "billed"
    VOIDED = "voided"
    DROPPED = "dropped"


class Claim(models.Model):
    """The fate of one charge, at most one: the primary key says so. `share_minor` is its part of the line's net.

    `line` is a plain number from the block reserved for the chunk; invoice's migration checks that it exists,
    and refuses to re-open or move a charge whose invoice is issued.
    """

    charge = models.OneToOneField(
        Charge, primary_key=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    run = models.ForeignKey(
        Run, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    fate = models.TextField(choices=Fate, default=Fate.BILLED)
    line = models.BigIntegerField(null=True)
    share_minor = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="claim_has_a_line_iff_billed",
                condition=Q(fate="billed", line__isnull=False) | ~Q(fate="billed") & Q(line__isnull=True),
            ),
        ]
        indexes: ClassVar = [models.Index(name="claim_of_line", fields=["line"])]


class DocumentDiscount(models.Model):
    """What is taken off each document of an account dated `valid_from` or later and before `valid_to`: a percent
    of its lines, or an amount in main units of `currency`, and the reason that the document gives (BG-20).
    """

    account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="+")
    percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    currency = models.CharField(max_length=3)
    reason = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="document_discount_is_a_percent_or_an_amount",
                condition=Q(percent__isnull=False, amount__isnull=True)
                | Q(percent__isnull=True, amount__isnull=False),
            ),
            models.CheckConstraint(
                name="document_discount_is_a_percentage",
                condition=Q(percent__isnull=True) | Q(percent__gt=0, percent__lte=100),
            ),
            models.CheckConstraint(
                name="document_discount_amount_is_positive",
                condition=Q(amount__isnull=True) | Q(amount__gt=0),
            ),
            models.CheckConstraint(name="document_discount_says_why", condition=~Q(reason="")),
            models.CheckConstraint(
                name="document_discount_period_is_whole",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=models.F("valid_from")),
            ),
        ]
