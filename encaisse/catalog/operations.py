"""Every write of products, offers and the versions of their prices."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final

from django.db import transaction

from encaisse.catalog.errors import OfferKeepsItsPeriods, PriceFixedForDay, ProductContradicted
from encaisse.catalog.models import Offer, PriceVersion, Product
from encaisse.catalog.rules.records import OfferRow, ProductFacts, contradiction, product_facts
from encaisse.intake.models import Outcome
from encaisse.intake.operations import Refused, Slice, Verdict

Described = dict[str, ProductFacts]
_PRODUCT: Final = ("name_fr", "name_en", "tax_class", "revenue_account", "unit")
_OFFER: Final = ("name_fr", "name_en", "product", "period_unit", "period_count", "timing")


@transaction.atomic
def save_offers(part: Slice[OfferRow], *, valid_from: dt.date, described: Described) -> list[Verdict]:
    """Each row is an offer of its product, at its price from its day on, else from `valid_from` on.

    The same price again is no new version. `described` collects what the file says of its products, so that
    all its slices agree: a row that contradicts it is refused, and so is another price for a day that has one.
    Returns one verdict per row, in order.
    """
    catalog = _Catalog(good.row for good in part.rows)
    verdicts = [catalog.take(good.row, valid_from, described) for good in part.rows]
    catalog.save()
    return verdicts


class _Catalog:
    """The products, offers and prices that some rows are about, as they are and as the rows change them."""

    def __init__(self, rows: Iterable[OfferRow]) -> None:
        told = list(rows)
        products = Product.objects.filter(code__in={row.product for row in told})
        offers = Offer.objects.filter(code__in=[row.reference for row in told]).select_related("product")
        listed = PriceVersion.objects.filter(offer__in=offers, customer=None)
        prices = listed.select_related("offer").order_by("valid_from")
        self._products = {product.code: product for product in products}
        self._offers = {offer.code: offer for offer in offers}
        self._prices: dict[tuple[str, str], list[PriceVersion]] = {}
        for price in prices:
            self._prices.setdefault((price.offer.code, price.currency), []).append(price)
        self._changed: dict[str, set[str]] = {"product": set(), "offer": set()}
        self._new_prices: list[PriceVersion] = []

    def take(self, row: OfferRow, valid_from: dt.date, described: Described) -> Verdict:
        """What the row changes is noted; nothing is when it is refused."""
        said = product_facts(row)
        known = described.get(row.product, said)
        if field := contradiction(said, known):
            return Refused(field, ProductContradicted(product=row.product))
        offer = self._offers.get(row.reference)
        if offer and (field := _other_periods(offer, row)):
            return Refused(field, OfferKeepsItsPeriods())
        prices = self._prices.setdefault((row.reference, row.currency), [])
        price = _new_price(row, prices, row.valid_from or valid_from)
        if isinstance(price, Refused):
            return price
        described[row.product] = known.completed_by(said)
        is_new = row.reference not in self._offers
        changes = [
            self._describe_product(row, described[row.product]),
            self._describe_offer(row),
            bool(price),
        ]
        if price:
            price.offer = self._offers[row.reference]
            self._new_prices.append(price)
        if is_new:
            return Outcome.CREATED
        return Outcome.UPDATED if any(changes) else Outcome.UNCHANGED

    def save(self) -> None:
        """What was noted is stored, parents first."""
        products = [self._products[code] for code in sorted(self._changed["product"])]
        offers = [self._offers[code] for code in sorted(self._changed["offer"])]
        Product.objects.bulk_create([row for row in products if row._state.adding])
        Product.objects.bulk_update([row for row in products if not row._state.adding], _PRODUCT)
        Offer.objects.bulk_create([row for row in offers if row._state.adding])
        Offer.objects.bulk_update([row for row in offers if not row._state.adding], _OFFER)
        PriceVersion.objects.bulk_create(self._new_prices)

    def _describe_product(self, row: OfferRow, facts: ProductFacts) -> bool:
        product = self._products.setdefault(row.product, Product(code=row.product))
        names = (product.name_fr or row.name_fr, product.name_en or row.name_en)
        completed = facts.completed_by(ProductFacts(*names, *facts[2:]))
        changed = _set(product, dict(zip(_PRODUCT, completed, strict=True)))
        self._changed["product"] |= {row.product} if changed else set()
        return changed

    def _describe_offer(self, row: OfferRow) -> bool:
        offer = self._offers.setdefault(row.reference, Offer(code=row.reference))
        product = self._products[row.product]
        periods = {
            "period_unit": row.recurrence.period_unit,
            "period_count": row.recurrence.period_count,
            "timing": row.timing,
        }
        named = {"name_fr": row.name_fr, "name_en": row.name_en, "product": product}
        changed = _set(offer, named | periods)
        self._changed["offer"] |= {row.reference} if changed else set()
        return changed


def _set(row: Product | Offer, facts: dict[str, Any]) -> bool:
    """Whether the row said something else."""
    differing = {name: value for name, value in facts.items() if getattr(row, name, None) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)


def _new_price(row: OfferRow, prices: Iterable[PriceVersion], day: dt.date) -> PriceVersion | Refused | None:
    """The version to add, none when the price in force that day is the same already."""
    price = PriceVersion(
        valid_from=day,
        currency=row.currency,
        unit_price=row.unit_price,
    )
    in_force = max((each for each in prices if each.valid_from <= day), key=_first_day, default=None)
    if in_force is None or in_force.unit_price != price.unit_price:
        if in_force is not None and in_force.valid_from == day:
            return Refused("unit_price", PriceFixedForDay(valid_from=day))
        return price
    return None


def _first_day(price: PriceVersion) -> dt.date:
    return price.valid_from


def _other_periods(offer: Offer, row: OfferRow) -> str:
    """The field in which the row gives the offer other periods than it has, empty when it does not."""
    if (offer.period_count, offer.period_unit) != row.recurrence:
        return "recurrence"
    return "timing" if offer.timing != row.timing else ""
