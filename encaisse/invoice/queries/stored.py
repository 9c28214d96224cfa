"""Invoices as they are stored, in the rows that seals are made of. Read for the system, never for a person."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple, TypeVar

from encaisse.invoice.rules.rows import AllowanceRow, InvoiceRow, LineRow, Parties, TaxRow
from encaisse.invoice.rules.seal import canonical
from encaisse.kernel import sql

Row = TypeVar("Row", LineRow, TaxRow, AllowanceRow)


class Stored(NamedTuple):
    """One invoice with its lines, taxes and allowances in the order of their positions, and its parties."""

    row: InvoiceRow
    parties: Parties
    lines: list[LineRow]
    taxes: list[TaxRow]
    allowances: list[AllowanceRow]

    def text(self) -> str:
        """The canonical text of what is stored now."""
        return canonical(self.row, self.parties, self.lines, self.taxes, self.allowances)


def stored(invoice_ids: Sequence[int]) -> list[Stored]:
    """These invoices, in the order of their ids."""
    ids = {"ids": list(invoice_ids)}
    width = len(InvoiceRow._fields)
    lines = _by_invoice(LineRow(*record) for record in sql.binary_rows("invoice", "stored_lines", ids))
    taxes = _by_invoice(TaxRow(*record) for record in sql.binary_rows("invoice", "stored_taxes", ids))
    given = sql.binary_rows("invoice", "stored_allowances", ids)
    allowances = _by_invoice(AllowanceRow(*record) for record in given)
    return [
        Stored(
            InvoiceRow(*record[:width]),
            Parties(*record[width:]),
            lines[record[0]],
            taxes[record[0]],
            allowances[record[0]],
        )
        for record in sql.binary_rows("invoice", "stored_invoices", ids)
    ]


def _by_invoice(rows: Iterable[Row]) -> dict[int, list[Row]]:
    groups: dict[int, list[Row]] = defaultdict(list)
    for row in rows:
        groups[row.invoice_id].append(row)
    return groups
