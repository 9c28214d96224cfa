"""Exchange rates."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from encaisse.intake.models import Row


class ExchangeRate(models.Model):
    """`units` of `base` are worth `rate` of `quote` from `valid_from` on, as `source` says. Never updated.

    A correction is a newer record of the same day; a pair may be told either way round.
    """

    base = models.CharField(max_length=3)
    quote = models.CharField(max_length=3)
    units = models.IntegerField(default=1)
    rate = models.DecimalField(max_digits=20, decimal_places=10)
    valid_from = models.DateField()
    source = models.TextField()
    intake_row = models.ForeignKey(Row, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="exchange_rate_is_positive", condition=Q(rate__gt=0, units__gte=1, units__lte=1_000_000)
            ),
            models.CheckConstraint(
                name="exchange_rate_joins_two_currencies",
                condition=~Q(base=F("quote")) & Q(base__regex="^[A-Z]{3}$", quote__regex="^[A-Z]{3}$"),
            ),
            models.CheckConstraint(name="exchange_rate_says_its_source", condition=~Q(source="")),
        ]
        indexes: ClassVar = [
            models.Index(name="rate_of_a_pair", fields=["base", "quote", "valid_from", "id"]),
        ]
