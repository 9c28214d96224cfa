"""Advances that were invoiced, and what invoices deducted of them."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q

from encaisse.invoice.models.documents import Invoice, InvoiceTax
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount
from encaisse.subscription.models import Subscription


class AdvanceQuerySet(models.QuerySet["Advance"]):
    """Advances, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the accounts that the scope may see, but what was withdrawn."""
        accounts = BillingAccount.objects.visible_to(scope)
        return self.exclude(invoice__state="withdrawn").filter(invoice__account_id__in=accounts.values("pk"))

    def collected(self) -> Self:
        """Issued and settled in full."""
        return self.filter(invoice__state="issued", invoice__settled_minor=F("invoice__payable_minor"))


class Advance(models.Model):
    """What an advance invoice is for: a contract, or whatever its account is billed next. Never updated.

    It may be deducted once it is collected: its `settled_minor` is its total.
    """

    invoice = models.OneToOneField(
        Invoice, primary_key=True, on_delete=models.PROTECT, related_name="advance"
    )
    subscription = models.ForeignKey(
        Subscription, null=True, on_delete=models.PROTECT, related_name="advances"
    )

    objects = AdvanceQuerySet.as_manager()


class Deduction(models.Model):
    """What an invoice deducts of one tax of a collected advance, net and VAT as stored. Never updated.

    All of them make the invoice's `deducted_minor`. A credit note's are negative: the advance has them again.
    """

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, db_index=False, related_name="deductions")
    position = models.SmallIntegerField()
    advance = models.ForeignKey(Advance, on_delete=models.PROTECT, related_name="deductions")
    advance_tax = models.ForeignKey(InvoiceTax, on_delete=models.PROTECT, related_name="+")
    net_minor = models.BigIntegerField()
    tax_minor = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="deduction_position_once_per_invoice", fields=["invoice", "position"]
            ),
            models.CheckConstraint(
                name="deduction_is_of_one_sign",
                condition=Q(net_minor__gte=0, tax_minor__gte=0) | Q(net_minor__lte=0, tax_minor__lte=0),
            ),
        ]
