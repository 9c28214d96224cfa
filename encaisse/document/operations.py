"""What becomes of a rendering: an archived document, or a failure that people see."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from django.db import transaction

from encaisse.archive import operations as archive
from encaisse.archive.rules import kept_until
from encaisse.document.checking import RULES, Assert
from encaisse.document.models import Check, Document, DocumentKind, Failure, Verdict
from encaisse.document.queries.made import PDF

TEMPLATE: Final = "invoice-1"


class Rendered(NamedTuple):
    """The file made of one invoice, not yet kept."""

    invoice_id: int
    issue_date: dt.date
    pdf: bytes


def keep_rendered(rendered: Sequence[Rendered], kind: str = DocumentKind.ORIGINAL) -> None:
    """Each invoice has its archived document of this kind. One that had it keeps it: the first to come wins.

    Call it outside transactions, for the files go to storage first; the rows follow in one transaction.
    """
    kept = [archive.store(each.pdf, PDF, kept_until(each.issue_date)) for each in rendered]
    with transaction.atomic():
        files = archive.register(kept)
        Document.objects.bulk_create(
            (
                Document(invoice_id=each.invoice_id, kind=kind, file_id=files[file.sha256], template=TEMPLATE)
                for each, file in zip(rendered, kept, strict=True)
            ),
            ignore_conflicts=True,
        )


@transaction.atomic
def record_failure(invoice_id: int, code: str, facts: Mapping[str, Any]) -> None:
    """People see that the document could not be made, and why; the same reason is told once."""
    told = Failure.objects.filter(invoice=invoice_id, code=code, facts=facts)
    if not told.exists():
        Failure.objects.create(invoice_id=invoice_id, code=code, facts=facts)


class Examined(NamedTuple):
    """What the rules say of one document, not yet kept."""

    document_id: int
    asserts: Sequence[Assert]


@transaction.atomic
def keep_checks(examined: Sequence[Examined]) -> None:
    """Each document has its check by these rules. One that had it keeps it."""
    Check.objects.bulk_create(
        (
            Check(
                document_id=each.document_id,
                rules=RULES,
                verdict=Verdict.FAILED if any(one.breaks for one in each.asserts) else Verdict.PASSED,
                asserts=[list(one) for one in each.asserts],
            )
            for each in examined
        ),
        ignore_conflicts=True,
    )
