"""Taxes, their components, and the rules that choose one."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from encaisse.party.models import Category, LegalEntity


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

    An empty field matches anything. `buyer_country` is a country, or `EU` for a member state, or `WORLD`; `region` is
    ISO 3166-2's; postcodes go from the beginning of one to the end of another. A `refusal` refuses with that code. All
    but the day it ends stays as it was added: documents tell which rule chose their tax.
    """

    seller_country = models.CharField(max_length=2)
    tax_class = models.TextField(default="")
    buyer_country = models.TextField(default="")
    region = models.TextField(default="")
    postcode_from = models.TextField(default="")
    postcode_to = models.TextField(default="")
    buyer_kind = models.TextField(default="")
    customer_category = models.ForeignKey(
        Category, null=True, on_delete=models.PROTECT, db_index=False, related_name="+"
    )
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
            models.CheckConstraint(
                name="rule_postcodes_are_in_a_country",
                condition=Q(postcode_from="", postcode_to="")
                | ~Q(postcode_from="")
                & ~Q(postcode_to="")
                & Q(buyer_country__regex="^[A-Z]{2}$")
                & ~Q(buyer_country="EU"),
            ),
            models.CheckConstraint(
                name="rule_region_is_in_a_country",
                condition=Q(region="") | Q(buyer_country__regex="^[A-Z]{2}$") & ~Q(buyer_country="EU"),
            ),
        ]


class Choice(models.Model):
    """Why what a part of a billing run drafted at `made_at` bears a tax: one row for each class of products that was
    sold to one kind of buyers at one place.

    It is about the accounts from `first_account` to `last_account`, and where the category of the customer mattered
    about `accounts` alone. `place` and the postcodes between the two are those of `rules.choosing.Place`. `rule`
    won over those `matched`; those `near` named the place and the product and did not match. Runs and accounts are
    named by their keys: the packages that know them are downstream, or many rows.
    """

    run_id = models.BigIntegerField()
    made_at = models.DateTimeField()
    first_account = models.BigIntegerField()
    last_account = models.BigIntegerField()
    accounts = ArrayField(models.BigIntegerField(), default=list)
    on = models.DateField()
    seller = models.CharField(max_length=2)
    tax_class = models.TextField()
    place = models.CharField(max_length=2)
    first_postcode = models.BigIntegerField()
    last_postcode = models.BigIntegerField()
    buyer_kind = models.TextField()
    customer_category = models.TextField(default="")
    has_vat_number = models.BooleanField()
    tax = models.ForeignKey(Tax, on_delete=models.PROTECT, db_index=False, related_name="+")
    rule = models.ForeignKey(Rule, on_delete=models.PROTECT, db_index=False, related_name="+")
    matched = ArrayField(models.BigIntegerField(), default=list)
    near = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        indexes: ClassVar = [models.Index(name="choice_of_a_run", fields=["run_id", "first_account"])]


class Verdict(models.TextChoices):
    """What came of asking a register for a VAT number."""

    VALID = "valid"
    INVALID = "invalid"
    AWAY = "away"


class NumberCheck(models.Model):
    """A VAT number that the register of its country was asked for: what it said, and the proof. Never updated.

    `requester` is the number that asked; the register gives a `consultation` number to who names one. `reason` says
    why it gave no answer. The newest verdict but `away` holds.
    """

    number = models.TextField()
    verdict = models.TextField(choices=Verdict)
    reason = models.TextField(default="")
    requester = models.TextField(default="")
    consultation = models.TextField(default="")
    name = models.TextField(default="")
    address = models.TextField(default="")
    checked_at = models.DateTimeField(db_default=Now())
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="number_check_says_yes_no_or_why_not",
                condition=Q(verdict__in=["valid", "invalid"], reason="") | Q(verdict="away") & ~Q(reason=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="check_of_a_number", fields=["number", "-id"]),
            models.Index(name="number_found_invalid", fields=["number"], condition=Q(verdict="invalid")),
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
