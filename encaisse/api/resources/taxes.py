"""Taxes, the rules that choose one, and what a sale would bear. They belong to every legal entity: a test key reads
them only."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from ninja import Query
from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from encaisse.api.fields import (
    CategoryKey,
    CategoryRef,
    DecimalGiven,
    DecimalTold,
    EntityKey,
    Given,
    LineGiven,
    Name,
    Page,
    TaxRuleKey,
    TaxRuleRef,
    Text,
    Told,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.operations import categories
from encaisse.party.rules.identifiers import is_vat_number_of
from encaisse.party.rules.places import territory
from encaisse.party.rules.regions import REGIONS
from encaisse.tax import operations, queries
from encaisse.tax.queries import Lost, Tried
from encaisse.tax.rules import taxes as rules
from encaisse.tax.rules.choosing import Supply, TaxRule

resource = Resource("Taxes")
CONFIGURES = "configure"
DAY = dt.timedelta(days=1)
Country = Annotated[str, Text(2, 2, "^[A-Z]{2}$")]
Postcode = Annotated[str, Text(10)]
TaxClass = Annotated[str, Text(50)]
CategoryCode = Annotated[str, Text(40, 0, "^[a-z0-9-]*$")]


class Category(Told):
    """A kind of customers that rules may name by its code. `customers` counts those that the key sees."""

    id: CategoryRef
    code: str
    name_fr: str
    name_en: str
    customers: int


class CategoryNames(Given):
    """What a category is called."""

    name_fr: Name
    name_en: Name


class NewCategory(CategoryNames):
    """A category to be. Its code is of small letters, digits and hyphens, and stays."""

    code: Annotated[str, Text(40, 1, "^[a-z0-9]([a-z0-9-]*[a-z0-9])?$")]


class Region(Told):
    """A region that rules may name, by its code of ISO 3166-2: a postcode tells it."""

    code: str
    country: str
    name_fr: str
    name_en: str


class TaxRate(Told):
    """One component of a tax: a rate in percent, or an amount for each unit, and the account that it is posted to.

    One that is `in_base` enters the base of those after it.
    """

    kind: str
    rate: DecimalTold
    label_fr: str
    label_en: str
    account: str
    per_unit: DecimalTold | None
    in_base: bool


class Tax(Told):
    """A tax. `category` is EN 16931's; a mention is printed where VAT is not charged."""

    code: str
    name_fr: str
    name_en: str
    category: str
    components: list[TaxRate]
    mention_fr: str
    mention_en: str
    vatex: str


class Rule(Told):
    """Which sales a rule is about, and the tax that it answers, or why it refuses. What is empty matches anything;
    `valid_to` is exclusive."""

    id: TaxRuleRef
    seller: str
    tax_class: str
    country: str
    region: str
    postcode_from: str
    postcode_to: str
    buyer_kind: str
    customer_category: str
    vat_number: str
    priority: int
    valid_from: dt.date | None
    valid_to: dt.date | None
    tax: str | None
    refusal: str


class ComponentGiven(Given):
    """One component of a tax: a rate in percent, or an amount for each unit. In the order of their computing."""

    kind: Literal["vat", "other"] = "vat"
    rate: DecimalGiven = Field(Decimal(0), ge=0, lt=100)
    label_fr: Name
    label_en: Name
    account: Annotated[str, Text(10, 2, "^[0-9]+$")] = "44571"
    per_unit: DecimalGiven | None = Field(None, gt=0)
    in_base: bool = False

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.kind == "vat" and (self.per_unit is not None or self.in_base) or self.per_unit and self.rate:
            raise PydanticCustomError("one_of", "one of them", {"names": "rate, per_unit"})
        return self


class TaxGiven(Given):
    """A tax. `category` is EN 16931's; where it is not S, mentions say why no VAT is charged."""

    code: Annotated[str, Text(50, 1)]
    name_fr: Name
    name_en: Name
    category: Literal["S", "E", "AE", "G", "K", "O"] = "S"
    components: list[ComponentGiven] = Field(min_length=1, max_length=5)
    mention_fr: LineGiven = ""
    mention_en: LineGiven = ""
    vatex: Annotated[str, Text(20)] = ""

    def tax(self) -> rules.Tax:
        """The same as the operation takes it."""
        components = tuple(rules.Component(**each.dict()) for each in self.components)
        return rules.Tax(**self.dict(exclude={"components"}), components=components)


class RuleGiven(Given):
    """A rule: which sales it is about, and the code of a tax or of a refusal. Places are ISO codes; EU is its other
    members, WORLD what is outside. A region is one of ISO 3166-2 and names its country. Postcodes go from the beginning
    of one to the end of another: 75 alone is every one that begins so. `valid_to` is exclusive."""

    seller: Country = "FR"
    tax_class: TaxClass = ""
    country: Annotated[str, Text(5, 0, "^([A-Z]{2}|WORLD)?$")] = ""
    region: Annotated[str, Text(6, 0, "^([A-Z]{2}-[A-Z0-9]{1,3})?$")] = ""
    postcode_from: Postcode = ""
    postcode_to: Postcode = ""
    buyer_kind: Literal["", "business", "person"] = ""
    customer_category: CategoryCode = ""
    vat_number: Literal["", "valid", "missing"] = ""
    priority: int = Field(0, ge=0, le=100)
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    answer: Annotated[str, Text(50, 1)]

    def rule(self, scope: Scope) -> TaxRule:
        """The same as the operation takes it."""
        said = self.dict(exclude={"answer"})
        known = {tax.code: tax for tax in queries.taxes(scope)}
        if self.answer in known:
            return TaxRule(**said, tax=known[self.answer])
        if self.answer not in ("unknown_tax", "vat_number_missing"):
            raise NotFound(noun="tax")
        return TaxRule(**said, refusal=self.answer)


class RuleEnd(Given):
    """The first day on which the rule no longer holds."""

    valid_to: dt.date = Field(gt=dt.date(2000, 1, 1))


class SaleAsked(Given):
    """A sale that does not exist: by whom, to whom, of what."""

    legal_entity_id: EntityKey
    country: Country = "FR"
    postcode: Postcode = ""
    buyer_kind: Literal["business", "person"] = "business"
    vat_number: Annotated[str, Text(20)] = ""
    customer_category: CategoryCode = ""
    tax_class: Annotated[str, Text(50, 1)] = "service"

    def supply(self) -> Supply:
        """The same as the query takes it."""
        has_number = is_vat_number_of(self.vat_number.replace(" ", "").upper(), self.country)
        place = (self.country, self.postcode.replace(" ", ""))
        return Supply("", self.tax_class, *place, self.buyer_kind, has_number, self.customer_category)


class LostRule(Told):
    """A rule that does not win: either the winner is ahead of it in `behind`, or `unmet` of what it asks is not so.
    Both are empty when it says the same as the winner."""

    rule: Rule
    behind: str
    unmet: str

    @staticmethod
    def resolve_rule(found: Lost) -> dict[str, Any]:
        """As its list tells it."""
        return rule_told(found.rule)


class Answer(Told):
    """What a sale would bear today: a tax, or the code of a refusal; the rules that match, the winner first; and why
    the others of this place and product do not win."""

    tax: str | None
    refusal: str
    matching: list[Rule]
    lost: list[LostRule]

    @staticmethod
    def resolve_tax(found: Tried) -> str | None:
        """Its code."""
        return found.tax.code if found.tax else None

    @staticmethod
    def resolve_matching(found: Tried) -> list[dict[str, Any]]:
        """Each as its list tells it."""
        return [rule_told(each) for each in found.matching]


@resource.get("/taxes", Page[Tax], CONFIGURES)
def list_taxes(request: ProgramRequest) -> Any:
    """List taxes.

    All of them at once, by code.
    """
    return whole(queries.taxes(request.scope))


@resource.post("/taxes", Tax, CONFIGURES)
def create_tax(request: ProgramRequest, said: TaxGiven) -> Any:
    """Add a tax.

    Rules say where it applies. It never changes, since documents name it.
    """
    operations.add_tax(request.scope, said.tax())
    return next(each for each in queries.taxes(request.scope) if each.code == said.code)


@resource.get("/taxes/of-a-sale", Answer, CONFIGURES)
def try_tax(request: ProgramRequest, asked: Query[SaleAsked]) -> Any:
    """Read what a sale would bear.

    Which rule wins today, and among which.
    """
    seller = party.legal_entity(request.scope, asked.legal_entity_id)
    place = territory(seller.identity.country, seller.identity.postcode)
    return queries.tried(request.scope, place, asked.supply(), clock.today(seller.timezone))


@resource.get("/tax-regions", Page[Region], CONFIGURES)
def list_tax_regions(request: ProgramRequest) -> Any:
    """List the regions that rules may name.

    All of them at once. Elsewhere postcodes do not tell the region, and rules name postcodes.
    """
    return whole(REGIONS)


@resource.get("/customer-categories", Page[Category])
def list_customer_categories(request: ProgramRequest) -> Any:
    """List the categories of customers.

    All of them at once, by code.
    """
    return whole(queries.categories(request.scope))


@resource.post("/customer-categories", Category, CONFIGURES)
def create_customer_category(request: ProgramRequest, said: NewCategory) -> Any:
    """Add a category of customers.

    Customers name it, and rules of taxes may ask for it.
    """
    return _category(request.scope, categories.add_category(request.scope, **said.dict()))


@resource.put("/customer-categories/{category_id}", Category, CONFIGURES)
def rename_customer_category(request: ProgramRequest, category_id: CategoryKey, said: CategoryNames) -> Any:
    """Call a category of customers otherwise.

    Its code stays.
    """
    categories.rename_category(request.scope, category_id, **said.dict())
    return _category(request.scope, category_id)


@resource.get("/tax-rules", Page[Rule], CONFIGURES)
def list_tax_rules(request: ProgramRequest) -> Any:
    """List the rules that choose a tax.

    All of them at once, by seller and place.
    """
    return whole([rule_told(each) for each in queries.rules(request.scope)])


@resource.post("/tax-rules", Rule, CONFIGURES)
def create_tax_rule(request: ProgramRequest, said: RuleGiven) -> Any:
    """Add a rule.

    It counts for what is drafted from now on.
    """
    return _told(request.scope, operations.add_rule(request.scope, said.rule(request.scope)))


@resource.put("/tax-rules/{rule_id}/end", Rule, CONFIGURES)
def end_tax_rule(request: ProgramRequest, rule_id: TaxRuleKey, said: RuleEnd) -> Any:
    """Say when a rule ends.

    What was drafted keeps its tax.
    """
    operations.end_rule(request.scope, rule_id, last_day=said.valid_to - DAY)
    return _told(request.scope, rule_id)


def rule_told(rule: TaxRule) -> dict[str, Any]:
    """A rule, with the code of its tax."""
    return rule._asdict() | {"tax": rule.tax.code if rule.tax else None}


def _category(scope: Scope, category_id: int) -> Any:
    return next(each for each in queries.categories(scope) if each.id == category_id)


def _told(scope: Scope, rule_id: int) -> dict[str, Any]:
    return next(rule_told(each) for each in queries.rules(scope) if each.id == rule_id)
