"""The stored taxes and rules, ready to resolve."""

import datetime as dt
from collections.abc import Callable
from typing import Final

from encaisse.party.rules.places import territory
from encaisse.tax import models
from encaisse.tax.rules import BuyerKind, Component, ResolvedTax, Supply, Tax, TaxRule, TaxTable

# Greece writes its VAT numbers with EL.
_VAT_PREFIXES: Final = {"GR": "EL"}


class Resolver:
    """Answers which tax a seller charges a buyer, from the rules in force on one day, each answer remembered."""

    def __init__(self, seller: str, on: dt.date) -> None:
        taxes = _taxes()
        self._seller = seller
        self._ids = {tax.code: tax_id for tax_id, tax in taxes.items()}
        self._table = TaxTable((_rule(row, taxes) for row in models.Rule.objects.all()), on)
        self._for: dict[tuple[str, str, str, bool], Callable[[str], ResolvedTax]] = {}

    def for_buyer(
        self, country: str, postcode: str, vat_number: str, *, is_business: bool
    ) -> Callable[[str], ResolvedTax]:
        """The function from a product's tax class to its tax at the buyer's address. It raises TaxRefused."""
        known = bool(vat_number) and vat_number.startswith(_VAT_PREFIXES.get(country, country))
        kind = BuyerKind.BUSINESS if is_business else BuyerKind.PERSON
        key = (country, postcode, kind, known)
        if key not in self._for:
            self._for[key] = self._function(country, postcode, kind, has_vat_number=known)
        return self._for[key]

    def _function(
        self, country: str, postcode: str, kind: BuyerKind, *, has_vat_number: bool
    ) -> Callable[[str], ResolvedTax]:
        answers: dict[str, ResolvedTax] = {}

        def tax_of(tax_class: str) -> ResolvedTax:
            if tax_class not in answers:
                supply = Supply(self._seller, tax_class, country, postcode, kind, has_vat_number)
                tax = self._table.resolve(supply)
                answers[tax_class] = ResolvedTax(self._ids[tax.code], tax.category, tax.components)
            return answers[tax_class]

        return tax_of


def resolver(*, country: str, postcode: str, on: dt.date) -> Resolver:
    """The rules of a seller established at this address, in force on this day."""
    return Resolver(territory(country, postcode), on)


def _taxes() -> dict[int, Tax]:
    return {
        row.pk: Tax(
            row.code, row.name_fr, row.name_en, row.category, tuple(_component(one) for one in row.components.all()),
            row.mention_fr, row.mention_en, row.vatex,
        )
        for row in models.Tax.objects.prefetch_related("components").order_by("pk")
    }  # fmt: skip


def _component(row: models.Component) -> Component:
    return Component(row.kind, row.rate, row.label_fr, row.label_en, row.account)


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
