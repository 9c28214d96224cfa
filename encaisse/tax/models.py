"""Taxes, their components, and the rules that choose one."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from encaisse.party.models import LegalEntity


class Tax(models.Model):
    """What is added to a net amount: ordered components, each rounded by itself.

    `category` is EN 16931's (UNCL 5305).
    """

    code = models.TextField(unique=True)
    name_fr = models.TextField()
    name_en = models.TextField()
    category = models.CharField(max_length=2)
    mention_fr = models.TextField(default="")
    mention_en = models.TextField(default="")
    vatex = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="tax_without_vat_says_why",
                condition=Q(category="S") | ~Q(mention_fr="") & ~Q(mention_en=""),
            ),
        ]


class Component(models.Model):
    """One rate of a tax, in percent, or an amount for each unit, in the seller's currency.

    `other` ones than VAT are charges in the structured invoice. One that is `in_base` stands before the VAT, whose base
    it enters.
    """

    tax = models.ForeignKey(Tax, on_delete=models.PROTECT, related_name="components")
    position = models.SmallIntegerField()
    kind = models.TextField(choices=[("vat", "vat"), ("other", "other")], default="vat")
    label_fr = models.TextField()
    label_en = models.TextField()
    rate = models.DecimalField(max_digits=7, decimal_places=4)
    account = models.TextField(default="44571")
    per_unit = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    in_base = models.BooleanField(default=False)

    class Meta:
        ordering: ClassVar = ["position"]
        constraints: ClassVar = [
            models.UniqueConstraint(name="component_position_once_per_tax", fields=["tax", "position"]),
            models.CheckConstraint(
                name="component_rate_is_a_percentage", condition=Q(rate__gte=0, rate__lt=100)
            ),
            models.CheckConstraint(
                name="component_per_unit_is_no_rate_nor_vat",
                condition=Q(per_unit__isnull=True) | Q(per_unit__gt=0, rate=0, kind="other"),
            ),
            models.CheckConstraint(
                name="component_in_base_is_no_vat", condition=Q(in_base=False) | Q(kind="other")
            ),
        ]


class Rule(models.Model):
    """Chooses a tax: the most specific rule wins, then the highest priority; a tie is refused, never guessed.

    An empty field matches anything. `buyer_place` is a country, or `EU` for a member state other than the
    seller's, or `WORLD`; `outcome` other than empty refuses with that code.
    """

    seller_country = models.CharField(max_length=2)
    tax_class = models.TextField(default="")
    buyer_country = models.TextField(default="")
    postcode_prefix = models.TextField(default="")
    buyer_kind = models.TextField(default="")
    vat_number = models.TextField(
        default="", choices=[("", "any"), ("valid", "valid"), ("missing", "missing")]
    )
    priority = models.SmallIntegerField(default=0)
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True)
    tax = models.ForeignKey(Tax, null=True, on_delete=models.PROTECT, related_name="rules")
    refusal = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="rule_gives_a_tax_or_refuses",
                condition=Q(tax__isnull=False, refusal="") | Q(tax__isnull=True) & ~Q(refusal=""),
            ),
        ]


class DueOn(models.TextChoices):
    """When the VAT of a sale is owed to the tax office: when it is billed, or when it is paid for."""

    DEBITS = "debits"
    RECEIPTS = "receipts"


class Regime(models.Model):
    """Since `valid_from`, the VAT of what an entity sells in this tax class is due on debits or on receipts.

    The newest row not after a day holds on that day, and without any the VAT is due on debits. Rows are only
    added: another choice, or a correction of the same day, is another row.
    """

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="vat_regimes")
    tax_class = models.TextField()
    due_on = models.TextField(choices=DueOn)
    valid_from = models.DateField()
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="regime_is_on_debits_or_receipts", condition=Q(due_on__in=["debits", "receipts"])
            ),
            models.CheckConstraint(name="regime_names_a_tax_class", condition=~Q(tax_class="")),
        ]
