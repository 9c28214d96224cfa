"""Rendered documents, what the official rules say of them, and those that could not be made."""

from typing import ClassVar, Self

from django.db import models
from django.db.models.functions import Now

from encaisse.archive.models import File
from encaisse.invoice.models import Invoice
from encaisse.kernel.scope import Scope
from encaisse.party.models import LegalEntity


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


class Verdict(models.TextChoices):
    """What the official rules say of a document. Warnings alone do not break it."""

    PASSED = "passed"
    FAILED = "failed"


class CheckQuerySet(models.QuerySet["Check"]):
    """Checks, and who may see them."""

    def visible_to(self, scope: Scope) -> Self:
        """Those of the invoices that the scope may see."""
        return self.filter(document__invoice__in=Invoice.objects.visible_to(scope))


class Check(models.Model):
    """One archived document examined by one version of the official rules, with every assert that failed.

    `asserts` are lists of rule, flag and text, in the order told; a failed check has one that is not a warning.
    """

    document = models.ForeignKey(Document, on_delete=models.PROTECT, related_name="checks")
    rules = models.TextField()
    verdict = models.TextField(choices=Verdict)
    asserts = models.JSONField(default=list)
    checked_at = models.DateTimeField(db_default=Now())

    objects = CheckQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="check_once_per_document_and_rules", fields=["document", "rules"]),
            models.CheckConstraint(
                name="check_failed_by_an_assert", condition=~models.Q(verdict="failed", asserts=[])
            ),
        ]
        indexes: ClassVar = [
            models.Index(name="check_failed", fields=["document"], condition=models.Q(verdict="failed")),
        ]


class Failure(models.Model):
    """A document that could not be made or examined: an alarm, never an edit of the invoice."""

    invoice = models.ForeignKey(Invoice, on_delete=models.PROTECT, related_name="+")
    code = models.TextField()
    facts = models.JSONField(default=dict)
    at = models.DateTimeField(db_default=Now())


class Logo(models.Model):
    """An image that was cleaned: shapes or pixels in an SVG. It never changes; designs name it."""

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    svg = models.TextField()
    sha256 = models.CharField(max_length=64)
    brought_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(name="logo_once_per_entity", fields=["legal_entity", "sha256"]),
        ]


class Design(models.Model):
    """How the documents of a legal entity look from a moment on; a change is another version.

    Documents issued since `published_at`, and before the next version, are drawn with it: drawn again, they are the
    same. Texts are by language.
    """

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    version = models.IntegerField()
    accent = models.CharField(max_length=7)
    logo = models.ForeignKey(Logo, null=True, on_delete=models.PROTECT, related_name="+")
    logo_place = models.TextField()
    logo_mm = models.SmallIntegerField()
    numbered = models.BooleanField()
    qr = models.BooleanField()
    fold_mark = models.BooleanField()
    texts = models.JSONField()
    published_by = models.TextField()
    published_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="design_version_once_per_entity", fields=["legal_entity", "version"]
            ),
            models.CheckConstraint(
                name="design_accent_is_a_colour", condition=models.Q(accent__regex="^#[0-9a-f]{6}$")
            ),
            models.CheckConstraint(
                name="design_logo_stands_left_or_right", condition=models.Q(logo_place__in=("left", "right"))
            ),
            models.CheckConstraint(
                name="design_logo_fits_above_the_window", condition=models.Q(logo_mm__gte=6, logo_mm__lte=18)
            ),
        ]


class Template(models.Model):
    """A legal entity's own template, in the language of typst, from a moment on; without source, ours again.

    It draws what is issued since `activated_at`, and before the next version. Rows are only added.
    """

    legal_entity = models.ForeignKey(LegalEntity, on_delete=models.PROTECT, related_name="+")
    version = models.IntegerField()
    source = models.TextField()
    activated_by = models.TextField()
    activated_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                name="template_version_once_per_entity", fields=["legal_entity", "version"]
            ),
        ]


class TemplateDraft(models.Model):
    """What a legal entity's next template may become; nothing is drawn with it but previews."""

    legal_entity = models.OneToOneField(LegalEntity, on_delete=models.PROTECT, related_name="+")
    source = models.TextField()
    saved_by = models.TextField()
    saved_at = models.DateTimeField(db_default=Now())
