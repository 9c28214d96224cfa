"""Which tax applies, and how much it comes to."""

import datetime as dt
import enum
from collections.abc import Iterable
from decimal import Decimal
from functools import cache
from typing import Final, NamedTuple

from encaisse.party.rules.places import EU_COUNTRIES, territory
from encaisse.tax.errors import (
    AmbiguousTax,
    TaxOutOfOrder,
    TaxRefused,
    TaxWithoutMention,
    TaxWithoutVat,
    UnknownTax,
    VatNumberMissing,
)

EU: Final = "EU"
WORLD: Final = "WORLD"
VAT: Final = "vat"
OTHER: Final = "other"
STANDARD: Final = "S"
"""The category of EN 16931 of what bears VAT."""


GOODS: Final = "goods"


def nature(tax_class: str) -> str:
    """What a tax class is a variety of: `goods-reduced` is goods."""
    return tax_class.partition("-")[0]


class Component(NamedTuple):
    """One rate of a tax, in percent of the net amount; `kind` is `vat` or `other`. Posted to `account`.

    `per_unit` is an amount for each unit sold instead, in the seller's currency. One that is `in_base` enters the base
    of the components after it.
    """

    kind: str
    rate: Decimal
    label_fr: str
    label_en: str
    account: str = "44571"
    per_unit: Decimal | None = None
    in_base: bool = False


class Tax(NamedTuple):
    """What is added to a net amount: its components in order, each rounded by itself.

    `category` is EN 16931's (UNCL 5305). Where VAT is not charged, a mention says why, in both languages, and
    `vatex` names the reason where the European code list knows it.
    """

    code: str
    name_fr: str
    name_en: str
    category: str
    components: tuple[Component, ...]
    mention_fr: str = ""
    mention_en: str = ""
    vatex: str = ""


class BuyerKind(enum.StrEnum):
    """Whether the buyer acts for a business."""

    BUSINESS = "business"
    PERSON = "person"


class Refusal(enum.StrEnum):
    """What a rule without a tax answers: where a wrong tax would be worse than none."""

    UNKNOWN_TAX = "unknown_tax"
    VAT_NUMBER_MISSING = "vat_number_missing"


class TaxRule(NamedTuple):
    """Chooses a tax, or refuses, for the supplies that it matches. An empty field matches anything.

    `seller` and `country` are territories by ISO code (Cayenne is GF); `country` may also be EU, any member
    state, or WORLD, any place outside it. `vat_number` is `valid` or `missing`. In force on `valid_from` and
    before `valid_to`.
    """

    seller: str
    tax_class: str = ""
    country: str = ""
    postcode_prefix: str = ""
    buyer_kind: str = ""
    vat_number: str = ""
    priority: int = 0
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    tax: Tax | None = None
    refusal: str = ""


class Supply(NamedTuple):
    """What is sold, by whom and to whom. `seller` is a territory; the address is the buyer's.

    `has_vat_number` says whether the buyer has a valid number of its own country.
    """

    seller: str
    tax_class: str
    country: str
    postcode: str
    buyer_kind: str
    has_vat_number: bool


class Place(NamedTuple):
    """The territory of an address, and the longest beginning of its postcode that some rule names there."""

    country: str
    prefix: str


class ResolvedTax(NamedTuple):
    """A stored tax as a draft needs it: its key, its category and its components in order."""

    tax_id: int
    category: str
    components: tuple[Component, ...]


class TaxTotal(NamedTuple):
    """One line of the tax table of a document: a component, what it is computed on and what it comes to.

    `taxes` are those of the lines that it gathers, in order: their mentions are printed.
    """

    category: str
    component: Component
    base_minor: int
    amount_minor: int
    taxes: tuple[Tax, ...]


class TaxTable:
    """The rules in force on one day, with the answer for each kind of supply remembered."""

    def __init__(self, rules: Iterable[TaxRule], on: dt.date) -> None:
        self._rules = [rule for rule in rules if _is_in_force(rule, on)]
        self._lands: dict[str, tuple[Place, tuple[str, ...]]] = {}
        self._answers: dict[Supply, TaxRule | type[TaxRefused]] = {}

    def place(self, country: str, postcode: str) -> Place:
        """What matters of an address: all those of one place are taxed alike."""
        land = territory(country, postcode)
        known = self._lands.get(land)
        if known is None:
            known = self._lands[land] = Place(land, ""), self._prefixes_in(land)
        elsewhere, prefixes = known
        if prefixes:
            written = postcode.replace(" ", "")
            for prefix in prefixes:
                if written.startswith(prefix):
                    return Place(land, prefix)
        return elsewhere

    def resolve(self, supply: Supply) -> Tax:
        """The tax of the most specific rule that matches, then of the highest priority.

        A country is more specific than the European Union or the world, a longer postcode than a shorter one,
        more conditions than fewer. Raises UnknownTax, VatNumberMissing and AmbiguousTax, naming the place.
        """
        place = self.place(supply.country, supply.postcode)
        key = supply._replace(country=place.country, postcode=place.prefix)
        answer = self._answers.get(key)
        if answer is None:
            answer = self._answers[key] = self._answer(key)
        if isinstance(answer, TaxRule) and answer.tax is not None:
            return answer.tax
        refusal = _REFUSALS[answer.refusal] if isinstance(answer, TaxRule) else answer
        raise refusal(tax_class=supply.tax_class, country=place.country, postcode=supply.postcode)

    def _prefixes_in(self, land: str) -> tuple[str, ...]:
        named = {rule.postcode_prefix for rule in self._rules if rule.country in _countries_naming(land)}
        return tuple(sorted(named - {""}, key=len, reverse=True))

    def _answer(self, supply: Supply) -> TaxRule | type[TaxRefused]:
        matching = [rule for rule in self._rules if _matches(rule, supply)]
        if not matching:
            return UnknownTax
        best = max(_rank(rule) for rule in matching)
        chosen = [rule for rule in matching if _rank(rule) == best]
        if len({(rule.tax, rule.refusal) for rule in chosen}) > 1:
            return AmbiguousTax
        return chosen[0]


_REFUSALS: Final[dict[str, type[TaxRefused]]] = {
    Refusal.UNKNOWN_TAX: UnknownTax,
    Refusal.VAT_NUMBER_MISSING: VatNumberMissing,
}


def check_components(tax: Tax) -> None:
    """A tax has one VAT, though it may be of 0 %; what enters its base stands before it, what does not after it.

    Without VAT a reason is printed. Raises TaxWithoutVat, TaxOutOfOrder and TaxWithoutMention.
    """
    if tax.category != STANDARD and not (tax.mention_fr and tax.mention_en):
        raise TaxWithoutMention(tax=tax.code)
    kinds = [component.kind for component in tax.components]
    if kinds.count(VAT) != 1:
        raise TaxWithoutVat(tax=tax.code)
    place = kinds.index(VAT)
    before, after = tax.components[:place], tax.components[place + 1 :]
    if not all(each.in_base for each in before) or any(each.in_base for each in after):
        raise TaxOutOfOrder(tax=tax.code)


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


def _is_in_force(rule: TaxRule, on: dt.date) -> bool:
    return (rule.valid_from is None or rule.valid_from <= on) and (
        rule.valid_to is None or on < rule.valid_to
    )


def _countries_naming(land: str) -> tuple[str, str, str]:
    return "", land, EU if land in EU_COUNTRIES else WORLD


def _matches(rule: TaxRule, supply: Supply) -> bool:
    return (
        rule.seller == supply.seller
        and rule.tax_class in ("", supply.tax_class)
        and rule.country in _countries_naming(supply.country)
        and supply.postcode.startswith(rule.postcode_prefix)
        and rule.buyer_kind in ("", supply.buyer_kind)
        and rule.vat_number in ("", "valid" if supply.has_vat_number else "missing")
    )


def _rank(rule: TaxRule) -> tuple[int, int, int, int]:
    breadth = {"": 0, WORLD: 1, EU: 1}.get(rule.country, 2)
    conditions = sum(1 for value in (rule.tax_class, rule.buyer_kind, rule.vat_number) if value)
    return breadth, len(rule.postcode_prefix), conditions, rule.priority


def ranked(rules: Iterable[TaxRule], supply: Supply, on: dt.date) -> list[TaxRule]:
    """The rules in force that match a supply, the one that wins first."""
    matching = [rule for rule in rules if _is_in_force(rule, on) and _matches(rule, supply)]
    return sorted(matching, key=_rank, reverse=True)


def tied(rule: TaxRule, others: Iterable[TaxRule]) -> TaxRule | None:
    """One of the others that would match some supply as well as `rule` does and answer otherwise; None without one."""
    for other in others:
        answers = (rule.tax, rule.refusal), (other.tax, other.refusal)
        if answers[0] != answers[1] and _rank(rule) == _rank(other) and _may_meet(rule, other):
            return other
    return None


def _may_meet(one: TaxRule, other: TaxRule) -> bool:
    """Whether one supply may be matched by both, on some day that both are in force."""
    same_place = (one.seller, one.country, one.postcode_prefix) == (
        other.seller, other.country, other.postcode_prefix,
    )  # fmt: skip
    fields = ("tax_class", "buyer_kind", "vat_number")
    fits = all(
        "" in (getattr(one, name), getattr(other, name)) or getattr(one, name) == getattr(other, name)
        for name in fields
    )
    begins = max(one.valid_from or dt.date.min, other.valid_from or dt.date.min)
    ends = min(one.valid_to or dt.date.max, other.valid_to or dt.date.max)
    return same_place and fits and begins < ends
