"""Where invoices made elsewhere come from, what settled them there, and the credits that were there."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from encaisse.intake.models import Row
from encaisse.invoice.models import Invoice
from encaisse.payment.models import Payment


class Origin(models.Model):
    """Where an invoice made elsewhere comes from. Never updated.

    `lines` is what its file says of them, in order: label, quantity, unit price, net. They are told, not taxed nor
    posted, which the old system did. `content_hash` is what the file says of the document apart from what settled it.
    """

    invoice = models.OneToOneField(Invoice, primary_key=True, on_delete=models.PROTECT, related_name="origin")
    intake_row = models.ForeignKey(Row, null=True, on_delete=models.PROTECT, related_name="+")
    content_hash = models.TextField()
    lines = models.JSONField(default=list)


class Settlement(models.Model):
    """A payment of kind `external`: it settled this invoice elsewhere. Never updated.

    One `in_opening` did so before the invoice came in: its opening entry leaves that part out, so that the payment has
    no entry of its own. A later one has.
    """

    payment = models.OneToOneField(
        Payment, primary_key=True, on_delete=models.PROTECT, related_name="settlement"
    )
    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="settlements")
    in_opening = models.BooleanField(default=False)
    intake_row = models.ForeignKey(Row, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="settlement_in_opening_once", fields=["invoice"], condition=Q(in_opening=True)
            ),
        ]


class Credit(models.Model):
    """A payment of kind `carried`: what was left of an account's money where it comes from. Never updated."""

    payment = models.OneToOneField(Payment, primary_key=True, on_delete=models.PROTECT, related_name="credit")
    reference = models.TextField()
    content_hash = models.TextField()
    intake_row = models.ForeignKey(Row, null=True, on_delete=models.PROTECT, related_name="+")
