"""Products, offers, prices."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from encaisse.party.models import Customer


class Product(models.Model):
    """What is sold: how it is named on documents, taxed and posted.

    `unit` is a UN/ECE Recommendation 20 code. `revenue_account` is the one that it was made with: what the ledger
    says of the product since then wins.
    """

    code = models.TextField(unique=True)
    name_fr = models.TextField()
    name_en = models.TextField()
    tax_class = models.TextField(default="service")
    revenue_account = models.TextField(default="706")
    unit = models.CharField(max_length=3, default="C62")


class OfferKind(models.TextChoices):
    """What makes an offer cost something: that it begins, that time passes, that it is used."""

    ONE_SHOT = "one_shot"
    RECURRING = "recurring"
    USAGE = "usage"


class PeriodUnit(models.TextChoices):
    """What periods are counted in."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class Timing(models.TextChoices):
    """Whether a period is billed before it begins or after it ends."""

    ADVANCE = "advance"
    ARREARS = "arrears"


class Alignment(models.TextChoices):
    """Whether periods follow each other from the day of the start, or are those of the calendar."""

    ANNIVERSARY = "anniversary"
    CALENDAR = "calendar"


class Proration(models.TextChoices):
    """What a period that is not whole costs: its days, or as much as a whole one."""

    DAY = "day"
    NONE = "none"


class Aggregation(models.TextChoices):
    """What usage of a period comes to: its sum, how often, the most at once, how many different members."""

    SUM = "sum"
    COUNT = "count"
    MAXIMUM = "maximum"
    UNIQUE = "unique"


class PriceModel(models.TextChoices):
    """How a quantity becomes an amount: see `rules.pricing`."""

    FLAT = "flat"
    PER_UNIT = "per_unit"
    GRADUATED = "graduated"
    VOLUME = "volume"
    PACKAGE = "package"
    PERCENTAGE = "percentage"


class Offer(models.Model):
    """What a customer subscribes to.

    It keeps its kind and periods once somebody holds it: other periods are another offer. Nothing begins on it
    from `discontinued_on` on. `meter` names what is counted of usage, and is empty otherwise.
    """

    code = models.TextField(unique=True)
    name_fr = models.TextField()
    name_en = models.TextField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="offers")
    kind = models.TextField(choices=OfferKind, default=OfferKind.RECURRING)
    period_unit = models.TextField(choices=PeriodUnit, default=PeriodUnit.MONTH)
    period_count = models.SmallIntegerField(default=1)
    timing = models.TextField(choices=Timing, default=Timing.ADVANCE)
    alignment = models.TextField(choices=Alignment, default=Alignment.ANNIVERSARY)
    proration = models.TextField(choices=Proration, default=Proration.DAY)
    meter = models.TextField(default="")
    aggregation = models.TextField(choices=[("", ""), *Aggregation.choices], default="")
    discontinued_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="offer_period_is_positive", condition=Q(period_count__gte=1)),
            models.CheckConstraint(
                name="offer_counts_iff_usage",
                condition=(Q(kind=OfferKind.USAGE) & Q(meter__gt="", aggregation__gt=""))
                | Q(kind__in=[OfferKind.ONE_SHOT, OfferKind.RECURRING], meter="", aggregation=""),
            ),
        ]


class OfferInclusion(models.Model):
    """Whoever subscribes to `offer` also holds `quantity` of `included` for each one of it."""

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="inclusions")
    included = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="+")
    position = models.SmallIntegerField()
    quantity = models.DecimalField(max_digits=20, decimal_places=6, default=1)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="inclusion_position_once_per_offer", fields=["offer", "position"]),
            models.UniqueConstraint(name="inclusion_once_per_offer", fields=["offer", "included"]),
            models.CheckConstraint(name="inclusion_quantity_is_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="inclusion_is_of_another_offer", condition=~Q(offer=F("included"))),
        ]


class PriceVersion(models.Model):
    """The price of an offer from a day on, for everybody or for one customer. A new price is a new version.

    Nothing of it changes, but that an open end is given its day, `valid_to`, exclusive. For each period of the
    offer; `unit_price` per unit, package, or period whatever the quantity (flat). Of each transaction, for a
    percentage: `percent` of its value and `fixed_amount`, within minimum and maximum.
    """

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="prices")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    model = models.TextField(choices=PriceModel, default=PriceModel.PER_UNIT)
    unit_price = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    package_size = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    percent = models.DecimalField(max_digits=9, decimal_places=6, null=True)
    fixed_amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    minimum_per_transaction = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    maximum_per_transaction = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    period_minimum = models.DecimalField(max_digits=20, decimal_places=6, null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="price_once_per_day",
                fields=["offer", "customer", "currency", "valid_from"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="price_ends_after_it_begins",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
            models.CheckConstraint(
                name="price_not_negative",
                condition=Q(
                    model__in=[PriceModel.FLAT, PriceModel.PER_UNIT, PriceModel.PACKAGE],
                    unit_price__isnull=False,
                    unit_price__gte=0,
                )
                | Q(
                    model__in=[PriceModel.GRADUATED, PriceModel.VOLUME, PriceModel.PERCENTAGE],
                    unit_price__isnull=True,
                ),
            ),
            models.CheckConstraint(
                name="price_has_a_size_iff_package",
                condition=Q(model=PriceModel.PACKAGE, package_size__isnull=False, package_size__gt=0)
                | (~Q(model=PriceModel.PACKAGE) & Q(package_size__isnull=True)),
            ),
            models.CheckConstraint(
                name="price_takes_a_share_iff_percentage",
                condition=Q(
                    model=PriceModel.PERCENTAGE,
                    percent__isnull=False,
                    percent__gte=0,
                    percent__lte=100,
                )
                | (
                    ~Q(model=PriceModel.PERCENTAGE)
                    & Q(
                        percent__isnull=True,
                        fixed_amount__isnull=True,
                        minimum_per_transaction__isnull=True,
                        maximum_per_transaction__isnull=True,
                    )
                ),
            ),
            models.CheckConstraint(
                name="price_bounds_leave_room",
                condition=(Q(fixed_amount__isnull=True) | Q(fixed_amount__gte=0))
                & (Q(minimum_per_transaction__isnull=True) | Q(minimum_per_transaction__gte=0))
                & (Q(maximum_per_transaction__isnull=True) | Q(maximum_per_transaction__gte=0))
                & (
                    Q(minimum_per_transaction__isnull=True)
                    | Q(maximum_per_transaction__isnull=True)
                    | Q(maximum_per_transaction__gte=F("minimum_per_transaction"))
                ),
            ),
            models.CheckConstraint(
                name="price_minimum_not_negative",
                condition=Q(period_minimum__isnull=True) | Q(period_minimum__gte=0),
            ),
        ]


class AdvanceRule(models.Model):
    """What an advance for an offer comes to, before tax, for contracts that begin on `valid_from` or later.

    A percentage of what its first whole period comes to, or a fixed amount for each position that holds it; neither
    asks for none. The newest row of the latest day not after the contract's counts. Never updated.
    """

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="advance_rules")
    valid_from = models.DateField()
    percent = models.DecimalField(max_digits=7, decimal_places=4, null=True)
    amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    currency = models.CharField(max_length=3, default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="advance_is_an_amount_or_a_percentage",
                condition=Q(
                    percent__isnull=False, percent__gt=0, percent__lte=100, amount__isnull=True, currency=""
                )
                | Q(percent__isnull=True, amount__isnull=False, amount__gt=0) & ~Q(currency="")
                | Q(percent__isnull=True, amount__isnull=True, currency=""),
            ),
        ]


class PriceTier(models.Model):
    """One tier of a graduated or volume price: up to `up_to`, inclusive, and the last one without an end.

    The tiers of a version are complete when its transaction ends, and never change.
    """

    price_version = models.ForeignKey(PriceVersion, on_delete=models.PROTECT, related_name="tiers")
    position = models.SmallIntegerField()
    up_to = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    unit_price = models.DecimalField(max_digits=20, decimal_places=6)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="tier_position_once_per_price", fields=["price_version", "position"]
            ),
            models.CheckConstraint(name="tier_price_not_negative", condition=Q(unit_price__gte=0)),
        ]
