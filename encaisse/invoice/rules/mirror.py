"""The exact mirror of a document or of a part of one: stored amounts with the opposite sign, nothing computed again."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from encaisse.invoice.rules.deduct import Given
from encaisse.invoice.rules.rows import AllowanceRow, DeductionRow, Header, InvoiceRow, LineRow, TaxRow
from encaisse.invoice.rules.seal import VERSION, digest


class Document(Protocol):
    """An invoice or credit note as it is stored, or the part of one that is mirrored."""

    @property
    def row(self) -> InvoiceRow: ...
    @property
    def lines(self) -> Sequence[LineRow]: ...
    @property
    def taxes(self) -> Sequence[TaxRow]: ...
    @property
    def allowances(self) -> Sequence[AllowanceRow]: ...


class Mirrored(NamedTuple):
    """The opposite document, ready to be loaded."""

    row: InvoiceRow
    lines: list[LineRow]
    taxes: list[TaxRow]
    allowances: list[AllowanceRow]
    deductions: list[DeductionRow] = []  # noqa: RUF012 - read, never written


def mirrored(
    source: Document, header: Header, first_ids: tuple[int, int], back: Sequence[Given] = ()
) -> Mirrored:
    """The document that takes back what `source` says: its amounts negated, its lines naming theirs, sealed.

    What it gives `back` to advances is not paid back. `first_ids` are the keys of the document and of its first line;
    its kind and reason are the header's.
    """
    invoice_id, first_line_id = first_ids
    lines = [
        line._replace(
            id=first_line_id + index,
            invoice_id=invoice_id,
            position=index + 1,
            quantity=-line.quantity,
            gross_minor=-line.gross_minor,
            discount_minor=-line.discount_minor,
            net_minor=-line.net_minor,
            acc_net_minor=-line.acc_net_minor,
            corrects_line=line.id,
        )
        for index, line in enumerate(source.lines)
    ]
    taxes = [_negated_tax(tax, invoice_id) for tax in source.taxes]
    allowances = [
        each._replace(
            invoice_id=invoice_id, base_minor=-each.base_minor, amount_minor=-each.amount_minor,
            acc_amount_minor=-each.acc_amount_minor
        )
        for each in source.allowances
    ]  # fmt: skip
    deductions = [_deduction(invoice_id, *each) for each in enumerate(back, 1)]
    less = sum(each.net_minor + each.tax_minor for each in deductions)
    row = _negated(source.row, header)
    row = row._replace(id=invoice_id, deducted_minor=less, payable_minor=row.gross_minor - less)
    content = digest(row, header.parties, lines, taxes, allowances, deductions)
    return Mirrored(row.sealed(VERSION, content), lines, taxes, allowances, deductions)


def _deduction(invoice_id: int, position: int, back: Given) -> DeductionRow:
    advance_id, advance_tax_id, net_minor, tax_minor = back
    return DeductionRow(invoice_id, position, advance_id, advance_tax_id, -net_minor, -tax_minor)


def _negated_tax(tax: TaxRow, invoice_id: int) -> TaxRow:
    return tax._replace(
        invoice_id=invoice_id,
        base_minor=-tax.base_minor,
        tax_minor=-tax.tax_minor,
        acc_tax_minor=-tax.acc_tax_minor,
        deferred_minor=-tax.deferred_minor,
    )


def _negated(source: InvoiceRow, header: Header) -> InvoiceRow:
    return source._replace(
        run_id=None,
        split=0,
        kind=header.kind,
        state="approved",
        allowance_minor=-source.allowance_minor,
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
