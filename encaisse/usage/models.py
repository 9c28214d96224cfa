"""Events of usage, and those that no charge has yet."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from encaisse.kernel.scope import Scope
from encaisse.subscription.models import Subscription


class EventQuerySet(models.QuerySet["Event"]):
    """Events, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """The usage of the contracts that the scope covers."""
        if scope.sees_every_row:
            return self
        return self.filter(subscription__in=Subscription.objects.visible_to(scope).values("pk"))


class Event(models.Model):
    """A quantity used of what a contract counts under `meter`: never updated, never deleted.

    `key` names it among all that its `source` tells: told again it is the same event. `member` is who or what
    used it, where different ones are counted. References are checked a set at a time, hence no row-wise key.
    """

    source = models.TextField()
    key = models.TextField()
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    meter = models.TextField()
    occurred_at = models.DateTimeField()
    quantity = models.DecimalField(max_digits=20, decimal_places=6)
    member = models.TextField(default="")
    received_at = models.DateTimeField()

    objects = EventQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="event_told_once_by_its_source", fields=["source", "key"]),
            models.CheckConstraint(name="event_quantity_not_negative", condition=Q(quantity__gte=0)),
            models.CheckConstraint(
                name="event_says_what_and_where_from",
                condition=Q(meter__gt="", source__gt="", key__gt=""),
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="event_of_a_contract", fields=["subscription", "meter", "occurred_at"])
        ]


class Waiting(models.Model):
    """An event that is in no charge yet. Nobody writes this table: triggers do, when events come and are charged.

    It spares rating a look at all that was ever used.
    """

    event = models.OneToOneField(
        Event, primary_key=True, on_delete=models.PROTECT, db_constraint=False, related_name="waiting"
    )
    subscription = models.ForeignKey(
        Subscription, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
