"""Offers: what they are called, when they recur, what they include, until when they are sold."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import IntegrityError, transaction

from encaisse.catalog.errors import InclusionNested, OfferCodeTaken
from encaisse.catalog.models import Offer, OfferInclusion, Product
from encaisse.catalog.queries import price_book
from encaisse.catalog.rules.offers import OfferFacts, kept, settled
from encaisse.catalog.rules.terms import check
from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor


class Included(NamedTuple):
    """How many of another offer each one holds."""

    offer_id: int
    quantity: Decimal


@transaction.atomic
def create_offer(code: str, facts: OfferFacts, *, product_id: int, actor: Actor) -> int:
    """The offer exists, without a price yet. Returns its key.

    Raises OfferCodeTaken, MeterMissing, and NotFound when there is no such product.
    """
    _require_product(product_id)
    try:
        with transaction.atomic():
            offer = Offer.objects.create(code=code, product_id=product_id, **settled(facts)._asdict())
    except IntegrityError:
        raise OfferCodeTaken() from None
    events.record("offer.created", "offer", offer.pk, actor, code=code)
    return offer.pk


@transaction.atomic
def change_offer(offer_id: int, facts: OfferFacts, *, product_id: int, held: bool, actor: Actor) -> None:
    """The offer is what the facts say, which its prices fit. `held` says that contracts hold it.

    Raises NotFound, MeterMissing, OfferKeepsItsPeriods when held, and what `terms.check` raises of its prices.
    """
    offer = locked(offer_id)
    _require_product(product_id)
    after, before = settled(facts), facts_of(offer)
    if held:
        kept(before, after)
    for price in price_book([offer_id]).get(offer_id, ()):
        check(price, after.kind)
    if (before, offer.product_id) == (after, product_id):
        return
    Offer.objects.filter(pk=offer_id).update(product_id=product_id, **after._asdict())
    events.record("offer.changed", "offer", offer_id, actor)


@transaction.atomic
def include(offer_id: int, inclusions: Sequence[Included], *, actor: Actor) -> None:
    """Who subscribes to the offer holds these too, in this order, and nothing else; present contracts stay.

    A package holds offers, not packages. Raises NotFound and InclusionNested.
    """
    locked(offer_id)
    keys = [each.offer_id for each in inclusions]
    known = dict(Offer.objects.filter(pk__in=keys).values_list("pk", "code"))
    if len(known) < len(set(keys)):
        raise NotFound(noun="offer")
    nested = OfferInclusion.objects.filter(offer_id__in=keys).values_list("offer_id", flat=True).first()
    within = OfferInclusion.objects.filter(included_id=offer_id).select_related("offer").first()
    if nested or offer_id in known:
        raise InclusionNested(offer=known[nested or offer_id])
    if within and inclusions:
        raise InclusionNested(offer=within.offer.code)
    present = OfferInclusion.objects.filter(offer_id=offer_id).order_by("position")
    if [Included(*each) for each in present.values_list("included_id", "quantity")] == list(inclusions):
        return
    present.delete()
    OfferInclusion.objects.bulk_create(
        OfferInclusion(offer_id=offer_id, included_id=each.offer_id, position=n, quantity=each.quantity)
        for n, each in enumerate(inclusions, 1)
    )
    events.record("offer.included", "offer", offer_id, actor, included=sorted(known.values()))


@transaction.atomic
def discontinue(offer_id: int, on: dt.date | None, *, actor: Actor) -> None:
    """No contract begins on the offer from that day on, or any may again; those that hold it go on.

    Raises NotFound.
    """
    locked(offer_id)
    Offer.objects.filter(pk=offer_id).update(discontinued_on=on)
    events.record("offer.discontinued", "offer", offer_id, actor, on=on.isoformat() if on else None)


def locked(offer_id: int) -> Offer:
    """The offer, kept from others until the transaction ends. Raises NotFound."""
    offer = Offer.objects.select_for_update(no_key=True).filter(pk=offer_id).first()
    if offer is None:
        raise NotFound(noun="offer")
    return offer


def facts_of(offer: Offer) -> OfferFacts:
    """What the offer says of itself."""
    return OfferFacts._make(getattr(offer, name) for name in OfferFacts._fields)


def _require_product(product_id: int) -> None:
    if not Product.objects.filter(pk=product_id).exists():
        raise NotFound(noun="product")
