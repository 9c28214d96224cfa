"""The documents that were made, and the invoices that still lack theirs."""

import datetime as dt
from typing import Final, NamedTuple, cast

from django.db.models import Exists, OuterRef

from encaisse.archive import queries as archive
from encaisse.document import facturx
from encaisse.document.models import Document, DocumentKind
from encaisse.document.queries import contents
from encaisse.document.rules import file_stem
from encaisse.invoice.models import Invoice
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope

PDF: Final = "application/pdf"


class MadeDocument(NamedTuple):
    """The archived file of an invoice: how to name it for a reader, what it is, and its bytes; and of its invoice the
    language, the date and when it was issued or came in."""

    name: str
    media_type: str
    sha256: str
    content: bytes
    language: str
    issue_date: dt.date
    at: dt.datetime


def document_of(scope: Scope, invoice_id: int) -> MadeDocument:
    """The file of an invoice, verified. Call it outside transactions.

    Raises NotFound when the scope sees no such invoice or none has been made yet, and what the archive raises.
    """
    visible = Invoice.objects.visible_to(scope).filter(pk=invoice_id)
    made = Document.objects.filter(invoice__in=visible, kind=DocumentKind.ORIGINAL)
    found = made.select_related("file", "invoice").first()
    if found is None:
        raise NotFound(noun="document")
    name = file_name(found.invoice.number or "")
    invoice = found.invoice
    about = (invoice.language, cast(dt.date, invoice.issue_date), cast(dt.datetime, invoice.issued_at))
    return MadeDocument(name, found.file.media_type, found.file.sha256, archive.read(found.file_id), *about)


def preview(scope: Scope, invoice_id: int) -> bytes:
    """The PDF that a draft would give, marked as a draft. About 30 ms of CPU.

    Raises NotFound when the scope sees no such draft, and TypesettingFailed.
    """
    visible = Invoice.objects.visible_to(scope).filter(pk=invoice_id).exists()
    found = contents.draft(invoice_id) if visible else None
    if found is None:
        raise NotFound(noun="document")
    return facturx.preview(found.content, at=found.at)


def file_name(number: str, suffix: str = "") -> str:
    """What the file of a document is called outside the archive."""
    return f"{file_stem(number)}{suffix}.pdf"


def has_duplicate(invoice_id: int) -> bool:
    """Whether the duplicate of an invoice was made."""
    return Document.objects.filter(invoice=invoice_id, kind=DocumentKind.DUPLICATE).exists()


def without_document(first_id: int, last_id: int, kind: str = DocumentKind.ORIGINAL) -> list[int]:
    """The invoices of the range issued here whose document of this kind is still to be made, in order."""
    made = Document.objects.filter(invoice=OuterRef("pk"), kind=kind)
    found = Invoice.objects.filter(pk__range=(first_id, last_id), made_elsewhere=False).issued()
    return list(found.exclude(Exists(made)).order_by("pk").values_list("pk", flat=True))
