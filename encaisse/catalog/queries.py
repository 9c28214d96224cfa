"""What is sold, for those who choose it, and its prices, for what rates it."""

from collections.abc import Iterable
from typing import NamedTuple

from encaisse.catalog.models import PriceTier, PriceVersion, Product
from encaisse.catalog.rules.pricing import PriceFacts, Pricing, Tier
from encaisse.kernel.scope import Scope


class ProductRow(NamedTuple):
    """A product to choose."""

    id: int
    code: str
    name_fr: str
    name_en: str


def products(scope: Scope) -> tuple[ProductRow, ...]:
    """Every product, by code: what is sold is no secret among those who sign in."""
    rows = Product.objects.order_by("code").values_list("pk", "code", "name_fr", "name_en")
    return tuple(ProductRow(*row) for row in rows)


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
