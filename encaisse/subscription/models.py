"""Subscriptions and their items."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q

from encaisse.catalog.models import Offer, PriceVersion
from encaisse.intake.models import Row
from encaisse.kernel.scope import Scope
from encaisse.kernel.states import transitions
from encaisse.party.models import BillingAccount


class SubscriptionState(models.TextChoices):
    """`ended` once the end date has come and everything before it is billed.

    `withdrawn` when an import is undone.
    """

    ACTIVE = "active"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


SUBSCRIPTION_TRANSITIONS = transitions(active="ended withdrawn", ended="", withdrawn="")


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Subscriptions, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the accounts that the scope may see."""
        accounts = BillingAccount.objects.visible_to(scope)
        return self.exclude(state=SubscriptionState.WITHDRAWN).filter(account_id__in=accounts.values("pk"))


class Subscription(models.Model):
    """A contract of one billing account: from `start_date` to `end_date`, exclusive, when it has one."""

    reference = models.TextField(unique=True)
    account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="subscriptions")
    state = models.TextField(choices=SubscriptionState, default=SubscriptionState.ACTIVE)
    start_date = models.DateField()
    end_date = models.DateField(null=True)
    intake_row = models.ForeignKey(Row, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    content_hash = models.TextField(default="")

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="subscription_ends_after_it_starts",
                condition=Q(end_date__isnull=True) | Q(end_date__gt=models.F("start_date")),
            ),
        ]


class Item(models.Model):
    """An offer held within a subscription.

    Everything before `billed_through` has been charged, here or elsewhere.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="items")
    position = models.SmallIntegerField(default=1)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="+")
    price_version = models.ForeignKey(PriceVersion, on_delete=models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=20, decimal_places=6)
    unit_price = models.DecimalField(max_digits=20, decimal_places=6)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    billed_through = models.DateField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="item_position_once_per_subscription", fields=["subscription", "position"]
            ),
            models.CheckConstraint(name="item_quantity_is_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(name="item_price_not_negative", condition=Q(unit_price__gte=0)),
            models.CheckConstraint(
                name="item_discount_is_a_percentage",
                condition=Q(discount_percent__gte=0, discount_percent__lte=100),
            ),
        ]
