"""Which terms a price needs, and where a new price stands among those that an offer has."""

import enum
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from encaisse.catalog.errors import (
    PriceBoundsCrossed,
    PriceEndFixed,
    PriceEndsBeforeItBegins,
    PriceFixedForDay,
    PriceModelUnfit,
    PriceTermMissing,
    PriceTermUseless,
    TiersNotRising,
)
from encaisse.catalog.rules.offers import OfferKind
from encaisse.catalog.rules.pricing import PriceFacts, PriceModel, Pricing, Tier

NEEDED: Final[dict[str, tuple[str, ...]]] = {
    PriceModel.FLAT: ("unit_price",),
    PriceModel.PER_UNIT: ("unit_price",),
    PriceModel.GRADUATED: ("tiers",),
    PriceModel.VOLUME: ("tiers",),
    PriceModel.PACKAGE: ("unit_price", "package_size"),
    PriceModel.PERCENTAGE: ("percent",),
}
_OF_TRANSACTIONS: Final = ("fixed_amount", "minimum_per_transaction", "maximum_per_transaction")
_TERMS: Final = ("unit_price", "tiers", "package_size", "percent", *_OF_TRANSACTIONS, "period_minimum")


class Placing(enum.Enum):
    """What a price is to those that are there: the same as one of them, the end of one, or a new one."""

    SAME = "same"
    END = "end"
    NEW = "new"


def terms_of(model: str, kind: str) -> set[str]:
    """The terms that a price of the model may have, of an offer of the kind."""
    allowed = {*NEEDED[model]}
    if model == PriceModel.PERCENTAGE:
        allowed |= {*_OF_TRANSACTIONS}
    if kind == OfferKind.USAGE:
        allowed |= {"period_minimum"}
    return allowed


def check(price: PriceFacts, kind: str) -> None:
    """The price has every term that its model needs and no other, and its offer's kind can bear it.

    Raises PriceModelUnfit, PriceTermMissing, PriceTermUseless, TiersNotRising, PriceBoundsCrossed and
    PriceEndsBeforeItBegins.
    """
    pricing = price.pricing
    if pricing.model == PriceModel.PERCENTAGE and kind != OfferKind.USAGE:
        raise PriceModelUnfit(kind=kind)
    _check_terms(pricing, kind)
    _check_tiers(pricing.tiers)
    least, most = pricing.minimum_per_transaction, pricing.maximum_per_transaction
    if least is not None and most is not None and most < least:
        raise PriceBoundsCrossed(minimum=least)
    if price.valid_to is not None and price.valid_to <= price.valid_from:
        raise PriceEndsBeforeItBegins(valid_from=price.valid_from)


def place(present: Sequence[PriceFacts], price: PriceFacts) -> Placing:
    """Where a price stands among those of the same offer, currency and customer.

    The same on the same day is the same, or its end; so is the one in force that day, when neither ends. Raises
    PriceFixedForDay and PriceEndFixed.
    """
    same_day = [each for each in present if each.valid_from == price.valid_from]
    if not same_day:
        return Placing.SAME if _goes_on(present, price) else Placing.NEW
    (stored,) = same_day
    if not _same_terms(stored.pricing, price.pricing):
        raise PriceFixedForDay(valid_from=price.valid_from)
    if price.valid_to in (None, stored.valid_to):
        return Placing.SAME
    if stored.valid_to is None:
        return Placing.END
    raise PriceEndFixed(valid_to=stored.valid_to)


def _goes_on(present: Sequence[PriceFacts], price: PriceFacts) -> bool:
    holding = [each for each in present if each.holds(price.valid_from)]
    latest = max(holding, key=lambda each: each.valid_from, default=None)
    return (
        latest is not None
        and _same_terms(latest.pricing, price.pricing)
        and latest.valid_to is None
        and price.valid_to is None
    )


def _same_terms(one: Pricing, other: Pricing) -> bool:
    return one._replace(version_id=0) == other._replace(version_id=0)


def _check_terms(pricing: Pricing, kind: str) -> None:
    allowed = terms_of(pricing.model, kind)
    for field in _TERMS:
        value = getattr(pricing, field)
        if field in NEEDED[pricing.model] and (value is None or value == ()):
            raise PriceTermMissing(field=field, model=pricing.model)
        if field not in allowed and value not in (None, ()):
            raise PriceTermUseless(field=field, model=pricing.model)
    if pricing.package_size == 0:
        raise PriceTermMissing(field="package_size", model=pricing.model)


def _check_tiers(tiers: Sequence[Tier]) -> None:
    ends = [tier.up_to for tier in tiers]
    if not ends:
        return
    if ends[-1] is not None or None in ends[:-1]:
        raise TiersNotRising()
    numbers = [Decimal(0), *(end for end in ends if end is not None)]
    if any(after <= before for before, after in pairwise(numbers)):
        raise TiersNotRising()
