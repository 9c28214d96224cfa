"""How much taxes come to: each component rounded by itself, half-up."""

from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from encaisse.tax.rules.taxes import OTHER, Component, Tax


class TaxTotal(NamedTuple):
    """One line of the tax table of a document: a component, what it is computed on and what it comes to.

    `taxes` are those of the lines that it gathers, in order: their mentions are printed.
    """

    category: str
    component: Component
    base_minor: int
    amount_minor: int
    taxes: tuple[Tax, ...]


def component_amounts(base_minor: int, tax: Tax) -> tuple[int, ...]:
    """What each component of the tax adds to a net amount, rounded one by one."""
    return tuple(percentage(base_minor, component.rate) for component in tax.components)


def tax_totals(lines: Iterable[tuple[int, Tax]]) -> list[TaxTotal]:
    """The tax table of a document from the net amount and the tax of each line, in order of first appearance.

    VAT is computed once per category and rate on the summed net amounts, other components once per component.
    Source: EN 16931, BR-CO-17.
    """
    bases: dict[tuple[str, str, Decimal, str], int] = {}
    groups: dict[tuple[str, str, Decimal, str], tuple[Component, dict[Tax, None]]] = {}
    for net_minor, tax in lines:
        for component in tax.components:
            label = component.label_fr if component.kind == OTHER else ""
            key = (component.kind, tax.category, component.rate, label)
            bases[key] = bases.get(key, 0) + net_minor
            groups.setdefault(key, (component, {}))[1][tax] = None
    return [
        TaxTotal(key[1], component, bases[key], percentage(bases[key], component.rate), tuple(taxes))
        for key, (component, taxes) in groups.items()
    ]


def percentage(base_minor: int, rate: Decimal) -> int:
    """`rate` percent of an amount in minor units, rounded half-up; halves go away from zero."""
    numerator, denominator = _ratio(rate)
    doubled, divisor = 2 * abs(base_minor) * numerator, 100 * denominator
    rounded = (doubled + divisor) // (2 * divisor)
    return -rounded if base_minor < 0 else rounded


def deferred_part(tax_minor: int, base_minor: int, waiting_base_minor: int) -> int:
    """The part of a tax that waits for payment: that of `waiting_base_minor` out of its base, rounded half-up.

    Never less than nothing nor more than the tax, although a base of mixed signs would have it so.
    """
    if waiting_base_minor == base_minor or not waiting_base_minor:
        return tax_minor if waiting_base_minor else 0
    if not base_minor:
        return 0
    doubled, divisor = 2 * abs(tax_minor * waiting_base_minor) + abs(base_minor), 2 * abs(base_minor)
    part = min(doubled // divisor, abs(tax_minor))
    same_way = (waiting_base_minor < 0) == (base_minor < 0)
    return (-part if tax_minor < 0 else part) if same_way else 0


@cache
def _ratio(rate: Decimal) -> tuple[int, int]:
    return rate.as_integer_ratio()
