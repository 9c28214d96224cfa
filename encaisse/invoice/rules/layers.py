"""Composite taxes whose components stand on each other: an amount for each unit, or a rate that enters the next base.

An eco-tax of 2.00 a unit within the base of the VAT: 100.00 is taxed on 102.00. Components are computed in their order,
and each is rounded once on the document, as VAT is.
"""

from collections.abc import Mapping
from typing import NamedTuple

from encaisse.invoice.rules.plans import TaxPart, TaxPlan
from encaisse.kernel import money

_MILLION = 1_000_000


class Sum(NamedTuple):
    """What one tax is computed on: the net of its lines less discounts, the lines alone, what of these has its VAT
    wait, and how many units, in millionths."""

    base_minor: int
    lines_minor: int
    waiting_minor: int
    quantity: int


class TaxSum(NamedTuple):
    """One row of the tax table: its component, its base, the lines in it and what of these waits, and its amount."""

    part: TaxPart
    base_minor: int
    lines_minor: int
    waiting_minor: int
    amount_minor: int


def layered(sums: Mapping[int, Sum], plans: Mapping[int, TaxPlan], currency: str) -> list[TaxSum]:
    """The rows of a document's taxes, from what each tax is computed on. Rows of one category and rate are one (BG-23),
    but a component that others stand on, or that counts units, is its tax's own."""
    rows: dict[tuple[str, str, str], TaxSum] = {}
    for tax_id, summed in sums.items():
        carried = 0
        for part in plans[tax_id].parts:
            base = summed.base_minor if part.per_unit is not None else summed.base_minor + carried
            known = rows.get(part.key, TaxSum(part, 0, 0, 0, 0))
            row = known._replace(
                base_minor=known.base_minor + base,
                lines_minor=known.lines_minor + summed.lines_minor,
                waiting_minor=known.waiting_minor + summed.waiting_minor,
            )
            row = rows[part.key] = row._replace(amount_minor=_amount(row, summed.quantity, currency))
            carried += row.amount_minor if part.in_base else 0
    return [*rows.values()]


def _amount(row: TaxSum, quantity: int, currency: str) -> int:
    if row.part.per_unit is not None:
        return money.half_up(quantity * row.part.per_unit, _MILLION * money.millionths_in_minor(currency))
    return money.half_up(row.base_minor * row.part.ratio[0], row.part.ratio[1])
