"""Rules of taxes and why one won, in words."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk.lists import lines
from encaisse.party.rules.regions import REGIONS
from encaisse.party.rules.regions import regions as by_code
from encaisse.tax.queries import CategoryRow, Lost
from encaisse.tax.rules.choosing import BuyerKind, Refusal, Supply, TaxRule
from encaisse.tax.rules.taxes import Tax
from encaisse.ui import formats, words
from encaisse.ui.lists import Column, Table
from encaisse.ui.shapes import Status, Tone, Words

CLASSES: Final[Mapping[str, Words]] = {
    "service": gettext_lazy("Services"),
    "goods": gettext_lazy("Goods"),
}
KINDS: Final[Mapping[str, Words]] = {
    BuyerKind.BUSINESS: gettext_lazy("A business"),
    BuyerKind.PERSON: gettext_lazy("A private person"),
}
NUMBERS: Final[Mapping[str, Words]] = {
    "valid": gettext_lazy("A valid VAT number"),
    "missing": gettext_lazy("No valid VAT number"),
}
UNIONS: Final[Mapping[str, Words]] = {
    "EU": gettext_lazy("Another country of the European Union"),
    "WORLD": gettext_lazy("Outside the European Union"),
}
REFUSALS: Final[Mapping[str, Words]] = {
    Refusal.UNKNOWN_TAX: gettext_lazy("No tax: the account waits"),
    Refusal.VAT_NUMBER_MISSING: gettext_lazy("A VAT number is asked for: the account waits"),
    "ambiguous_tax": gettext_lazy("Two rules tie: the account waits"),
}
EVERY_REGION: Final = gettext_lazy("All of the country")
# What a winner has over a rule that matches as well.
BEHIND: Final[Mapping[str, Words]] = {
    "customer_category": gettext_lazy("The winner names the category of the customer."),
    "country": gettext_lazy("The winner names the country more closely."),
    "region": gettext_lazy("The winner names the region."),
    "postcodes": gettext_lazy("The winner names fewer postcodes."),
    "conditions": gettext_lazy("The winner asks for more."),
    "priority": gettext_lazy("The winner has a higher priority."),
    "": gettext_lazy("It is as specific and says the same."),
}
# What a rule asks for and a sale is not.
UNMET: Final[Mapping[str, Words]] = {
    "seller": gettext_lazy("It is about another seller."),
    "tax_class": gettext_lazy("It is about other products."),
    "country": gettext_lazy("It is about another country."),
    "postcodes": gettext_lazy("The postcode is not within its own."),
    "buyer_kind": gettext_lazy("It is about another kind of buyer."),
    "customer_category": gettext_lazy("It is about another category of customers."),
    "vat_number": gettext_lazy("It asks otherwise for a VAT number."),
    "validity": gettext_lazy("It was not in force on that day."),
}


def named(tax: Tax) -> str:
    """The name of a tax in the reader's language."""
    return tax.name_fr if formats.in_french() else tax.name_en


def answer(tax: Tax | None, refusal: str) -> Status:
    """What a rule answers."""
    if tax:
        return Status(named(tax), Tone.GOOD)
    return Status(REFUSALS.get(refusal, refusal), Tone.WARN)


def sold(tax_class: str) -> Words:
    """What a rule is about."""
    return CLASSES.get(tax_class, tax_class or _("Anything"))


def regions() -> list[tuple[str, str]]:
    """The regions to choose from, by name."""
    by_name = sorted((_region(each.code), each.code) for each in REGIONS)
    return [(code, f"{name} ({code})") for name, code in by_name]


def categories(rows: Iterable[CategoryRow]) -> list[tuple[str, str]]:
    """The categories of customers to choose from, by code."""
    return [(row.code, row.name_fr if formats.in_french() else row.name_en) for row in rows]


def place(rule: TaxRule) -> Iterator[Words]:
    """Where a rule's buyers are, a line each."""
    if rule.country:
        yield UNIONS.get(rule.country) or words.country(rule.country)
    else:
        yield _("Anywhere")
    if rule.region:
        yield _region(rule.region)
    if rule.postcode_from and rule.postcode_from == rule.postcode_to:
        yield f"{rule.postcode_from}…"
    elif rule.postcode_from:
        yield f"{rule.postcode_from} – {rule.postcode_to}"


def buyer(rule: TaxRule) -> tuple[Words, ...]:
    """Who a rule's buyers are."""
    said = (KINDS.get(rule.buyer_kind), rule.customer_category, NUMBERS.get(rule.vat_number))
    return tuple(each for each in said if each) or (_("Anybody"),)


def validity(rule: TaxRule) -> str:
    """The days on which a rule is in force."""
    first = formats.date(rule.valid_from) if rule.valid_from else ""
    last = formats.date(rule.valid_to - dt.timedelta(1)) if rule.valid_to else ""
    if first and last:
        return f"{first} – {last}"
    if first or last:
        return (_("from %(day)s") if first else _("until %(day)s")) % {"day": first or last}
    return _("Always")


def sale(supply: Supply, on: dt.date) -> Iterator[Words]:
    """What a sale was when its tax was chosen, a line each."""
    yield f"{words.country(supply.country)} {supply.postcode}".strip()
    yield KINDS[supply.buyer_kind]
    if supply.customer_category:
        yield _("Category %(code)s") % {"code": supply.customer_category}
    if supply.has_vat_number:
        yield NUMBERS["valid"]
    yield _("Rules of %(day)s") % {"day": formats.date(on)}


def said(rule: TaxRule) -> Any:
    """A rule in a few lines: where, what, for whom, when."""
    when = validity(rule)
    return lines(
        (*place(rule), sold(rule.tax_class), *buyer(rule), *((when,) if when != _("Always") else ()))
    )


def because(one: Lost) -> Words:
    """Why a rule did not win."""
    return UNMET[one.unmet] if one.unmet else BEHIND[one.behind]


def lost(rules: tuple[Lost, ...]) -> Table:
    """The rules that did not win, each with why."""
    columns = (
        Column("answer", _("Answer"), show=lambda one: answer(one.rule.tax, one.rule.refusal).label),
        Column("rule", _("Rule"), show=lambda one: said(one.rule)),
        Column("because", _("Why it did not win"), show=because),
    )
    return Table(columns, rules, name="lost", caption=_("Rules that did not win"))


def _region(code: str) -> str:
    region = by_code()[code]
    return region.name_fr if formats.in_french() else region.name_en
