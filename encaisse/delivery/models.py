"""Deliveries."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from encaisse.document.models import Document
from encaisse.invoice.models import Invoice
from encaisse.kernel.scope import Scope
from encaisse.kernel.states import transitions


class DeliveryState(models.TextChoices):
    """A failed delivery may be queued again."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"


DELIVERY_TRANSITIONS = transitions(queued="sent failed", failed="queued", sent="")


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Deliveries, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the invoices that the scope may see."""
        return self.filter(document__invoice__in=Invoice.objects.visible_to(scope))


class Delivery(models.Model):
    """One document on its way to one address by one channel: an original once, a duplicate as often as it is asked
    for, counted from 1 by `copy`."""

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="deliveries")
    channel = models.TextField(default="email")
    address = models.TextField()
    copy = models.SmallIntegerField(default=0)
    state = models.TextField(choices=DeliveryState, default=DeliveryState.QUEUED)
    attempts = models.SmallIntegerField(default=0)
    error = models.TextField(default="")
    message_id = models.TextField(default="")
    queued_at = models.DateTimeField(db_default=Now())
    sent_at = models.DateTimeField(null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="delivery_once_per_address", fields=["document", "channel", "address", "copy"]
            ),
            models.CheckConstraint(
                name="delivery_dated_iff_sent",
                condition=Q(state="sent", sent_at__isnull=False) | ~Q(state="sent") & Q(sent_at__isnull=True),
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="delivery_waiting", fields=["id"], condition=Q(state="queued")),
        ]
