"""Products, offers, prices."""

from typing import ClassVar

from django.db import models
from django.db.models import Q


class Product(models.Model):
    """What is sold: how it is named on documents, taxed and posted.

    `unit` is a UN/ECE Recommendation 20 code.
    """

    code = models.TextField(unique=True)
    name_fr = models.TextField()
    name_en = models.TextField()
    tax_class = models.TextField(default="service")
    revenue_account = models.TextField(default="706")
    unit = models.CharField(max_length=3, default="C62")


class Timing(models.TextChoices):
    """Whether a period is billed before it begins or after it ends."""

    ADVANCE = "advance"
    ARREARS = "arrears"


class Offer(models.Model):
    """What a customer subscribes to."""

    code = models.TextField(unique=True)
    name_fr = models.TextField()
    name_en = models.TextField()
    product = models.ForeignKey(Product, on_delete=models.PROTECT, related_name="offers")


class PriceVersion(models.Model):
    """The price of an offer from a day on: immutable. A new price is a new version.

    Flat and recurring: `unit_price` for each period of `period_count` × `period_unit`.
    """

    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="prices")
    valid_from = models.DateField()
    currency = models.CharField(max_length=3)
    unit_price = models.DecimalField(max_digits=20, decimal_places=6)
    period_unit = models.TextField(choices=[("month", "month"), ("year", "year")], default="month")
    period_count = models.SmallIntegerField(default=1)
    timing = models.TextField(choices=Timing, default=Timing.ADVANCE)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="price_once_per_day", fields=["offer", "currency", "valid_from"]),
            models.CheckConstraint(name="price_not_negative", condition=Q(unit_price__gte=0)),
            models.CheckConstraint(name="price_period_is_positive", condition=Q(period_count__gte=1)),
        ]
