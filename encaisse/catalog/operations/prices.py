"""Prices: versions that never change, and end once."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction

from encaisse.catalog.errors import PriceEndFixed, PriceEndsBeforeItBegins
from encaisse.catalog.models import PriceTier, PriceVersion
from encaisse.catalog.operations.offers import locked
from encaisse.catalog.queries import price_book
from encaisse.catalog.rules.pricing import PriceFacts
from encaisse.catalog.rules.terms import Placing, check, place
from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor


@transaction.atomic
def add_price(price: PriceFacts, *, actor: Actor) -> Placing:
    """The offer has the price from its day on: a new version, the end of one, or nothing new.

    The offer is locked. Raises NotFound, and what `terms.check` and `terms.place` raise.
    """
    offer = locked(price.offer_id)
    check(price, offer.kind)
    present = rivals(price_book([offer.pk]).get(offer.pk, ()), price)
    placing = place(present, price)
    if placing is Placing.NEW:
        store([price])
        told = {"valid_from": price.valid_from.isoformat(), "customer_id": price.customer_id}
        events.record("price.added", "offer", offer.pk, actor, **told)
    elif placing is Placing.END and price.valid_to:
        stored = next(each for each in present if each.valid_from == price.valid_from)
        end_price(stored.pricing.version_id, price.valid_to, actor=actor)
    return placing


@transaction.atomic
def end_price(version_id: int, valid_to: dt.date, *, actor: Actor) -> None:
    """The price holds until that day, exclusive: the one before it, or the list, takes over.

    Said once. Raises NotFound, PriceEndFixed and PriceEndsBeforeItBegins.
    """
    version = PriceVersion.objects.select_for_update().filter(pk=version_id).first()
    if version is None:
        raise NotFound(noun="price")
    if version.valid_to is not None:
        raise PriceEndFixed(valid_to=version.valid_to)
    if valid_to <= version.valid_from:
        raise PriceEndsBeforeItBegins(valid_from=version.valid_from)
    PriceVersion.objects.filter(pk=version_id).update(valid_to=valid_to)
    events.record("price.ended", "offer", version.offer_id, actor, price=version_id, on=valid_to.isoformat())


def rivals(versions: Iterable[PriceFacts], price: PriceFacts) -> list[PriceFacts]:
    """Those versions that are of the same currency and customer."""
    whose = (price.currency, price.customer_id)
    return [each for each in versions if (each.currency, each.customer_id) == whose]


@transaction.atomic(savepoint=False)
def store(prices: Sequence[PriceFacts]) -> None:
    """The versions are stored with their tiers, unjudged."""
    versions = PriceVersion.objects.bulk_create(map(_version, prices))
    PriceTier.objects.bulk_create(
        PriceTier(price_version=version, position=position, up_to=tier.up_to, unit_price=tier.unit_price)
        for version, price in zip(versions, prices, strict=True)
        for position, tier in enumerate(price.pricing.tiers, 1)
    )


def _version(price: PriceFacts) -> PriceVersion:
    terms = price.pricing._asdict()
    del terms["version_id"], terms["tiers"]
    whose = price._asdict()
    del whose["pricing"]
    return PriceVersion(**whose, **terms)
