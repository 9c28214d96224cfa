"""What is computed of entries and kept: sums of a day, and cut-offs."""

from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now

from encaisse.kernel.scope import Scope
from encaisse.ledger.models.entries import Account, Journal
from encaisse.party.models import BillingAccount, LegalEntity


class DaySum(models.Model):
    """What postings moved on one account of one legal entity on one day in one journal: what balances are read from.

    Each statement that posts adds rows of its own, so that nobody waits for another's; those of a day are folded into
    one later. Debits and credits are both positive, in the accounting currency.
    """

    legal_entity = models.ForeignKey(
        LegalEntity, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    journal = models.TextField(choices=Journal)
    date = models.DateField()
    postings = models.BigIntegerField()
    debit_minor = models.BigIntegerField()
    credit_minor = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(name="day_sums_of_account", fields=["account", "date"])]


class VatSource(models.TextChoices):
    """What a sum of VAT was made of."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    COLLECTED = "vat_collected"


class VatSum(models.Model):
    """What documents issued on one day, or collections of it, say of one rate: what the VAT of a year is read from.

    Each statement that posts adds rows of its own, and those of a day are folded into one later, as a `DaySum`. Due are
    the documents that owe something at issue, and every collection. In the accounting currency.
    """

    legal_entity = models.ForeignKey(
        LegalEntity, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    date = models.DateField()
    source = models.TextField(choices=VatSource)
    kind = models.TextField()
    category = models.CharField(max_length=2)
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    account = models.TextField()
    taxes = models.BigIntegerField()
    base_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()
    due_taxes = models.BigIntegerField()
    due_base_minor = models.BigIntegerField()
    due_minor = models.BigIntegerField()
    waiting_minor = models.BigIntegerField()

    class Meta:
        indexes: ClassVar = [models.Index(name="vat_sums_of_day", fields=["date"])]


class CutOffQuerySet(models.QuerySet["CutOff"]):
    """Cut-offs, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the legal entities that the scope may see."""
        return self.filter(scope.entities())


class CutOff(models.Model):
    """The cut-off of a legal entity at the end of a day, as it was computed last: another takes its place.

    `sums` are lists of figure, revenue account, product, its names, number of lines and amount, over all lines.
    """

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    currency = models.CharField(max_length=3)
    sums = models.JSONField(default=list)
    computed_by = models.TextField(default="")
    computed_at = models.DateTimeField(db_default=Now())

    objects = CutOffQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="cut_off_once_per_entity_and_day", fields=["legal_entity", "on"]),
        ]


class CutOffLineQuerySet(models.QuerySet["CutOffLine"]):
    """Lines of cut-offs, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the legal entities, and below level EVERYTHING of the accounts, that the scope may see."""
        visible = self.filter(cut_off__in=CutOff.objects.visible_to(scope).values("pk"))
        if scope.sees_every_customer:
            return visible
        return visible.filter(billing_account__in=BillingAccount.objects.visible_to(scope).values("pk"))


class CutOffLine(models.Model):
    """One line or charge cut at the end of the day, told as it was then; its figure is the account, 487 or 418."""

    cut_off = models.ForeignKey(CutOff, on_delete=models.PROTECT, db_index=False, related_name="lines")
    figure = models.CharField(max_length=3)
    position = models.IntegerField()
    document_id = models.BigIntegerField()
    number = models.TextField()
    on = models.DateField()
    billing_account = models.ForeignKey(
        BillingAccount, on_delete=models.PROTECT, db_column="account_id", db_index=False, related_name="+"
    )
    account = models.TextField()
    customer_id = models.BigIntegerField()
    customer = models.TextField()
    product = models.TextField()
    name_fr = models.TextField()
    name_en = models.TextField()
    revenue_account = models.TextField()
    offer = models.TextField()
    label = models.TextField()
    period_from = models.DateField(null=True)
    period_to = models.DateField(null=True)
    amount_minor = models.BigIntegerField()
    cut_minor = models.BigIntegerField()

    objects = CutOffLineQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="cut_off_line_once", fields=["cut_off", "figure", "position"]),
        ]
