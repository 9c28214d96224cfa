"""Advances deducted from an invoice: net and VAT as they are stored, never more than is left nor than is billed.

The VAT of an advance was due when it was collected. What of it is deducted waits no more on the invoice: only the rest
of the invoice's VAT is still to be declared.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from encaisse.invoice.rules.rows import INVOICE_COLUMNS, TAX_COLUMNS, DeductionRow

_GROSS, _DEDUCTED, _PAYABLE = map(INVOICE_COLUMNS.index, ("gross_minor", "deducted_minor", "payable_minor"))
_ID: Final = INVOICE_COLUMNS.index("id")
_BASE, _TAX, _DEFERRED = map(TAX_COLUMNS.index, ("base_minor", "tax_minor", "deferred_minor"))
# What says on both documents that it is the same tax: kind, category and rate.
_KEY: Final = tuple(map(TAX_COLUMNS.index, ("kind", "category", "rate")))


class OpenAdvance(NamedTuple):
    """What is left of one tax of a collected advance. `subscription_id` is None when it is for any contract."""

    advance_id: int
    advance_tax_id: int
    subscription_id: int | None
    kind: str
    category: str
    rate: str
    net_minor: int
    tax_minor: int


class Less(NamedTuple):
    """The texts of an invoice and of its taxes with the deductions made, and their rows."""

    invoice: str
    taxes: list[str]
    rows: list[DeductionRow]


def deducted(invoice: str, taxes: Sequence[str], advances: Sequence[OpenAdvance]) -> Less:
    """The invoice, in the text of COPY, less what is left of these advances, the first of them first.

    Of each tax at most what the invoice bears of it, base and tax apart. A credit note deducts nothing.
    """
    columns = invoice.split("\t")
    rows: list[DeductionRow] = []
    texts = []
    for text in taxes:
        fields = text.split("\t")
        taken = _taken(fields, advances, int(columns[_ID]), len(rows))
        rows += taken
        tax = sum(row.tax_minor for row in taken)
        fields[_DEFERRED] = str(max(int(fields[_DEFERRED]) - tax, 0)) if taken else fields[_DEFERRED]
        texts.append("\t".join(fields))
    total = sum(row.net_minor + row.tax_minor for row in rows)
    if total > int(columns[_GROSS]):
        return Less(
            invoice, list(taxes), []
        )  # what is given back on another tax leaves less than that to pay
    columns[_DEDUCTED], columns[_PAYABLE] = str(total), str(int(columns[_GROSS]) - total)
    return Less("\t".join(columns), texts, rows)


def left(advances: Sequence[OpenAdvance], rows: Sequence[DeductionRow]) -> list[OpenAdvance]:
    """What is left of the advances after these deductions."""
    net, tax = dict[int, int](), dict[int, int]()
    for row in rows:
        net[row.advance_tax_id] = net.get(row.advance_tax_id, 0) + row.net_minor
        tax[row.advance_tax_id] = tax.get(row.advance_tax_id, 0) + row.tax_minor
    return [
        each._replace(
            net_minor=each.net_minor - net.get(each.advance_tax_id, 0),
            tax_minor=each.tax_minor - tax.get(each.advance_tax_id, 0),
        )
        for each in advances
    ]


def _taken(
    fields: Sequence[str], advances: Sequence[OpenAdvance], invoice_id: int, before: int
) -> list[DeductionRow]:
    base, tax = max(int(fields[_BASE]), 0), max(int(fields[_TAX]), 0)
    key = tuple(fields[at].strip() for at in _KEY)
    rows: list[DeductionRow] = []
    for each in advances:
        if (each.kind, each.category, each.rate) != key:
            continue
        net_minor, tax_minor = min(each.net_minor, base), min(each.tax_minor, tax)
        if net_minor or tax_minor:
            position = before + len(rows) + 1
            rows.append(
                DeductionRow(invoice_id, position, each.advance_id, each.advance_tax_id, net_minor, tax_minor)
            )
            base, tax = base - net_minor, tax - tax_minor
    return rows


class Given(NamedTuple):
    """What one row of deductions still holds of an advance after the corrections made so far."""

    advance_id: int
    advance_tax_id: int
    net_minor: int
    tax_minor: int


def given_back(held: Sequence[Given], gross_minor: int, payable_minor: int) -> list[Given]:
    """What a credit note of `gross_minor` gives back to advances: what passes `payable_minor`, still to be credited of
    what was to be paid. All that is held when it reaches that, to the cent; else the first rows first."""
    rest = gross_minor - payable_minor
    back: list[Given] = []
    for each in held:
        gross = each.net_minor + each.tax_minor
        if rest <= 0 or gross <= 0:
            continue
        part = min(rest, gross)
        net = each.net_minor if part == gross else part * each.net_minor // gross
        back.append(each._replace(net_minor=net, tax_minor=part - net))
        rest -= part
    return back
