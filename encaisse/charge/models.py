"""The ledger of rated charges."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from encaisse.catalog.models import PriceVersion, Product
from encaisse.party.models import BillingAccount, BuyerReference
from encaisse.subscription.models import Item
from encaisse.usage.models import Event


class ChargeKind(models.TextChoices):
    """Where a charge comes from.

    `minimum` completes a period to its least amount; `credit` gives back what is no longer held of a period;
    `correction` is of a partial credit note or of what replaces an invoice.
    """

    RECURRING = "recurring"
    ONE_SHOT = "one_shot"
    USAGE = "usage"
    MINIMUM = "minimum"
    CREDIT = "credit"
    CORRECTION = "correction"
    MANUAL = "manual"
    REVERSAL = "reversal"


class Charge(models.Model):
    """One rated thing owed by one account: never updated, never deleted; a correction is a new signed charge.

    `amount` is quantity × unit price, exact to six decimals, before the discount, which is a percentage or an
    amount of the same sign. Its fate, billed or not, is a row of `billing.Claim`. It may be billed by a run
    whose cut-off, exclusive, is after `billable_on`.
    References are checked a set at a time by `charge_references`, hence no row-wise foreign keys. A period is
    credited, or completed to its minimum, once; what late usage changes of that has an `origin_key` of its own.
    """

    account = models.ForeignKey(
        BillingAccount, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    product = models.ForeignKey(
        Product, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    kind = models.TextField(choices=ChargeKind)
    label = models.TextField()
    currency = models.CharField(max_length=3)
    quantity = models.DecimalField(max_digits=20, decimal_places=6)
    unit_price = models.DecimalField(max_digits=20, decimal_places=6)
    amount = models.DecimalField(max_digits=20, decimal_places=6)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    discount_amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    discount_reason = models.TextField(null=True)
    period_from = models.DateField(null=True)
    period_to = models.DateField(null=True)
    billable_on = models.DateField()
    item = models.ForeignKey(
        Item, null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    price_version = models.ForeignKey(
        PriceVersion,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    buyer_reference = models.ForeignKey(
        BuyerReference,
        null=True,
        on_delete=models.PROTECT,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    reverses = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    origin_key = models.TextField(null=True)
    rated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="charge_amount_is_quantity_times_price",
                condition=Q(amount__gte=F("quantity") * F("unit_price") - models.Value("0.0000005"))
                & Q(amount__lte=F("quantity") * F("unit_price") + models.Value("0.0000005")),
            ),
            models.CheckConstraint(
                name="charge_discount_is_a_percentage",
                condition=Q(discount_percent__gte=0, discount_percent__lte=100),
            ),
            models.CheckConstraint(
                name="charge_discount_is_within_its_amount",
                condition=Q(discount_amount__isnull=True)
                | Q(discount_amount__isnull=False, discount_percent=0)
                & (
                    Q(discount_amount__gte=0, discount_amount__lte=F("amount"))
                    | Q(discount_amount__lte=0, discount_amount__gte=F("amount"))
                ),
            ),
            models.CheckConstraint(
                name="charge_period_is_whole",
                condition=Q(period_from__isnull=True, period_to__isnull=True)
                | Q(period_from__isnull=False, period_to__isnull=False, period_to__gt=F("period_from")),
            ),
            models.CheckConstraint(
                name="charge_source_fits_its_kind",
                condition=Q(
                    kind__in=["recurring", "usage", "minimum"],
                    item__isnull=False,
                    reverses__isnull=True,
                    period_from__isnull=False,
                )
                | Q(
                    kind="credit",
                    item__isnull=False,
                    reverses__isnull=True,
                    period_from__isnull=False,
                    quantity__lt=0,
                )
                | Q(kind="one_shot", item__isnull=False, reverses__isnull=True)
                | Q(kind__in=["manual", "correction"], item__isnull=True, reverses__isnull=True)
                | Q(kind="reversal", reverses__isnull=False),
            ),
            models.UniqueConstraint(
                name="charge_once_per_item_and_period",
                fields=["item", "period_from"],
                condition=Q(kind="recurring"),
            ),
            models.UniqueConstraint(
                name="charge_credited_once_per_item_and_period",
                fields=["item", "period_from"],
                condition=Q(kind="credit", origin_key__isnull=True),
            ),
            models.UniqueConstraint(
                name="charge_minimum_once_per_item_and_period",
                fields=["item", "period_from"],
                condition=Q(kind="minimum", origin_key__isnull=True),
            ),
            models.UniqueConstraint(
                name="charge_one_shot_once", fields=["item"], condition=Q(kind="one_shot")
            ),
            models.UniqueConstraint(
                name="charge_reversed_once", fields=["reverses"], condition=Q(reverses__isnull=False)
            ),
            models.UniqueConstraint(
                name="charge_origin_once", fields=["origin_key"], condition=Q(origin_key__isnull=False)
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="charge_of_account", fields=["account", "id"]),
            models.Index(
                name="charge_of_usage",
                fields=["item", "period_from"],
                condition=Q(kind__in=["usage", "minimum", "credit"]),
            ),
        ]


class Unclaimed(models.Model):
    """A charge without a fate yet. Nobody writes this table: triggers do, when charges come, are claimed or re-opened.

    It spares drafting a look at all that was ever billed.
    """

    charge = models.OneToOneField(
        Charge, primary_key=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    account = models.ForeignKey(
        BillingAccount, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )


class ChargeUsage(models.Model):
    """The charge that an event of usage went into, at most one: the primary key says so."""

    event = models.OneToOneField(
        Event, primary_key=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    charge = models.ForeignKey(Charge, on_delete=models.PROTECT, db_constraint=False, related_name="+")
