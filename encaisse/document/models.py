"""Rendered documents."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from encaisse.archive.models import File
from encaisse.invoice.models import Invoice


class DocumentKind(models.TextChoices):
    """The file that an invoice is sent as, and the same marked as a duplicate, for whoever asks for it again."""

    ORIGINAL = "facturx"
    DUPLICATE = "duplicate"


class Document(models.Model):
    """The archived file of one invoice. Each kind is made once; a second rendering would be the same bytes."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="documents")
    kind = models.TextField(choices=DocumentKind, default=DocumentKind.ORIGINAL)
    file = models.ForeignKey(File, on_delete=models.PROTECT, related_name="+")
    template = models.TextField()
    rendered_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="document_once_per_invoice_and_kind", fields=["invoice", "kind"]),
        ]


class Failure(models.Model):
    """A document that could not be made or did not validate: an alarm, never an edit of the invoice."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="+")
    code = models.TextField()
    facts = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now())
