"""Contracts, what they hold since when, and everything that ever happened to them."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from encaisse.catalog.models import Offer
from encaisse.intake.models import Row
from encaisse.kernel.scope import Scope
from encaisse.kernel.states import transitions
from encaisse.party.models import BillingAccount, BuyerReference


class SubscriptionState(models.TextChoices):
    """`waiting` for what it was promised against: it holds nothing yet, and is neither rated nor billed.

    `ended` once the end date has come and everything before it is charged, or when it never began.
    `suspended` holds nothing until it is resumed; `withdrawn` when an import is undone.
    """

    WAITING = "waiting"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    ENDED = "ended"
    WITHDRAWN = "withdrawn"


SUBSCRIPTION_TRANSITIONS = transitions(
    waiting="active ended withdrawn",
    active="suspended ended withdrawn",
    suspended="active ended withdrawn",
    ended="",
    withdrawn="",
)


class Renewal(models.TextChoices):
    """Whether another term follows the last by itself."""

    NONE = "none"
    AUTOMATIC = "automatic"


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    """Subscriptions, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the accounts that the scope may see."""
        accounts = BillingAccount.objects.visible_to(scope)
        return self.exclude(state=SubscriptionState.WITHDRAWN).filter(account_id__in=accounts.values("pk"))


class Subscription(models.Model):
    """A contract of one billing account: from `start_date` to `end_date`, exclusive, when it has one.

    One that waited starts on the day on which it was activated, if that came after the day agreed.
    `account` is the present one: what was held before a transfer keeps its own. `term_months` is what a renewal
    adds to the end; a price rises `notice_days` after it is told, or later. A composite key in the migration
    keeps `buyer_reference` the account's.
    """

    reference = models.TextField()
    account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="subscriptions")
    state = models.TextField(choices=SubscriptionState, default=SubscriptionState.ACTIVE)
    start_date = models.DateField()
    end_date = models.DateField(null=True)
    term_months = models.SmallIntegerField(null=True)
    notice_days = models.SmallIntegerField(default=0)
    renewal = models.TextField(choices=Renewal, default=Renewal.NONE)
    buyer_reference = models.ForeignKey(
        BuyerReference, null=True, on_delete=models.PROTECT, db_constraint=False, related_name="+"
    )
    intake_row = models.ForeignKey(Row, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    content_hash = models.TextField(default="")

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        indexes: ClassVar = [
            models.Index(
                name="subscription_held_by_nobody",
                fields=["id"],
                condition=Q(state__in=("waiting", "withdrawn")),
            ),
        ]
        constraints: ClassVar = [
            # What an undo withdrew may come in again, mended, under its reference.
            models.UniqueConstraint(
                name="subscription_reference_once", fields=["reference"], condition=~Q(state="withdrawn")
            ),
            models.CheckConstraint(
                name="subscription_ends_after_it_starts",
                condition=Q(end_date__isnull=True) | Q(end_date__gt=F("start_date")),
            ),
            models.CheckConstraint(
                name="subscription_renews_by_its_term",
                condition=Q(renewal=Renewal.NONE)
                | Q(renewal=Renewal.AUTOMATIC, term_months__isnull=False, end_date__isnull=False),
            ),
            models.CheckConstraint(
                name="subscription_term_is_positive",
                condition=Q(term_months__isnull=True) | Q(term_months__gt=0),
            ),
            models.CheckConstraint(name="subscription_notice_not_negative", condition=Q(notice_days__gte=0)),
        ]


class ConditionKind(models.TextChoices):
    """What a contract may wait for."""

    ADVANCE = "advance"
    DEPOSIT = "deposit"


class Condition(models.Model):
    """What a contract waits for, once of each kind: it is activated when the last has a day on which it was `met_on`.

    A day may go again while the contract still waits. Once it holds its offers, or never will, nothing changes.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="conditions")
    kind = models.TextField(choices=ConditionKind)
    met_on = models.DateField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="condition_once_per_kind", fields=["subscription", "kind"]),
        ]


class EventKind(models.TextChoices):
    """What can happen to a contract."""

    START = "start"
    ACTIVATE = "activate"
    ABANDON = "abandon"
    CHANGE = "change"
    PRICE = "price"
    SUSPEND = "suspend"
    RESUME = "resume"
    TERMINATE = "terminate"
    RENEW = "renew"
    TRANSFER = "transfer"


class Event(models.Model):
    """Something that happened to a contract, as of `effective_on`: never updated, never deleted.

    `seq` counts a contract's events in the order in which they were recorded. `facts` tell what it said.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="events")
    seq = models.IntegerField()
    kind = models.TextField(choices=EventKind)
    effective_on = models.DateField()
    facts = models.JSONField(default=dict)
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")
    recorded_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="event_once_per_place", fields=["subscription", "seq"]),
        ]


class Item(models.Model):
    """A segment: `quantity` of an offer held from `starts_on` to `ends_on`, exclusive, at one place of a contract.

    Segments of a position follow each other; one that ends the day it starts was never held. Nothing changes
    but `ends_on`, which only comes sooner, with `closed_by`, and `billed_through`, which only moves on:
    everything before it has been charged, here or elsewhere. Periods are counted from `anchor_date`.
    A null `unit_price` follows the catalogue; a number was agreed. `discount_amount` is off each period.
    """

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="items")
    account = models.ForeignKey(BillingAccount, on_delete=models.PROTECT, related_name="+")
    position = models.SmallIntegerField(default=1)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="+")
    quantity = models.DecimalField(max_digits=20, decimal_places=6)
    unit_price = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    discount_percent = models.DecimalField(max_digits=7, decimal_places=4, default=0)
    discount_amount = models.DecimalField(max_digits=20, decimal_places=6, null=True)
    discount_reason = models.TextField(default="")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    anchor_date = models.DateField()
    billed_through = models.DateField()
    opened_by = models.ForeignKey(
        Event, null=True, on_delete=models.PROTECT, db_index=False, related_name="opened"
    )
    closed_by = models.ForeignKey(
        Event, null=True, on_delete=models.PROTECT, db_index=False, related_name="closed"
    )

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="item_starts_once_per_position",
                fields=["subscription", "position", "starts_on"],
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
            ),
            models.CheckConstraint(name="item_quantity_is_positive", condition=Q(quantity__gt=0)),
            models.CheckConstraint(
                name="item_price_not_negative", condition=Q(unit_price__isnull=True) | Q(unit_price__gte=0)
            ),
            models.CheckConstraint(
                name="item_discount_is_a_percentage",
                condition=Q(discount_percent__gte=0, discount_percent__lte=100),
            ),
            models.CheckConstraint(
                name="item_discount_is_an_amount_or_a_percentage",
                condition=Q(discount_amount__isnull=True)
                | Q(discount_amount__isnull=False, discount_amount__gt=0, discount_percent=0),
            ),
            models.CheckConstraint(
                name="item_ends_after_it_starts",
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=F("starts_on")),
            ),
            models.CheckConstraint(
                name="item_is_anchored_before_it_starts", condition=Q(anchor_date__lte=F("starts_on"))
            ),
            models.CheckConstraint(
                name="item_closed_has_an_end",
                condition=Q(closed_by__isnull=True) | Q(closed_by__isnull=False, ends_on__isnull=False),
            ),
        ]
