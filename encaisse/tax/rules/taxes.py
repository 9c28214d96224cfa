"""What a tax is: components in order, of which one is VAT."""

from decimal import Decimal
from typing import Final, NamedTuple

from encaisse.tax.errors import TaxOutOfOrder, TaxWithoutMention, TaxWithoutVat

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


class ResolvedTax(NamedTuple):
    """A stored tax as a draft needs it: its key, its category and its components in order."""

    tax_id: int
    category: str
    components: tuple[Component, ...]


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
