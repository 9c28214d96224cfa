"""The documents and collections behind each figure of VAT."""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple

from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from encaisse.invoice.models import InvoiceKind, InvoiceTax
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Scope
from encaisse.ledger.models import CollectedVat
from encaisse.ledger.queries.vat import DEFERRED, DEFERRED_BASE, Rate, booked, collected, declared_before


class Figure(StrEnum):
    """Which figure of VAT: of invoices, of credit notes, due, or still waiting for payment."""

    BILLED = "billed"
    CREDITED = "credited"
    DUE = "due"
    WAITING = "waiting"


class Part(NamedTuple):
    """Of which month (its first day), legal entity and rate; None asks nothing."""

    figure: Figure
    month: dt.date
    entity_id: int | None = None
    rate: Rate | None = None

    @property
    def end(self) -> dt.date:
        """The first day after the month."""
        return (self.month + dt.timedelta(days=31)).replace(day=1)


class Document(NamedTuple):
    """What one document adds to the figure: `kind` is the document's, or `vat_collected` for a collection."""

    date: dt.date
    kind: str
    entry_id: int | None
    invoice_id: int
    number: str
    customer: str
    currency: str
    rate: Decimal
    base_minor: int
    tax_minor: int


class Documents(NamedTuple):
    """One page of them, how many there are, and what all of them come to."""

    rows: tuple[Document, ...]
    total: int
    base_minor: int
    tax_minor: int


# The columns that every source gives, in the order of `Document`.
_COLUMNS: Final = (
    "day",
    "what",
    "posted",
    "document",
    "numbered",
    "who",
    "money",
    "percent",
    "netted",
    "taxed",
)


def vat_documents(scope: Scope, part: Part, window: Window) -> Documents:
    """The documents of the part in order of date. Raises NotPermitted."""
    scope.require("read_ledger")
    sources = _SOURCES[part.figure](scope, part)
    sums = [source.aggregate(all_base=Sum("netted"), all_tax=Sum("taxed")) for source in sources]
    first, *others = (source.order_by().values_list(*_COLUMNS) for source in sources)
    found = first.union(*others, all=True) if others else first
    page = found.order_by("day", "document", "posted")[window.offset : window.offset + window.size]
    return Documents(
        rows=tuple(Document(*row[:-2], *map(int, row[-2:])) for row in page),
        total=found.count(),
        base_minor=sum(int(each["all_base"] or 0) for each in sums),
        tax_minor=sum(int(each["all_tax"] or 0) for each in sums),
    )


def _documents(scope: Scope, part: Part) -> QuerySet[InvoiceTax]:
    """The taxes of the month's documents."""
    of_month = Q(invoice__issue_date__gte=part.month, invoice__issue_date__lt=part.end)
    return booked(scope, part.entity_id).filter(of_month, **_of_rate(part, ""))


def _billed(scope: Scope, part: Part) -> list[QuerySet[Any]]:
    found = _documents(scope, part).exclude(invoice__kind=InvoiceKind.CREDIT_NOTE)
    deducted = _deducted(scope, part, ~Q(invoice__kind=InvoiceKind.CREDIT_NOTE))
    return [_as_document(found, F("base_minor"), F("acc_tax_minor")), deducted]


def _credited(scope: Scope, part: Part) -> list[QuerySet[Any]]:
    found = _documents(scope, part).filter(invoice__kind=InvoiceKind.CREDIT_NOTE)
    deducted = _deducted(scope, part, Q(invoice__kind=InvoiceKind.CREDIT_NOTE))
    return [_as_document(found, F("base_minor"), F("acc_tax_minor")), deducted]


def _deducted(scope: Scope, part: Part, which: Q) -> QuerySet[Any]:
    """What documents of the month deduct of advances: it was billed and declared with these."""
    of_month = Q(invoice__issue_date__gte=part.month, invoice__issue_date__lt=part.end)
    found = declared_before(scope, part.entity_id).filter(which, of_month, **_of_rate(part, "advance_tax__"))
    return _annotated(
        found, "invoice__", rate="advance_tax__rate", day=F("invoice__issue_date"),
        what=Value("advance_deducted"), posted=Value(None, output_field=BigIntegerField()),
        netted=-F("net_minor"), taxed=-F("tax_minor"),
    )  # fmt: skip


def _due(scope: Scope, part: Part) -> list[QuerySet[Any]]:
    """What is due at issue, what was collected in the month, and what was declared with advances before."""
    at_issue = _documents(scope, part).exclude(~Q(deferred_minor=0) & Q(deferred_minor=F("tax_minor")))
    moved = collected(scope, part.entity_id).filter(
        entry__date__gte=part.month, entry__date__lt=part.end, **_of_rate(part, "invoice_tax__")
    )
    return [
        _as_document(at_issue, F("base_minor") - DEFERRED_BASE, F("acc_tax_minor") - DEFERRED),
        _annotated(
            moved, "entry__invoice__", rate="invoice_tax__rate", day=F("entry__date"),
            what=Value("vat_collected"), posted=F("entry_id"), netted=F("base_minor"), taxed=F("tax_minor"),
        ),
        _deducted(scope, part, Q()),
    ]  # fmt: skip


def _waiting(scope: Scope, part: Part) -> list[QuerySet[Any]]:
    """What the documents issued until the end of the month had deferred and nobody had paid for by then."""
    until = booked(scope, part.entity_id).filter(invoice__issue_date__lt=part.end, **_of_rate(part, ""))
    before = CollectedVat.objects.filter(invoice_tax=OuterRef("pk"), entry__date__lt=part.end)
    sums = before.order_by().values("invoice_tax")
    taken = Coalesce(Subquery(sums.values_list(Sum("tax_minor"))), 0, output_field=BigIntegerField())
    base = Coalesce(Subquery(sums.values_list(Sum("base_minor"))), 0, output_field=BigIntegerField())
    found = _as_document(until.exclude(deferred_minor=0), DEFERRED_BASE - base, DEFERRED - taken)
    return [found.exclude(taxed=0)]


_SOURCES: Final[Mapping[Figure, Callable[[Scope, Part], list[QuerySet[Any]]]]] = {
    Figure.BILLED: _billed,
    Figure.CREDITED: _credited,
    Figure.DUE: _due,
    Figure.WAITING: _waiting,
}


def _of_rate(part: Part, prefix: str) -> dict[str, Any]:
    if part.rate is None:
        return {}
    asked = {"kind": part.rate.kind, "category": part.rate.category, "rate": part.rate.rate}
    return {f"{prefix}{name}": value for name, value in asked.items()}


def _as_document(found: QuerySet[InvoiceTax], base: Any, tax: Any) -> QuerySet[Any]:
    none = Value(None, output_field=BigIntegerField())
    return _annotated(
        found, "invoice__", rate="rate", day=F("invoice__issue_date"), what=F("invoice__kind"), posted=none,
        netted=base, taxed=tax,
    )  # fmt: skip


def _annotated(found: QuerySet[Any], invoice: str, *, rate: str, **columns: Any) -> QuerySet[Any]:
    described: QuerySet[Any] = found.annotate(
        document=F(f"{invoice}id"),
        numbered=F(f"{invoice}number"),
        who=F(f"{invoice}account__customer__name"),
        money=F(f"{invoice}accounting_currency"),
        percent=F(rate),
        **columns,
    )
    return described
