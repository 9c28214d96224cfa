"""The documents and collections behind each figure of VAT."""

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final, NamedTuple

from django.db.models import BigIntegerField, F, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from encaisse.invoice.models import InvoiceKind, InvoiceState, InvoiceTax
from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Scope
from encaisse.ledger.models import CollectedVat, VatSource
from encaisse.ledger.queries import vat_sums
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


class _Days(NamedTuple):
    """From a day to another, half-open."""

    first: dt.date
    end: dt.date


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
    if part.figure in _SUMMED and scope.sees_every_customer:
        return _placed(scope, part, window)
    sources = _SOURCES[part.figure](scope, part, _Days(part.month, part.end))
    sums = [source.aggregate(all_base=Sum("netted"), all_tax=Sum("taxed")) for source in sources]
    found = _together(sources)
    return Documents(
        rows=_page(found, window.offset, window.size),
        total=found.count(),
        base_minor=sum(int(each["all_base"] or 0) for each in sums),
        tax_minor=sum(int(each["all_tax"] or 0) for each in sums),
    )


def _placed(scope: Scope, part: Part, window: Window) -> Documents:
    """The same, read from the day where the page begins; what all come to is kept by day."""
    summed, count, base, tax = _SUMMED[part.figure]
    met = summed & Q(**_of_rate(part, ""), date__gte=part.month, date__lt=part.end)
    place, total = vat_sums.placed(scope, part.entity_id, met, count, window)
    rows: tuple[Document, ...] = ()
    if place:
        days = _Days(place.first, place.last + dt.timedelta(days=1))
        rows = _page(_together(_SOURCES[part.figure](scope, part, days)), place.skipped, window.size)
    return Documents(rows, total, *vat_sums.whole(scope, part.entity_id, met, base, tax))


def _together(sources: list[QuerySet[Any]]) -> QuerySet[Any]:
    first, *others = (source.order_by().values_list(*_COLUMNS) for source in sources)
    return first.union(*others, all=True) if others else first


def _page(found: QuerySet[Any], offset: int, size: int) -> tuple[Document, ...]:
    page = found.order_by("day", "document", "posted")[offset : offset + size]
    return tuple(Document(*row[:-2], *map(int, row[-2:])) for row in page)


def _documents(scope: Scope, part: Part, days: _Days) -> QuerySet[InvoiceTax]:
    """The taxes of the documents of these days. What is booked is issued, which leads to the index of days."""
    of_days = Q(
        invoice__state=InvoiceState.ISSUED,
        invoice__issue_date__gte=days.first,
        invoice__issue_date__lt=days.end,
    )
    return booked(scope, part.entity_id).filter(of_days, **_of_rate(part, ""))


def _billed(scope: Scope, part: Part, days: _Days) -> list[QuerySet[Any]]:
    found = _documents(scope, part, days).exclude(invoice__kind=InvoiceKind.CREDIT_NOTE)
    deducted = _deducted(scope, part, days, ~Q(invoice__kind=InvoiceKind.CREDIT_NOTE))
    return [_as_document(found, F("base_minor"), F("acc_tax_minor")), deducted]


def _credited(scope: Scope, part: Part, days: _Days) -> list[QuerySet[Any]]:
    found = _documents(scope, part, days).filter(invoice__kind=InvoiceKind.CREDIT_NOTE)
    deducted = _deducted(scope, part, days, Q(invoice__kind=InvoiceKind.CREDIT_NOTE))
    return [_as_document(found, F("base_minor"), F("acc_tax_minor")), deducted]


def _deducted(scope: Scope, part: Part, days: _Days, which: Q) -> QuerySet[Any]:
    """What documents of these days deduct of advances: it was billed and declared with these."""
    of_days = Q(invoice__issue_date__gte=days.first, invoice__issue_date__lt=days.end)
    found = declared_before(scope, part.entity_id).filter(which, of_days, **_of_rate(part, "advance_tax__"))
    return _annotated(
        found, "invoice__", rate="advance_tax__rate", day=F("invoice__issue_date"),
        what=Value("advance_deducted"), posted=Value(None, output_field=BigIntegerField()),
        netted=-F("net_minor"), taxed=-F("tax_minor"),
    )  # fmt: skip


def _due(scope: Scope, part: Part, days: _Days) -> list[QuerySet[Any]]:
    """What is due at issue, what was collected in the month, and what was declared with advances before."""
    at_issue = _documents(scope, part, days).exclude(~Q(deferred_minor=0) & Q(deferred_minor=F("tax_minor")))
    moved = collected(scope, part.entity_id).filter(
        entry__date__gte=days.first, entry__date__lt=days.end, **_of_rate(part, "invoice_tax__")
    )
    return [
        _as_document(at_issue, F("base_minor") - DEFERRED_BASE, F("acc_tax_minor") - DEFERRED),
        _annotated(
            moved, "entry__invoice__", rate="invoice_tax__rate", day=F("entry__date"),
            what=Value("vat_collected"), posted=F("entry_id"), netted=F("base_minor"), taxed=F("tax_minor"),
        ),
        _deducted(scope, part, days, Q()),
    ]  # fmt: skip


def _waiting(scope: Scope, part: Part, days: _Days) -> list[QuerySet[Any]]:
    """What the documents issued until the end of the month had deferred and nobody had paid for by then."""
    until = booked(scope, part.entity_id).filter(invoice__issue_date__lt=days.end, **_of_rate(part, ""))
    before = CollectedVat.objects.filter(invoice_tax=OuterRef("pk"), entry__date__lt=days.end)
    sums = before.order_by().values("invoice_tax")
    taken = Coalesce(Subquery(sums.values_list(Sum("tax_minor"))), 0, output_field=BigIntegerField())
    base = Coalesce(Subquery(sums.values_list(Sum("base_minor"))), 0, output_field=BigIntegerField())
    found = _as_document(until.exclude(deferred_minor=0), DEFERRED_BASE - base, DEFERRED - taken)
    return [found.exclude(taxed=0)]


_SOURCES: Final[Mapping[Figure, Callable[[Scope, Part, _Days], list[QuerySet[Any]]]]] = {
    Figure.BILLED: _billed,
    Figure.CREDITED: _credited,
    Figure.DUE: _due,
    Figure.WAITING: _waiting,
}
# Of what is summed by day: which sums, and their columns of how many, of bases and of VAT.
_SUMMED: Final[Mapping[Figure, tuple[Q, str, str, str]]] = {
    Figure.BILLED: (Q(source=VatSource.INVOICE), "taxes", "base_minor", "tax_minor"),
    Figure.CREDITED: (Q(source=VatSource.CREDIT_NOTE), "taxes", "base_minor", "tax_minor"),
    Figure.DUE: (Q(), "due_taxes", "due_base_minor", "due_minor"),
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
