"""The documents of many invoices, for whoever puts them together in one file."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from django.db.models import Exists, Max, OuterRef, QuerySet, Subquery

from encaisse.document.models import Document, DocumentKind, Failure
from encaisse.document.queries.checks import UNREAD
from encaisse.invoice.models import Invoice, InvoiceState
from encaisse.kernel.scope import Scope
from encaisse.party.models import Recipient

# The order of a list of copies to be printed, by its name.
ORDERS: Final[Mapping[str, tuple[str, ...]]] = {
    "number": ("number", "pk"),
    "postal": (
        "buyer_identity__country", "buyer_identity__postcode", "account__customer__sort_key", "number", "pk",
    ),
}  # fmt: skip


class FileRow(NamedTuple):
    """One invoice and its archived file, if it has one; where it would be sent by post stands last."""

    invoice_id: int
    state: str
    made_elsewhere: bool
    number: str
    issue_date: dt.date | None
    customer: str
    file_id: int | None
    name: str
    address_1: str
    address_2: str
    postcode: str
    city: str
    country: str

    @property
    def is_to_be_made(self) -> bool:
        """Whether a document is still to be made of it here."""
        return self.state == InvoiceState.ISSUED and not self.made_elsewhere and self.file_id is None


class Why(NamedTuple):
    """Why a document could not be made."""

    code: str
    facts: dict[str, Any]


def file_rows(scope: Scope, invoice_ids: Iterable[int]) -> dict[int, FileRow]:
    """Those of the invoices that the scope sees, by key."""
    original = Document.objects.filter(invoice=OuterRef("pk"), kind=DocumentKind.ORIGINAL)
    found = Invoice.objects.visible_to(scope).filter(pk__in=invoice_ids)
    rows: QuerySet[Invoice, tuple[Any, ...]] = found.values_list(
        "pk", "state", "made_elsewhere", "number", "issue_date", "account__customer__name",
        Subquery(original.values("file_id")[:1]), "buyer_identity__name", "buyer_identity__address_1",
        "buyer_identity__address_2", "buyer_identity__postcode", "buyer_identity__city", "buyer_identity__country",
    )  # fmt: skip
    return {row[0]: FileRow._make((*row[:3], row[3] or "", *row[4:])) for row in rows}


def why_not_made(scope: Scope, invoice_ids: Iterable[int]) -> dict[int, Why]:
    """The code and the facts of the last failure to make the document of each, where there is one."""
    mine = Invoice.objects.visible_to(scope).filter(pk__in=invoice_ids)
    failures = Failure.objects.filter(invoice__in=mine).exclude(code__startswith=UNREAD)
    last = failures.values("invoice").annotate(last=Max("pk")).values("last")
    told = Failure.objects.filter(pk__in=last).values_list("invoice_id", "code", "facts")
    return {key: Why(code, facts) for key, code, facts in told}


def to_print(scope: Scope, run_id: int, *, order: str, on_paper: bool) -> list[int]:
    """The issued invoices of a run in this order, a key of `ORDERS`; `on_paper` keeps those that go to nobody by
    e-mail."""
    found = Invoice.objects.visible_to(scope).filter(run_id=run_id).issued()
    if on_paper:
        readers = Recipient.objects.filter(account=OuterRef("account_id"), channel="email")
        found = found.exclude(Exists(readers))
    return list(found.order_by(*ORDERS[order]).values_list("pk", flat=True))
