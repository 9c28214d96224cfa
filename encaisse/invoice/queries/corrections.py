"""What is left to credit of an invoice, what a credit note of a part of it would come to, and a draft's own lines."""

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from encaisse.invoice.errors import InvoiceNotIssued, NotCreditable
from encaisse.invoice.models import Invoice, InvoiceKind, InvoiceState, Line
from encaisse.invoice.queries.stored import Stored, corrections, stored, tax_facts
from encaisse.invoice.rules.portion import Cut, Rest, portion, rests
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope


class LineLeft(NamedTuple):
    """A line of an issued invoice, and what credit notes have left of it, of the line's own sign."""

    id: int
    label: str
    quantity: Decimal
    left_quantity: Decimal
    net_minor: int
    left_minor: int
    currency: str


class Creditable(NamedTuple):
    """The lines of which something is left, and what is left of the whole document; `is_whole` while all of it is."""

    lines: list[LineLeft]
    left_minor: int
    currency: str
    is_whole: bool


class CreditTotals(NamedTuple):
    """What a credit note would come to, in positive minor units, and what would be left of the invoice then."""

    net_minor: int
    tax_minor: int
    gross_minor: int
    left_minor: int
    currency: str


class DraftLine(NamedTuple):
    """A line of a draft by hand, as it was written."""

    product_id: int
    label: str
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal
    discount_minor: int
    discount_reason: str | None
    period_from: dt.date | None
    period_to: dt.date | None


def creditable(scope: Scope, invoice_id: int) -> Creditable:
    """What can still be credited of an invoice; nothing of a draft or a credit note. Raises NotFound."""
    source = _seen(scope, invoice_id)
    if not _is_creditable(source):
        return Creditable([], 0, source.row.currency, is_whole=False)
    notes = corrections(source)
    return Creditable(
        [_left(rest, source.row.currency) for rest in rests(source, notes) if rest.is_open],
        source.row.gross_minor + sum(note.row.gross_minor for note in notes),
        source.row.currency,
        is_whole=not notes,
    )


def credit_preview(scope: Scope, invoice_id: int, cuts: Mapping[int, Cut]) -> CreditTotals:
    """What a credit note of these cuts would come to; nothing is written. Raises NotFound, InvoiceNotIssued,
    NotCreditable and what `portion` raises."""
    source = _seen(scope, invoice_id)
    if source.row.state != InvoiceState.ISSUED:
        raise InvoiceNotIssued(invoice_id=invoice_id, state=source.row.state)
    if not _is_creditable(source):
        raise NotCreditable(invoice_id=invoice_id)
    notes = corrections(source)
    row = portion(source, notes, cuts, tax_facts(source)).row
    left_minor = source.row.gross_minor + sum(note.row.gross_minor for note in notes) - row.gross_minor
    return CreditTotals(row.net_minor, row.tax_minor, row.gross_minor, left_minor, row.currency)


def draft_lines(scope: Scope, invoice_id: int) -> list[DraftLine]:
    """The lines of a draft, in order, to be written anew. Raises NotFound unless it is a visible draft."""
    done = (InvoiceState.ISSUED, InvoiceState.CANCELLED)
    visible = Invoice.objects.visible_to(scope).filter(pk=invoice_id).exclude(state__in=done)
    if not visible.exists():
        raise NotFound(noun="invoice")
    lines = Line.objects.filter(invoice_id=invoice_id).order_by("position")
    return [DraftLine(*row) for row in lines.values_list(*DraftLine._fields)]


def _seen(scope: Scope, invoice_id: int) -> Stored:
    if not Invoice.objects.visible_to(scope).filter(pk=invoice_id).exists():
        raise NotFound(noun="invoice")
    return stored([invoice_id])[0]


def _is_creditable(source: Stored) -> bool:
    row = source.row
    return row.state == InvoiceState.ISSUED and row.kind == InvoiceKind.INVOICE and not row.made_elsewhere


def _left(rest: Rest, currency: str) -> LineLeft:
    line = rest.line
    return LineLeft(
        line.id, line.label, line.quantity, rest.quantity, line.net_minor, rest.net_minor, currency
    )
