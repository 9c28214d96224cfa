"""Validation rules, what they caught, and the quarantine."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from encaisse.billing.models import Run
from encaisse.invoice.models import Invoice, InvoiceKind
from encaisse.party.models import BillingAccount, LegalEntity


class Verdict(models.TextChoices):
    """What a rule makes of a draft that it catches, the worst last. What it does not catch is approved."""

    SUSPECT = "suspect"
    REJECT = "reject"


class Mode(models.TextChoices):
    """Whether a rule says what must be true of a draft, or what must not be."""

    REQUIRE = "require"
    FORBID = "forbid"


class Rule(models.Model):
    """What is asked of the drafts of one kind of one legal entity, dated `valid_from` or later and before `valid_to`.

    `criteria` and `only_when` are trees as `rules.criteria` reads them; the rule is tested only where the second, when
    there is one, is true. Never changed: another takes its place (`replaces`), and what was caught keeps its reason.
    """

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    kind = models.TextField(choices=InvoiceKind, default=InvoiceKind.INVOICE)
    name = models.TextField()
    priority = models.SmallIntegerField(default=0)
    verdict = models.TextField(choices=Verdict, default=Verdict.SUSPECT)
    mode = models.TextField(choices=Mode, default=Mode.REQUIRE)
    criteria = models.JSONField()
    only_when = models.JSONField(null=True)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    is_active = models.BooleanField(default=True)
    replaces = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="+")
    defined_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="validation_rule_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="validation_rule_verdict_is_known", condition=Q(verdict__in=["suspect", "reject"])
            ),
            models.CheckConstraint(
                name="validation_rule_mode_is_known", condition=Q(mode__in=["require", "forbid"])
            ),
            models.CheckConstraint(
                name="validation_rule_period_is_whole",
                condition=Q(valid_from__isnull=True)
                | Q(valid_to__isnull=True)
                | Q(valid_to__gt=models.F("valid_from")),
            ),
            models.UniqueConstraint(
                name="validation_rule_named_once",
                fields=["legal_entity", "kind", "name"],
                condition=Q(is_active=True),
            ),
        ]


class Finding(models.Model):
    """A rule caught a draft, and the values that it saw: amounts in minor units of the accounting currency."""

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    rule = models.ForeignKey(
        Rule, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    verdict = models.TextField(choices=Verdict)
    seen = models.JSONField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="finding_once_per_rule", fields=["invoice", "rule"]),
        ]
        # In the order in which the quarantine is read.
        indexes: ClassVar = [models.Index(name="finding_of_rule", fields=["rule", "invoice"])]


class Decision(models.TextChoices):
    """How a document left quarantine: issued, or cancelled and its charges open again, dropped, or written anew."""

    RELEASED = "released"
    REOPENED = "reopened"
    DROPPED = "dropped"
    CORRECTED = "corrected"


class Quarantine(models.Model):
    """A draft that left its run undecided and waits for a person, then what was decided, when and by whom.

    `verdict` is the worst that was found of it; `gross_minor` its total in the accounting currency, to sort by, and
    `account` whose it is, to be looked up without its document.
    """

    invoice = models.OneToOneField(
        Invoice, primary_key=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    run = models.ForeignKey(
        Run, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    legal_entity = models.ForeignKey(
        LegalEntity, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    account = models.ForeignKey(
        BillingAccount, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    verdict = models.TextField(choices=Verdict)
    gross_minor = models.BigIntegerField()
    since = models.DateTimeField(db_default=Now())
    decision = models.TextField(choices=Decision, default="")
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="quarantine_dated_iff_decided",
                condition=Q(decision="", decided_at__isnull=True)
                | ~Q(decision="") & Q(decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="quarantine_verdict_is_known", condition=Q(verdict__in=["suspect", "reject"])
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="quarantine_waiting", fields=["invoice"], condition=Q(decision="")),
            models.Index(
                name="quarantine_waiting_by_amount",
                fields=["gross_minor", "invoice"],
                condition=Q(decision=""),
            ),
            models.Index(
                name="quarantine_waiting_of_account", fields=["account", "invoice"], condition=Q(decision="")
            ),
            models.Index(name="quarantine_of_run", fields=["run"], condition=Q(decision="")),
        ]
