"""What is sold, for those who choose or change it, and its prices, for what rates it.

What is sold and for how much is no secret among those who sign in; the prices of a customer are its own.
"""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from django.db.models import Q, QuerySet

from encaisse.catalog.models import AdvanceRule, Offer, OfferInclusion, PriceTier, PriceVersion, Product
from encaisse.catalog.rules.advances import AdvanceFacts
from encaisse.catalog.rules.pricing import PriceFacts, Pricing, Tier
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.scope import Scope
from encaisse.party.models import Customer

ORDERS: Final = {"code": "code", "name": "name_fr", "product": "product__code", "kind": "kind"}


class ProductRow(NamedTuple):
    """A product, or an offer, to choose."""

    id: int
    code: str
    name_fr: str
    name_en: str


class Wanted(NamedTuple):
    """What a list of offers is asked for; an empty field asks nothing. Each word of `text` is in code or name.

    `sold` is "yes" for what is still sold on `on`, "no" for what is not.
    """

    text: str = ""
    kind: str = ""
    product: str = ""
    sold: str = ""
    on: dt.date = dt.date.max


class OfferRow(NamedTuple):
    """An offer; nothing begins on it from `discontinued_on` on. `prices` are those of the list, the earliest first."""

    id: int
    code: str
    name_fr: str
    name_en: str
    product: str
    kind: str
    period_unit: str
    period_count: int
    timing: str
    discontinued_on: dt.date | None
    prices: tuple[PriceFacts, ...]


class InclusionRow(NamedTuple):
    """An offer that another one includes."""

    offer_id: int
    code: str
    name_fr: str
    name_en: str
    quantity: Decimal


class OwnPrice(NamedTuple):
    """A price of one customer."""

    customer: str
    price: PriceFacts


class OfferDetail(NamedTuple):
    """An offer, what it includes, what includes it, and the prices of the customers that the scope may see."""

    row: OfferRow
    product_id: int
    alignment: str
    proration: str
    meter: str
    aggregation: str
    inclusions: tuple[InclusionRow, ...]
    packages: tuple[InclusionRow, ...]
    own_prices: tuple[OwnPrice, ...]


EVERY: Final = Wanted()
FIRST: Final = Window()
_FIELDS: Final = (
    "pk", "code", "name_fr", "name_en", "product__code", "kind", "period_unit", "period_count", "timing",
    "discontinued_on",
)  # fmt: skip


def products(scope: Scope) -> tuple[ProductRow, ...]:
    """Every product, by code: what is sold is no secret among those who sign in."""
    rows = Product.objects.order_by("code").values_list("pk", "code", "name_fr", "name_en")
    return tuple(ProductRow(*row) for row in rows)


def offers(scope: Scope, wanted: Wanted = EVERY, *, window: Window = FIRST) -> Found[OfferRow]:
    """One window of the offers wanted, and how many there are."""
    found = Offer.objects.filter(
        **{
            column: value
            for column, value in (("kind", wanted.kind), ("product__code", wanted.product))
            if value
        }
    )
    for word in wanted.text.split():
        found = found.filter(
            Q(code__icontains=word) | Q(name_fr__icontains=word) | Q(name_en__icontains=word)
        )
    if wanted.sold:
        over = Q(discontinued_on__isnull=False, discontinued_on__lte=wanted.on)
        found = found.filter(over if wanted.sold == "no" else ~over)
    rows = list(window.cut(found, ORDERS).values_list(*_FIELDS))
    book = price_book(row[0] for row in rows)
    return Found(tuple(OfferRow._make((*row, _listed(book.get(row[0], ())))) for row in rows), found.count())


def offer(scope: Scope, offer_id: int) -> OfferDetail:
    """One offer. Raises NotFound."""
    found = Offer.objects.filter(pk=offer_id)
    row = found.values_list(*_FIELDS).first()
    more = found.values_list("product_id", "alignment", "proration", "meter", "aggregation").first()
    if row is None or more is None:
        raise NotFound(noun="offer")
    prices = price_book([offer_id]).get(offer_id, ())
    inclusions = OfferInclusion.objects.filter(offer_id=offer_id)
    packages = OfferInclusion.objects.filter(included_id=offer_id)
    return OfferDetail(
        OfferRow._make((*row, _listed(prices))),
        *more,
        inclusions=_included(inclusions.order_by("position"), "included"),
        packages=_included(packages.order_by("offer__code"), "offer"),
        own_prices=_own(scope, prices),
    )


def offer_names(scope: Scope) -> tuple[ProductRow, ...]:
    """Every offer by its code, to be chosen where contracts or accounts are narrowed to those that hold it."""
    rows = Offer.objects.order_by("code").values_list("pk", "code", "name_fr", "name_en")
    return tuple(ProductRow(*row) for row in rows)


def offer_choices(scope: Scope) -> tuple[InclusionRow, ...]:
    """Every offer that is no package, by code, to be part of one."""
    single = Offer.objects.filter(inclusions=None).order_by("code")
    rows = single.values_list("pk", "code", "name_fr", "name_en")
    return tuple(InclusionRow(*row, quantity=Decimal(1)) for row in rows)


def price(scope: Scope, version_id: int) -> PriceFacts:
    """One version of a price. Raises NotFound, also when it is of a customer whom the scope may not see."""
    version = PriceVersion.objects.filter(pk=version_id).first()
    if version is not None:
        facts = next(
            each
            for each in price_book([version.offer_id])[version.offer_id]
            if each.pricing.version_id == version_id
        )
        if facts.customer_id is None or _own(scope, (facts,)):
            return facts
    raise NotFound(noun="price")


def customer_coded(scope: Scope, reference: str) -> int | None:
    """The customer of that code, if the scope may see it."""
    return Customer.objects.visible_to(scope).filter(reference=reference).values_list("pk", flat=True).first()


def price_book(offer_ids: Iterable[int]) -> dict[int, tuple[PriceFacts, ...]]:
    """Every version of the prices of these offers, by offer, the earliest first: two reads, whatever their number.

    An offer without a price has no entry.
    """
    versions = PriceVersion.objects.filter(offer_id__in=set(offer_ids)).order_by("valid_from", "pk")
    tiers: dict[int, list[Tier]] = {}
    found = PriceTier.objects.filter(price_version__in=versions.order_by()).order_by(
        "price_version", "position"
    )
    for version_id, up_to, unit_price in found.values_list("price_version_id", "up_to", "unit_price"):
        tiers.setdefault(version_id, []).append(Tier(up_to, unit_price))
    book: dict[int, list[PriceFacts]] = {}
    for version in versions:
        pricing = _pricing(version, tuple(tiers.get(version.pk, ())))
        book.setdefault(version.offer_id, []).append(_facts(version, pricing))
    return {offer_id: tuple(prices) for offer_id, prices in book.items()}


def _pricing(version: PriceVersion, tiers: tuple[Tier, ...]) -> Pricing:
    return Pricing(
        version_id=version.pk,
        model=version.model,
        unit_price=version.unit_price,
        tiers=tiers,
        package_size=version.package_size,
        percent=version.percent,
        minimum_per_transaction=version.minimum_per_transaction,
        maximum_per_transaction=version.maximum_per_transaction,
        period_minimum=version.period_minimum,
        fixed_amount=version.fixed_amount,
    )


def _facts(version: PriceVersion, pricing: Pricing) -> PriceFacts:
    return PriceFacts(
        pricing=pricing,
        offer_id=version.offer_id,
        customer_id=version.customer_id,
        currency=version.currency,
        valid_from=version.valid_from,
        valid_to=version.valid_to,
    )


def _listed(prices: Iterable[PriceFacts]) -> tuple[PriceFacts, ...]:
    return tuple(each for each in prices if each.customer_id is None)


def _own(scope: Scope, prices: Iterable[PriceFacts]) -> tuple[OwnPrice, ...]:
    own = [each for each in prices if each.customer_id is not None]
    visible = Customer.objects.visible_to(scope).filter(pk__in={each.customer_id for each in own})
    names = dict(visible.values_list("pk", "name"))
    seen = [OwnPrice(names[each.customer_id], each) for each in own if each.customer_id in names]
    return tuple(sorted(seen, key=lambda each: (each.customer, each.price.valid_from)))


def _included(inclusions: QuerySet[OfferInclusion], side: str) -> tuple[InclusionRow, ...]:
    fields = (f"{side}_id", f"{side}__code", f"{side}__name_fr", f"{side}__name_en", "quantity")
    return tuple(InclusionRow(*row) for row in inclusions.values_list(*fields))


def advance_rules(offer_ids: Iterable[int], on: dt.date) -> dict[int, AdvanceFacts]:
    """What is asked in advance for these offers, of contracts that begin on that day, by offer."""
    rows = AdvanceRule.objects.filter(offer_id__in=offer_ids, valid_from__lte=on).order_by("valid_from", "pk")
    return {row[0]: AdvanceFacts(*row) for row in rows.values_list(*AdvanceFacts._fields)}


def advances_of_offer(scope: Scope, offer_id: int) -> tuple[AdvanceFacts, ...]:
    """Every rule that the offer ever had, the last said first: no secret among those who sign in."""
    rows = AdvanceRule.objects.filter(offer_id=offer_id).order_by("-valid_from", "-pk")
    return tuple(AdvanceFacts(*row) for row in rows.values_list(*AdvanceFacts._fields))
