"""Runs, chunks, outcomes, and the fate of each charge."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from encaisse.charge.models import Charge
from encaisse.kernel.states import transitions
from encaisse.party.models import BillingAccount, LegalEntity


class RunState(models.TextChoices):
    """Where a run stands. `review` waits for a person; an automatic run passes through it."""

    NEW = "new"
    DRAFTING = "drafting"
    REVIEW = "review"
    ISSUING = "issuing"
    COMPLETE = "complete"
    CANCELLED = "cancelled"


RUN_TRANSITIONS = transitions(
    new="drafting cancelled",
    drafting="review cancelled",
    review="issuing cancelled",
    issuing="complete",
    complete="",
    cancelled="",
)


class RunKind(models.TextChoices):
    """`mass` bills every open charge of its accounts, `manual` the manual charges of one account."""

    MASS = "mass"
    MANUAL = "manual"


class Run(models.Model):
    """A list of billing accounts, each of which ends in exactly one outcome.

    Bills charges billable before `cutoff_date`, exclusive. `legal_entity` and `account` narrow the list.
    """

    kind = models.TextField(choices=RunKind, default=RunKind.MASS)
    state = models.TextField(choices=RunState, default=RunState.NEW)
    cutoff_date = models.DateField()
    issue_date = models.DateField()
    legal_entity = models.ForeignKey(LegalEntity, null=True, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(BillingAccount, null=True, on_delete=models.PROTECT, related_name="+")
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)


class ChunkState(models.TextChoices):
    """How far a chunk has come; each step is one bounded transaction that can be repeated without effect."""

    PLANNED = "planned"
    RATED = "rated"
    DRAFTED = "drafted"
    ISSUED = "issued"
    CANCELLED = "cancelled"


CHUNK_TRANSITIONS = transitions(
    planned="rated cancelled", rated="drafted cancelled", drafted="issued cancelled", issued="", cancelled=""
)


class Chunk(models.Model):
    """The accounts of one legal entity whose ids lie in `first_account`..`last_account`."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="chunks")
    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    first_account = models.BigIntegerField()
    last_account = models.BigIntegerField()
    state = models.TextField(choices=ChunkState, default=ChunkState.PLANNED)

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
