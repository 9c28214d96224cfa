"""The taxes of classes of products at one place, as drafting needs them: whole numbers, and texts of COPY."""

from collections.abc import Callable
from typing import NamedTuple

from encaisse.invoice.rules.seal import record
from encaisse.kernel import money
from encaisse.tax.rules.taxes import Component, ResolvedTax

Quantities = dict[str, int]
"""How much is sold of each class of products, in millionths of a unit."""


class TaxPart(NamedTuple):
    """A component as a draft needs it: kind, category and rate, what its row repeats, and the rate as a ratio.

    `per_unit` is what it adds to each unit, in millionths, instead of a rate; `in_base` says that the components after
    it are computed on it too. Such ones have a row of their own for each tax.
    """

    key: tuple[str, str, str]
    text: str
    ratio: tuple[int, int]
    per_unit: int | None = None
    in_base: bool = False


class TaxPlan(NamedTuple):
    """The tax of one class of products at one place. `waits` says that its VAT is due when the customer pays.

    `is_layered` says that a component is no plain percentage of the net: it takes the longer way.
    """

    tax_id: int
    waits: bool
    parts: tuple[TaxPart, ...]
    is_layered: bool = False


class Taxes(dict[str, TaxPlan]):
    """The plan of each class of products for one kind of buyers, made when first asked for.

    Asking raises what `tax_of` raises when no tax, or no single one, fits the class: it is that of the buyer at hand.
    """

    def __init__(self, tax_of: Callable[[str], ResolvedTax], deferred: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.tax_of = tax_of
        self._deferred = deferred

    def __missing__(self, tax_class: str) -> TaxPlan:
        """Resolve the tax of the class."""
        tax = self.tax_of(tax_class)
        parts = tuple(_part(tax, position, each) for position, each in enumerate(tax.components, 1))
        is_layered = any(part.per_unit is not None or part.in_base for part in parts)
        plan = self[tax_class] = TaxPlan(tax.tax_id, tax_class in self._deferred, parts, is_layered)
        return plan


def _part(tax: ResolvedTax, position: int, component: Component) -> TaxPart:
    key = (component.kind, tax.category, str(component.rate))
    text = record((tax.tax_id, position, tax.category, component.kind, component.rate))
    numerator, denominator = component.rate.as_integer_ratio()
    ratio = (numerator, denominator * 100)
    if component.per_unit is None and not component.in_base:
        return TaxPart(key, text, ratio)
    own = (component.kind, tax.category, f"{tax.tax_id}/{position}")
    per_unit = None if component.per_unit is None else money.millionths(f"{component.per_unit:.6f}")
    return TaxPart(own, text, ratio, per_unit, component.in_base)
