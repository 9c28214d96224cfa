"""The stored taxes and rules, ready to resolve."""

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Iterator
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count

from encaisse.catalog.models import Product
from encaisse.kernel import sql
from encaisse.kernel.scope import Scope
from encaisse.party.models import Category, Customer
from encaisse.party.rules.identifiers import is_vat_number_of
from encaisse.party.rules.places import EU_COUNTRIES, territory
from encaisse.party.rules.postcodes import Stretch, place_of
from encaisse.tax import models
from encaisse.tax.errors import TaxRefused, VatNumberInvalid, VatNumberMissing
from encaisse.tax.rules.choosing import BuyerKind, Place, Supply, TaxRule, TaxTable, surpassed, unmet
from encaisse.tax.rules.taxes import Component, ResolvedTax, Tax, nature

TaxOf = Callable[[str], ResolvedTax]
Taxes = tuple[Tax, ...]


class Kind(NamedTuple):
    """What taxes depend on: buyers of one kind have the same for every class of products.

    The category of a customer is a code, and empty unless some rule in force names it.
    """

    place: Place
    is_business: bool
    has_vat_number: bool
    customer_category: str

    def supply(self, seller: str, tax_class: str) -> Supply:
        """The sale of something to a buyer of this kind."""
        buyer = BuyerKind.BUSINESS if self.is_business else BuyerKind.PERSON
        return Supply(seller, tax_class, "", "", buyer, self.has_vat_number, self.customer_category)


class Resolver:
    """Answers which tax a seller charges a buyer, from the rules in force on one day.

    It is asked once per account and once per charge of a run: answers are shared by the buyers of one kind at
    one place, however many postcodes it has. A refusal names the buyer's own postcode.
    """

    def __init__(self, seller: str, on: dt.date) -> None:
        taxes = _taxes()
        self.seller, self.on = seller, on
        self._resolved = {
            tax: ResolvedTax(tax_id, tax.category, tax.components) for tax_id, tax in taxes.items()
        }
        self._table = TaxTable(stored_rules(), on)
        named = Category.objects.filter(code__in=self._table.categories)
        # As COPY writes their keys.
        self._categories = {str(key): code for key, code in named.values_list("pk", "code")}
        # Numbers that the register knows not: whoever has one is taxed as who has none.
        self._invalid = numbers_held()
        self._answers: dict[Kind, dict[str, ResolvedTax]] = {}
        self._for: dict[tuple[str, str, Kind], TaxOf] = {}

    def kind(
        self, country: str, postcode: str, vat_number: str, *, is_business: bool, category: str = ""
    ) -> Kind:
        """The kind of a buyer; `category` is the key of the customer's."""
        has_vat_number = vat_number not in self._invalid and is_vat_number_of(vat_number, country)
        of = self._categories.get(category, "")
        return Kind(self._table.place(country, postcode), is_business, has_vat_number, of)

    def for_buyer(self, country: str, postcode: str, kind: Kind) -> TaxOf:
        """The function from a product's tax class to its tax for a buyer of a kind. It raises TaxRefused, which names
        the address."""
        key = (country, postcode, kind)
        tax_of = self._for.get(key)
        if tax_of is None:
            tax_of = self._for[key] = self._tax_of(country, postcode, kind)
        return tax_of

    def held(self, vat_number: str, tax_of: TaxOf) -> TaxOf:
        """The same for a buyer with this number: where one is missing that the register knows not, it is named."""
        if vat_number not in self._invalid:
            return tax_of

        def named(tax_class: str) -> ResolvedTax:
            try:
                return tax_of(tax_class)
            except VatNumberMissing as missing:
                raise VatNumberInvalid(number=vat_number, **missing.facts()) from missing

        return named

    def choice(self, kind: Kind, tax_class: str) -> models.Choice:
        """Why a buyer of this kind is charged a tax, to be stored with what was drafted. The tax was asked before."""
        supply = kind.supply(self.seller, tax_class)
        winner, *matched = [rule.id for rule in self._table.matching(kind.place, supply)]
        return models.Choice(
            on=self.on,
            seller=self.seller,
            tax_class=tax_class,
            place=kind.place.country,
            first_postcode=kind.place.postcodes.first,
            last_postcode=kind.place.postcodes.last,
            buyer_kind=supply.buyer_kind,
            customer_category=kind.customer_category,
            has_vat_number=kind.has_vat_number,
            tax_id=self._answers[kind][tax_class].tax_id,
            rule_id=winner,
            matched=matched,
            near=[rule.id for rule in self._table.near(kind.place, supply)],
        )

    def _tax_of(self, country: str, postcode: str, kind: Kind) -> TaxOf:
        answers = self._answers.setdefault(kind, {})

        def tax_of(tax_class: str) -> ResolvedTax:
            answer = answers.get(tax_class)
            if answer is None:
                asked = kind.supply(self.seller, tax_class)._replace(country=country, postcode=postcode)
                answer = answers[tax_class] = self._resolved[self._table.resolve(asked)]
            return answer

        return tax_of


def resolver(*, country: str, postcode: str, on: dt.date) -> Resolver:
    """The rules of a seller established at this address, in force on this day."""
    return Resolver(territory(country, postcode), on)


class CategoryRow(NamedTuple):
    """A category of customers, and how many of it the scope may see."""

    id: int
    code: str
    name_fr: str
    name_en: str
    customers: int


class Buyer(NamedTuple):
    """Who was sold to, as the document was made with them."""

    country: str
    postcode: str
    vat_number: str
    is_business: bool


class Lost(NamedTuple):
    """A rule that did not win: the winner is ahead of it in `behind` (one of RANKS, empty between equals that say the
    same), or `unmet` of what it asks for was not so."""

    rule: TaxRule
    behind: str
    unmet: str = ""


class Explained(NamedTuple):
    """Why a sale bears a tax: what it was, on which day, the rule that won, and why others did not."""

    tax_id: int
    on: dt.date
    supply: Supply
    winner: TaxRule
    lost: tuple[Lost, ...]


class Tried(NamedTuple):
    """What a sale at an address would bear: a tax or the code of a refusal; the rules that match, the winner first, and
    why the others of this place and product do not win."""

    tax: Tax | None
    refusal: str
    matching: tuple[TaxRule, ...]
    lost: tuple[Lost, ...]


def taxes(scope: Scope) -> Taxes:
    """Every tax, by code. Raises NotPermitted."""
    scope.require("configure")
    return tuple(sorted(_taxes().values(), key=lambda tax: tax.code))


def rules(scope: Scope) -> tuple[TaxRule, ...]:
    """Every rule, by seller and place. Raises NotPermitted."""
    scope.require("configure")
    return tuple(
        sorted(
            stored_rules(), key=lambda rule: (rule.seller, rule.country, rule.region, rule.tax_class, rule.id)
        )
    )


def categories(scope: Scope) -> tuple[CategoryRow, ...]:
    """The categories of customers that rules may name, by code, with how many customers are of each."""
    seen = Customer.objects.visible_to(scope).exclude(category=None).order_by()
    counted = dict(seen.values_list("category_id").annotate(n=Count("pk")))
    rows = Category.objects.order_by("code").values_list("pk", "code", "name_fr", "name_en")
    return tuple(CategoryRow(*row, counted.get(row[0], 0)) for row in rows)


def tried(scope: Scope, seller: str, supply: Supply, on: dt.date) -> Tried:
    """Which rule wins for a sale on a day, among which. Raises NotPermitted."""
    scope.require("configure")
    table = TaxTable(stored_rules(), on)
    place = table.place(supply.country, supply.postcode)
    asked = supply._replace(seller=seller, country=place.country)
    near = table.near(place, asked)
    matching = table.matching(place, asked)
    lost = (
        *(Lost(rule, surpassed(rule, matching[0])) for rule in matching[1:]),
        *_near(near, place, asked, on),
    )
    try:
        return Tried(table.resolve(asked), "", tuple(matching), lost)
    except TaxRefused as refused:
        return Tried(None, refused.code, tuple(matching), lost)


def explained(
    run_id: int, account_id: int, drafted_at: dt.datetime, buyer: Buyer
) -> dict[tuple[str, int], Explained]:
    """Why what a run drafted for an account at a moment bears its taxes, by class of products and tax.

    A draft that was made anew at another rate keeps the taxes, and so the reasons, of the one before.
    """
    land, code = territory(buyer.country, buyer.postcode), place_of(buyer.postcode)
    found = models.Choice.objects.filter(
        run_id=run_id,
        first_account__lte=account_id,
        last_account__gte=account_id,
        made_at__lte=drafted_at,
        place=land,
        first_postcode__lte=code,
        last_postcode__gte=code,
        buyer_kind=BuyerKind.BUSINESS if buyer.is_business else BuyerKind.PERSON,
    ).order_by("made_at", "pk")
    own = [each for each in found if not each.accounts or account_id in each.accounts]
    by_key = {rule.id: rule for rule in stored_rules()} if own else {}
    # The latest that was made before it; of the same moment the one about this customer's category, then about a buyer
    # with such a number. One whose number the register knew not was taxed otherwise, as who has none.
    has_number = is_vat_number_of(buyer.vat_number, buyer.country)
    own.sort(key=lambda each: (each.made_at, bool(each.accounts), each.has_vat_number == has_number))
    return {(each.tax_class, each.tax_id): _explained(each, buyer, by_key) for each in own}


def _explained(choice: models.Choice, buyer: Buyer, by_key: dict[int, TaxRule]) -> Explained:
    winner = by_key[choice.rule_id]
    place = Place(choice.place, Stretch(choice.first_postcode, choice.last_postcode))
    supply = Supply(
        choice.seller, choice.tax_class, choice.place, buyer.postcode, choice.buyer_kind, choice.has_vat_number,
        choice.customer_category,
    )  # fmt: skip
    near = _near([by_key[key] for key in choice.near], place, supply, choice.on)
    lost = (*(Lost(rule, surpassed(rule, winner)) for rule in map(by_key.__getitem__, choice.matched)), *near)
    return Explained(choice.tax_id, choice.on, supply, winner, lost)


def _near(rules: Iterable[TaxRule], place: Place, supply: Supply, on: dt.date) -> Iterator[Lost]:
    return (Lost(rule, "", unmet(rule, place, supply, on)) for rule in rules)


def stored_rules() -> list[TaxRule]:
    """Every rule, by key."""
    known = _taxes()
    rows = models.Rule.objects.select_related("customer_category").order_by("pk")
    return [_rule(row, known) for row in rows]


def numbers_due(
    *, since: dt.datetime, tried: dt.datetime, number: str | None, most: int
) -> list[tuple[str, str]]:
    """The VAT numbers to ask registers for, each with that of the seller who asks; see `numbers_due.sql`."""
    where = {"since": since, "tried": tried, "number": number, "most": most}
    return [tuple(row) for row in sql.rows("tax", "numbers_due", where | {"countries": sorted(EU_COUNTRIES)})]


def numbers_held() -> frozenset[str]:
    """The VAT numbers that the register of their country knows not, by its newest answer; none when nothing is to wait
    for that."""
    if not settings.HOLD_INVALID_VAT_NUMBERS:
        return frozenset()
    return frozenset(str(number) for (number,) in sql.rows("tax", "invalid_numbers"))


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
        region=row.region,
        postcode_from=row.postcode_from,
        postcode_to=row.postcode_to,
        buyer_kind=row.buyer_kind,
        customer_category=row.customer_category.code if row.customer_category else "",
        vat_number=row.vat_number,
        priority=row.priority,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        tax=taxes[row.tax_id] if row.tax_id else None,
        refusal=row.refusal,
        id=row.pk,
    )
