"""Invoices as they are stored, in the rows that seals are made of. Read for the system, never for a person."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from encaisse.invoice.models import Invoice, InvoiceKind, InvoiceState, Line
from encaisse.invoice.rules.portion import TaxFacts, TaxKey, tax_key
from encaisse.invoice.rules.rows import AllowanceRow, DeductionRow, InvoiceRow, LineRow, Parties, TaxRow
from encaisse.invoice.rules.seal import canonical
from encaisse.kernel import sql
from encaisse.tax.models import Component
from encaisse.tax.queries import deferred_classes
from encaisse.tax.rules.taxes import VAT

Row = TypeVar("Row", LineRow, TaxRow, AllowanceRow, DeductionRow)


class Stored(NamedTuple):
    """One invoice with its lines, taxes, allowances and deductions in the order of their positions, and its parties."""

    row: InvoiceRow
    parties: Parties
    lines: list[LineRow]
    taxes: list[TaxRow]
    allowances: list[AllowanceRow]
    deductions: list[DeductionRow]

    def text(self) -> str:
        """The canonical text of what is stored now."""
        return canonical(self.row, self.parties, self.lines, self.taxes, self.allowances, self.deductions)


def stored(invoice_ids: Sequence[int]) -> list[Stored]:
    """These invoices, in the order of their ids."""
    if not invoice_ids:
        return []
    ids = {"ids": list(invoice_ids)}
    width = len(InvoiceRow._fields)
    lines = _by_invoice(LineRow(*record) for record in sql.binary_rows("invoice", "stored_lines", ids))
    taxes = _by_invoice(TaxRow(*record) for record in sql.binary_rows("invoice", "stored_taxes", ids))
    given = sql.binary_rows("invoice", "stored_allowances", ids)
    allowances = _by_invoice(AllowanceRow(*record) for record in given)
    rows = sql.binary_rows("invoice", "stored_deductions", ids)
    deductions = _by_invoice(DeductionRow(*record) for record in rows)
    return [
        Stored(
            InvoiceRow(*record[:width]),
            Parties(*record[width:]),
            lines[record[0]],
            taxes[record[0]],
            allowances[record[0]],
            deductions[record[0]],
        )
        for record in sql.binary_rows("invoice", "stored_invoices", ids)
    ]


def corrections(source: Stored) -> list[Stored]:
    """The documents that stand and take back lines of this one, in the order of their ids.

    A credit note of a run that corrects it as a whole, without naming its lines, is none of them.
    """
    taking = Line.objects.filter(corrects_line__in=[line.id for line in source.lines])
    standing = taking.exclude(invoice__state=InvoiceState.CANCELLED)
    return stored(sorted(set(standing.values_list("invoice_id", flat=True))))


def tax_facts(source: Stored) -> TaxFacts:
    """What sharing the taxes of a document among its lines needs beside the document itself."""
    keys: dict[int, set[TaxKey]] = defaultdict(set)
    enters: set[tuple[TaxKey, TaxKey]] = set()
    components = Component.objects.filter(tax__in={line.tax_id for line in source.lines}).select_related(
        "tax"
    )
    for each in components.order_by("tax", "-position"):
        key = tax_key(each.kind, each.tax.category, each.rate, each.tax_id)
        keys[each.tax_id].add(key)
        if each.in_base:
            enters.add((key, next(known for known in keys[each.tax_id] if known[0] == VAT)))
    waits = any(tax.deferred_minor for tax in source.taxes)
    return TaxFacts(
        {tax_id: frozenset(each) for tax_id, each in keys.items()},
        _deferred_lines(source) if waits else frozenset(),
        frozenset(enters),
    )


def _deferred_lines(source: Stored) -> frozenset[int]:
    row = source.row
    if row.kind == InvoiceKind.ADVANCE:
        return frozenset(line.id for line in source.lines)
    issue_date = Invoice.objects.values_list("issue_date", flat=True).get(pk=row.id)
    assert issue_date is not None
    classes = deferred_classes(row.legal_entity_id, issue_date)
    lines = Line.objects.filter(invoice_id=row.id, product__tax_class__in=classes)
    return frozenset(lines.values_list("pk", flat=True))


def _by_invoice(rows: Iterable[Row]) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.invoice_id].append(row)
    return groups
