"""The exact mirror of an issued invoice: every stored amount with the opposite sign, nothing computed again."""

from collections.abc import Sequence

from encaisse.invoice.rules.rows import Header, InvoiceRow, LineRow, TaxRow
from encaisse.invoice.rules.seal import VERSION, digest


def mirrored(
    source: InvoiceRow,
    lines: Sequence[LineRow],
    taxes: Sequence[TaxRow],
    header: Header,
    first_ids: tuple[int, int],
) -> tuple[InvoiceRow, list[LineRow], list[TaxRow]]:
    """A full credit note of `source`: its lines and taxes negated, sealed. `first_ids` are those of the credit
    note and of its first line."""
    invoice_id, first_line_id = first_ids
    negated_lines = [
        line._replace(
            id=first_line_id + index,
            invoice_id=invoice_id,
            quantity=-line.quantity,
            gross_minor=-line.gross_minor,
            discount_minor=-line.discount_minor,
            net_minor=-line.net_minor,
            acc_net_minor=-line.acc_net_minor,
        )
        for index, line in enumerate(lines)
    ]
    negated_taxes = [
        tax._replace(
            invoice_id=invoice_id,
            base_minor=-tax.base_minor,
            tax_minor=-tax.tax_minor,
            acc_tax_minor=-tax.acc_tax_minor,
            deferred_minor=-tax.deferred_minor,
        )
        for tax in taxes
    ]
    row = _negated(source, header)._replace(id=invoice_id)
    content = digest(row, header.parties, negated_lines, negated_taxes)
    return row.sealed(VERSION, content), negated_lines, negated_taxes


def _negated(source: InvoiceRow, header: Header) -> InvoiceRow:
    return source._replace(
        run_id=None,
        kind=header.kind,
        state="approved",
        net_minor=-source.net_minor,
        tax_minor=-source.tax_minor,
        gross_minor=-source.gross_minor,
        deducted_minor=0,
        payable_minor=-source.gross_minor,
        settled_minor=0,
        acc_net_minor=-source.acc_net_minor,
        acc_tax_minor=-source.acc_tax_minor,
        acc_gross_minor=-source.acc_gross_minor,
        corrects_id=source.id,
        reason=header.reason,
        drafted_at=header.drafted_at,
    )
