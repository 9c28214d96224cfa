"""Allocations."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from encaisse.deposit.models import Movement
from encaisse.invoice.models import Invoice
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount
from encaisse.payment.models import Payment


class AllocationQuerySet(models.QuerySet["Allocation"]):
    """Allocations, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those on invoices of the accounts that the scope may see."""
        return self.filter(invoice__account_id__in=BillingAccount.objects.visible_to(scope).values("pk"))

    def standing(self) -> Self:
        """Neither taken back nor the taking back of another."""
        return self.filter(reverses=None, reversed_by=None)


class Allocation(models.Model):
    """A part of one source laid on one invoice, in minor units of their currency; lettrage in French.

    A `draw` is a movement of a deposit, all of which is laid.
    Never updated nor deleted: taking it back is a row that `reverses` it with the opposite amount. A trigger
    on each statement keeps `settled_minor` and `allocated_minor`, and refuses what would pass either limit.
    """

    payment = models.ForeignKey(Payment, null=True, on_delete=models.PROTECT, related_name="allocations")
    credit_note = models.ForeignKey(Invoice, null=True, on_delete=models.PROTECT, related_name="used_on")
    draw = models.ForeignKey(
        Movement, null=True, on_delete=models.PROTECT, db_index=False, related_name="allocations"
    )
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="allocations")
    amount_minor = models.BigIntegerField()
    reverses = models.OneToOneField("self", null=True, on_delete=models.PROTECT, related_name="reversed_by")
    allocated_on = models.DateField()
    actor_kind = models.TextField()
    actor_id = models.BigIntegerField(null=True)
    actor_label = models.TextField(default="")
    created_at = models.DateTimeField(db_default=Now())

    objects = AllocationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                name="allocation_has_one_source",
                condition=Q(payment__isnull=False, credit_note__isnull=True, draw__isnull=True)
                | Q(payment__isnull=True, credit_note__isnull=False, draw__isnull=True)
                | Q(payment__isnull=True, credit_note__isnull=True, draw__isnull=False),
            ),
            models.CheckConstraint(
                name="allocation_positive_unless_reversal",
                condition=Q(amount_minor__gt=0, reverses__isnull=True)
                | Q(amount_minor__lt=0, reverses__isnull=False),
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="allocation_of_draw", fields=["draw"], condition=Q(draw__isnull=False)),
        ]
