"""Tags, and the documents that bear them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower, Now

from encaisse.invoice.models import Invoice


class Tag(models.Model):
    """A word under which documents are found again, written as it was first."""

    name = models.TextField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("name"), name="tag_named_once_whatever_its_capitals"),
            models.CheckConstraint(name="tag_has_a_name", condition=Q(name__regex=r"\S")),
        ]


class Tagged(models.Model):
    """A document that bears a tag, since when and by whom."""

    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, db_constraint=False, db_index=False, related_name="+"
    )
    tag = models.ForeignKey(Tag, on_delete=models.PROTECT, db_index=False, related_name="+")
    tagged_at = models.DateTimeField(db_default=Now())
    tagged_by = models.TextField()

    class Meta:
        constraints: ClassVar = [
            # In this order it finds the documents of a tag, the newest first.
            models.UniqueConstraint(name="tagged_once", fields=["tag", "invoice"]),
        ]
        indexes: ClassVar = [models.Index(name="tagged_of_invoice", fields=["invoice"])]
