"""Discounts of whole documents (BG-20), spread over the taxes of their lines."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from encaisse.invoice.rules.rows import AllowanceRow
from encaisse.kernel import money

HUNDRED: Final = 100


class Discount(NamedTuple):
    """What is taken off a document: a percentage of its lines or an amount in minor units, and why."""

    percent: Decimal | None
    amount_minor: int
    reason: str


def allowances(
    discounts: Sequence[Discount], bases: Mapping[int, int], invoice_id: int
) -> list[AllowanceRow]:
    """The discounts in turn, each spread over the taxes by what their lines sum to, by the largest remainder.

    `bases` are sums of lines by tax. A percentage is of the lines, whatever was taken off before, and gives back its
    part of what a document gives back; an amount is taken off what is owed alone. Never more than what is left.
    """
    rows: list[AllowanceRow] = []
    left = sum(bases.values())
    for discount in discounts:
        total = _total(discount, sum(bases.values()), left)
        left -= total
        # Only sums of the document's own sign bear a part of it: the others would bear less than nothing.
        weights = [max(base if total > 0 else -base, 0) for base in bases.values()]
        for (tax_id, base), part in zip(
            bases.items(), money.split(total, weights) if total else (), strict=False
        ):
            if part:
                place = (invoice_id, len(rows) + 1, tax_id)
                rows.append(AllowanceRow(*place, discount.percent, base, part, part, discount.reason))
    return rows


def _total(discount: Discount, whole: int, left: int) -> int:
    if discount.percent is None:
        return max(min(discount.amount_minor, left), 0)
    numerator, denominator = discount.percent.as_integer_ratio()
    part = money.half_up(whole * numerator, denominator * HUNDRED)
    return min(part, left) if whole > 0 else max(part, left)
