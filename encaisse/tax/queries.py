"""The stored taxes and rules, ready to resolve."""

import datetime as dt
from collections.abc import Callable, Collection
from typing import NamedTuple

from encaisse.catalog.models import Product
from encaisse.kernel.scope import Scope
from encaisse.party.rules.identifiers import is_vat_number_of
from encaisse.party.rules.places import territory
from encaisse.tax import models
from encaisse.tax.errors import TaxRefused
from encaisse.tax.rules import (
    BuyerKind,
    Component,
    Place,
    ResolvedTax,
    Supply,
    Tax,
    TaxRule,
    TaxTable,
    nature,
    ranked,
)

TaxOf = Callable[[str], ResolvedTax]
Taxes = tuple[Tax, ...]


class Resolver:
    """Answers which tax a seller charges a buyer, from the rules in force on one day.

    It is asked once per account and once per charge of a run: answers are shared by the buyers of one kind at
    one place, however many postcodes it has. A refusal names the buyer's own postcode.
    """

    def __init__(self, seller: str, on: dt.date) -> None:
        taxes = _taxes()
        self._seller = seller
        self._resolved = {
            tax: ResolvedTax(tax_id, tax.category, tax.components) for tax_id, tax in taxes.items()
        }
        self._table = TaxTable((_rule(row, taxes) for row in models.Rule.objects.all()), on)
        self._answers: dict[tuple[Place, bool, bool], dict[str, ResolvedTax]] = {}
        self._for: dict[tuple[str, str, bool, bool], TaxOf] = {}

    def kind(
        self, country: str, postcode: str, vat_number: str, *, is_business: bool
    ) -> tuple[Place, bool, bool]:
        """What taxes depend on: buyers of one kind have the same for every class of products."""
        return self._table.place(country, postcode), is_business, is_vat_number_of(vat_number, country)

    def for_buyer(self, country: str, postcode: str, vat_number: str, *, is_business: bool) -> TaxOf:
        """The function from a product's tax class to its tax at the buyer's address. It raises TaxRefused."""
        has_vat_number = is_vat_number_of(vat_number, country)
        key = (country, postcode, is_business, has_vat_number)
        tax_of = self._for.get(key)
        if tax_of is None:
            tax_of = self._for[key] = self._tax_of(*key)
        return tax_of

    def _tax_of(self, country: str, postcode: str, is_business: bool, has_vat_number: bool) -> TaxOf:  # noqa: FBT001
        kind = BuyerKind.BUSINESS if is_business else BuyerKind.PERSON
        buyer = (country, postcode, kind, has_vat_number)
        shared = (self._table.place(country, postcode), is_business, has_vat_number)
        answers = self._answers.get(shared)
        if answers is None:
            answers = self._answers[shared] = {}

        def tax_of(tax_class: str) -> ResolvedTax:
            answer = answers.get(tax_class)
            if answer is None:
                tax = self._table.resolve(Supply(self._seller, tax_class, *buyer))
                answer = answers[tax_class] = self._resolved[tax]
            return answer

        return tax_of


def resolver(*, country: str, postcode: str, on: dt.date) -> Resolver:
    """The rules of a seller established at this address, in force on this day."""
    return Resolver(territory(country, postcode), on)


class RuleRow(NamedTuple):
    """One stored rule, and whether it was given an end."""

    id: int
    rule: TaxRule


class Tried(NamedTuple):
    """What a sale at an address would bear: a tax or the code of a refusal; the rules that match, the winner first."""

    tax: Tax | None
    refusal: str
    matching: tuple[RuleRow, ...]


def taxes(scope: Scope) -> Taxes:
    """Every tax, by code. Raises NotPermitted."""
    scope.require("configure")
    return tuple(sorted(_taxes().values(), key=lambda tax: tax.code))


def rules(scope: Scope) -> tuple[RuleRow, ...]:
    """Every rule, by seller and place, the most specific first. Raises NotPermitted."""
    scope.require("configure")
    rows = _rule_rows()
    return tuple(
        sorted(rows, key=lambda row: (row.rule.seller, row.rule.country, row.rule.tax_class, row.id))
    )


def tried(scope: Scope, seller: str, supply: Supply, on: dt.date) -> Tried:
    """Which rule wins for a sale on a day, among which. Raises NotPermitted."""
    scope.require("configure")
    rows = _rule_rows()
    table = TaxTable([row.rule for row in rows], on)
    place = table.place(supply.country, supply.postcode)
    asked = supply._replace(seller=seller, country=place.country)
    order = ranked([row.rule for row in rows], asked._replace(postcode=place.prefix), on)
    matching = tuple(row for rule in order for row in rows if row.rule is rule)
    try:
        return Tried(table.resolve(asked), "", matching)
    except TaxRefused as refused:
        return Tried(None, refused.code, matching)


def stored_rules() -> list[TaxRule]:
    """Every rule, to be compared with a new one."""
    return [row.rule for row in _rule_rows()]


def _rule_rows() -> list[RuleRow]:
    known = _taxes()
    return [RuleRow(row.pk, _rule(row, known)) for row in models.Rule.objects.order_by("pk")]


def resolved_taxes(tax_ids: Collection[int]) -> dict[int, ResolvedTax]:
    """These taxes as a draft needs them, by key."""
    return {
        tax_id: ResolvedTax(tax_id, tax.category, tax.components)
        for tax_id, tax in _taxes().items()
        if tax_id in tax_ids
    }


def regimes(legal_entity_id: int, on: dt.date) -> dict[str, str]:
    """What the entity chose for each tax class and holds on this day: `debits` or `receipts`."""
    rows = models.Regime.objects.filter(legal_entity_id=legal_entity_id, valid_from__lte=on)
    return dict(rows.order_by("valid_from", "pk").values_list("tax_class", "due_on"))


def deferred_classes(legal_entity_id: int, on: dt.date) -> frozenset[str]:
    """The tax classes of products of which the entity owes the VAT on receipts, for what it issues on this day.

    A variety such as `service-reduced` goes as its nature does unless the entity chose for it by name.
    """
    chosen = regimes(legal_entity_id, on)
    if models.DueOn.RECEIPTS not in chosen.values():
        return frozenset()
    sold = Product.objects.order_by().values_list("tax_class", flat=True).distinct()
    return frozenset(
        name for name in sold if chosen.get(name, chosen.get(nature(name))) == models.DueOn.RECEIPTS
    )


def _taxes() -> dict[int, Tax]:
    return {
        row.pk: Tax(
            row.code, row.name_fr, row.name_en, row.category, tuple(map(_component, row.components.all())),
            row.mention_fr, row.mention_en, row.vatex,
        )
        for row in models.Tax.objects.prefetch_related("components").order_by("pk")
    }  # fmt: skip


def _component(row: models.Component) -> Component:
    return Component(row.kind, row.rate, row.label_fr, row.label_en, row.account, row.per_unit, row.in_base)


def _rule(row: models.Rule, taxes: dict[int, Tax]) -> TaxRule:
    return TaxRule(
        seller=row.seller_country,
        tax_class=row.tax_class,
        country=row.buyer_country,
        postcode_prefix=row.postcode_prefix,
        buyer_kind=row.buyer_kind,
        vat_number=row.vat_number,
        priority=row.priority,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        tax=taxes[row.tax_id] if row.tax_id else None,
        refusal=row.refusal,
    )
