"""Which tax applies: the most specific of the rules that match, and why the others do not win."""

import datetime as dt
import enum
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from encaisse.party.rules.places import EU_COUNTRIES, territory
from encaisse.party.rules.postcodes import EVERYWHERE, Stretch, place_of, stretch, written
from encaisse.party.rules.regions import regions
from encaisse.tax.errors import (
    AmbiguousTax,
    PostcodesUnclear,
    RegionElsewhere,
    TaxRefused,
    UnknownRegion,
    UnknownTax,
    VatNumberMissing,
)
from encaisse.tax.rules.taxes import Tax

EU: Final = "EU"
WORLD: Final = "WORLD"


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
    state, or WORLD, any place outside it. `region` is an ISO 3166-2 code, postcodes go from the beginning of one to the
    end of another, `customer_category` is a code, `vat_number` is `valid` or `missing`. In force on `valid_from` and
    before `valid_to`. `id` is its key once it is stored.
    """

    seller: str
    tax_class: str = ""
    country: str = ""
    region: str = ""
    postcode_from: str = ""
    postcode_to: str = ""
    buyer_kind: str = ""
    customer_category: str = ""
    vat_number: str = ""
    priority: int = 0
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    tax: Tax | None = None
    refusal: str = ""
    id: int = 0


class Supply(NamedTuple):
    """What is sold, by whom and to whom. `seller` is a territory; the address is the buyer's.

    `has_vat_number` says whether the buyer has a valid number of its own country; `customer_category` is a code.
    """

    seller: str
    tax_class: str
    country: str
    postcode: str
    buyer_kind: str
    has_vat_number: bool
    customer_category: str = ""


class Place(NamedTuple):
    """The territory of an address, and the stretch of its postcodes that rules tell apart no further."""

    country: str
    postcodes: Stretch


class TaxTable:
    """The rules in force on one day, with the answer for each kind of supply remembered."""

    def __init__(self, rules: Iterable[TaxRule], on: dt.date) -> None:
        self.on = on
        self.rules = tuple(rules)
        self._in_force = [rule for rule in self.rules if _is_in_force(rule, on)]
        self._places: dict[tuple[str, str], Place] = {}
        self._lands: dict[str, tuple[Place, ...]] = {}
        self._answers: dict[tuple[Place, Supply], TaxRule | type[TaxRefused]] = {}
        # The categories of customers that matter at all.
        self.categories = frozenset(rule.customer_category for rule in self._in_force) - {""}

    def place(self, country: str, postcode: str) -> Place:
        """What matters of an address: all those of one place are taxed alike."""
        known = self._places.get((country, postcode))
        if known is None:
            known = self._places[country, postcode] = self._place(territory(country, postcode), postcode)
        return known

    def resolve(self, supply: Supply) -> Tax:
        """The tax of the rule that wins.

        The rule of a customer category wins over one for anybody; then a country over the European Union or the world,
        a region over its country, fewer postcodes over more, more conditions over fewer, the highest priority. Raises
        UnknownTax, VatNumberMissing and AmbiguousTax, naming the place.
        """
        place = self.place(supply.country, supply.postcode)
        answer = self.answer(place, supply)
        if isinstance(answer, TaxRule) and answer.tax is not None:
            return answer.tax
        refusal = _REFUSALS[answer.refusal] if isinstance(answer, TaxRule) else answer
        raise refusal(tax_class=supply.tax_class, country=place.country, postcode=supply.postcode)

    def answer(self, place: Place, supply: Supply) -> TaxRule | type[TaxRefused]:
        """The rule that wins at a place for a supply, whatever its own address; or why none does."""
        key = place, supply._replace(country="", postcode="")
        known = self._answers.get(key)
        if known is None:
            known = self._answers[key] = self._answer(place, supply)
        return known

    def matching(self, place: Place, supply: Supply) -> list[TaxRule]:
        """The rules in force that match a supply, the one that wins first."""
        found = [rule for rule in self._in_force if not unmet(rule, place, supply, self.on)]
        return sorted(found, key=rank, reverse=True)

    def near(self, place: Place, supply: Supply) -> list[TaxRule]:
        """The other rules of the seller that name this territory and what is sold, though they do not match."""
        return [
            rule
            for rule in self.rules
            if rule.seller == supply.seller
            and _names(rule, place.country)
            and rule.tax_class in ("", supply.tax_class)
            and unmet(rule, place, supply, self.on)
        ]

    def _place(self, land: str, postcode: str) -> Place:
        cells = self._lands.get(land)
        if cells is None:
            cells = self._lands[land] = self._cells(land)
        if len(cells) == 1:
            return cells[0]
        return cells[bisect_right(cells, place_of(postcode), key=lambda cell: cell.postcodes.first) - 1]

    def _cells(self, land: str) -> tuple[Place, ...]:
        """The postcodes of a territory, cut wherever a stretch that some rule names begins or ends."""
        cuts = {EVERYWHERE[0], EVERYWHERE[1] + 1}
        for rule in self._in_force:
            if rule.country in _countries_naming(land):
                cuts.update(cut for each in _stretches(rule) or () for cut in (each.first, each.last + 1))
        edges = sorted(cuts)
        return tuple(
            Place(land, Stretch(first, after - 1)) for first, after in zip(edges, edges[1:], strict=False)
        )

    def _answer(self, place: Place, supply: Supply) -> TaxRule | type[TaxRefused]:
        matching = self.matching(place, supply)
        if not matching:
            return UnknownTax
        chosen = [rule for rule in matching if rank(rule) == rank(matching[0])]
        if len({(rule.tax, rule.refusal) for rule in chosen}) > 1:
            return AmbiguousTax
        return chosen[0]


_REFUSALS: Final[dict[str, type[TaxRefused]]] = {
    Refusal.UNKNOWN_TAX: UnknownTax,
    Refusal.VAT_NUMBER_MISSING: VatNumberMissing,
}
RANKS: Final = ("customer_category", "country", "region", "postcodes", "conditions", "priority")
"""What makes one rule win over another, the first that differs."""


def rank(rule: TaxRule) -> tuple[int, int, int, int, int, int]:
    """How specific a rule is, in the order of RANKS."""
    breadth = {"": 0, WORLD: 1, EU: 1}.get(rule.country, 2)
    postcodes = (
        -stretch(rule.postcode_from, rule.postcode_to).breadth if rule.postcode_from else -EVERYWHERE[1]
    )
    conditions = sum(1 for value in (rule.tax_class, rule.buyer_kind, rule.vat_number) if value)
    return bool(rule.customer_category), breadth, bool(rule.region), postcodes, conditions, rule.priority


def surpassed(rule: TaxRule, winner: TaxRule) -> str:
    """By which of RANKS the winner wins over this rule; empty when they are equals and say the same."""
    pairs = zip(RANKS, rank(rule), rank(winner), strict=True)
    return next((name for name, own, better in pairs if own != better), "")


def unmet(rule: TaxRule, place: Place, supply: Supply, on: dt.date) -> str:
    """The first thing that a rule asks for and a supply at this place on this day is not; empty when it matches."""
    asked = (
        ("seller", rule.seller == supply.seller),
        ("tax_class", rule.tax_class in ("", supply.tax_class)),
        ("country", _names(rule, place.country)),
        ("postcodes", _covers(rule, place.postcodes)),
        ("buyer_kind", rule.buyer_kind in ("", supply.buyer_kind)),
        ("customer_category", rule.customer_category in ("", supply.customer_category)),
        ("vat_number", rule.vat_number in ("", "valid" if supply.has_vat_number else "missing")),
        ("validity", _is_in_force(rule, on)),
    )
    return next((name for name, is_met in asked if not is_met), "")


def placed(rule: TaxRule) -> TaxRule:
    """The rule with its place as rules are stored: a region names its country, one postcode is a stretch of its own.

    Raises UnknownRegion, RegionElsewhere, and PostcodesUnclear without a country or in the wrong order.
    """
    region = regions().get(rule.region)
    if rule.region and region is None:
        raise UnknownRegion(region=rule.region)
    if region and rule.country not in ("", region.country, region.code[:2]):
        raise RegionElsewhere(region=rule.region, country=rule.country)
    country = region.country if region else rule.country
    first, last = written(rule.postcode_from), written(rule.postcode_to) or written(rule.postcode_from)
    if last and (not first or len(country) != 2 or country == EU or stretch(first, last).breadth < 1):
        raise PostcodesUnclear(postcode_from=first, postcode_to=last)
    return rule._replace(country=country, postcode_from=first, postcode_to=last)


def tied(rule: TaxRule, others: Iterable[TaxRule]) -> TaxRule | None:
    """One of the others that would match some supply as well as `rule` does and answer otherwise; None without one."""
    for other in others:
        answers = (rule.tax, rule.refusal), (other.tax, other.refusal)
        if answers[0] != answers[1] and rank(rule) == rank(other) and _may_meet(rule, other):
            return other
    return None


def _may_meet(one: TaxRule, other: TaxRule) -> bool:
    """Whether one supply may be matched by both, on some day that both are in force."""
    same_place = (one.seller, one.country, one.region) == (other.seller, other.country, other.region)
    fields = ("tax_class", "buyer_kind", "vat_number", "customer_category")
    fits = all(
        "" in (getattr(one, name), getattr(other, name)) or getattr(one, name) == getattr(other, name)
        for name in fields
    )
    begins = max(one.valid_from or dt.date.min, other.valid_from or dt.date.min)
    ends = min(one.valid_to or dt.date.max, other.valid_to or dt.date.max)
    return same_place and fits and begins < ends and _overlap(_stretches(one), _stretches(other))


def _overlap(one: Sequence[Stretch] | None, other: Sequence[Stretch] | None) -> bool:
    if one is None or other is None:
        return True
    return any(a.first <= b.last and b.first <= a.last for a in one for b in other)


def _covers(rule: TaxRule, postcodes: Stretch) -> bool:
    named = _stretches(rule)
    return named is None or any(
        each.first <= postcodes.first and postcodes.last <= each.last for each in named
    )


@lru_cache(maxsize=4096)
def _stretches(rule: TaxRule) -> tuple[Stretch, ...] | None:
    """The postcodes that a rule is about, its region's among them; None when it is about all of its place."""
    region = regions()[rule.region].stretches if rule.region else ()
    if not rule.postcode_from:
        return region or None
    own = stretch(rule.postcode_from, rule.postcode_to)
    if not region:
        return (own,)
    return tuple(
        Stretch(max(own.first, each.first), min(own.last, each.last))
        for each in region
        if own.first <= each.last and each.first <= own.last
    )


def _is_in_force(rule: TaxRule, on: dt.date) -> bool:
    return (rule.valid_from is None or rule.valid_from <= on) and (
        rule.valid_to is None or on < rule.valid_to
    )


def _names(rule: TaxRule, land: str) -> bool:
    """Whether a territory is a rule's place: to a seller, the Union is its other members."""
    return rule.country in _countries_naming(land) and (rule.country, land) != (EU, rule.seller)


def _countries_naming(land: str) -> tuple[str, str, str]:
    return "", land, EU if land in EU_COUNTRIES else WORLD
