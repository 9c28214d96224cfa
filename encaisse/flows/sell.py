"""What is sold changes: offers, what they include, their prices. All legal entities share them, so that only who
sees every customer may change them; and what is billed keeps the price that it was billed at."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from encaisse.catalog.errors import BilledAlready
from encaisse.catalog.models import PriceVersion
from encaisse.catalog.operations import advances, offers, prices
from encaisse.catalog.operations.offers import Included
from encaisse.catalog.queries import price_book
from encaisse.catalog.rules.advances import AdvanceFacts
from encaisse.catalog.rules.offers import OfferFacts
from encaisse.catalog.rules.pricing import PriceFacts
from encaisse.catalog.rules.terms import Placing
from encaisse.charge.models import Charge
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Scope
from encaisse.party.models import Customer
from encaisse.subscription.models import Item


def may_change(scope: Scope) -> bool:
    """Whether the asker may change what is sold."""
    return scope.sees_everything and scope.may("manage_offers")


def require_catalog(scope: Scope) -> None:
    """The asker may change what is sold. Raises NotPermitted."""
    if not may_change(scope):
        raise NotPermitted(permission="manage_offers")


@transaction.atomic
def create_offer(scope: Scope, code: str, facts: OfferFacts, *, product_id: int) -> int:
    """The offer exists. Returns its key. Raises NotPermitted, and as `offers.create_offer` does."""
    require_catalog(scope)
    return offers.create_offer(code, facts, product_id=product_id, actor=scope.actor)


@transaction.atomic
def change_offer(scope: Scope, offer_id: int, facts: OfferFacts, *, product_id: int) -> None:
    """The offer is what the facts say; once a contract holds it, its periods stay.

    Raises NotPermitted, and as `offers.change_offer` does.
    """
    require_catalog(scope)
    held = Item.objects.filter(offer_id=offer_id).exists()
    offers.change_offer(offer_id, facts, product_id=product_id, held=held, actor=scope.actor)


@transaction.atomic
def include(scope: Scope, offer_id: int, inclusions: Sequence[Included]) -> None:
    """New contracts of the offer hold these too. Raises NotPermitted, and as `offers.include` does."""
    require_catalog(scope)
    offers.include(offer_id, inclusions, actor=scope.actor)


@transaction.atomic
def discontinue(scope: Scope, offer_id: int, on: dt.date | None) -> None:
    """No contract begins on the offer from that day on; None takes it back. Raises NotPermitted and NotFound."""
    require_catalog(scope)
    offers.discontinue(offer_id, on, actor=scope.actor)


@transaction.atomic
def set_advance(scope: Scope, told: AdvanceFacts) -> bool:
    """Contracts of the offer that begin from that day on ask for this advance. Whether anything changed.

    Raises NotPermitted, NotFound, AdvanceTwice.
    """
    require_catalog(scope)
    return advances.set_advance(told, actor=scope.actor)


@transaction.atomic
def set_price(scope: Scope, price: PriceFacts, *, past_periods_stay: bool = False) -> None:
    """The offer has the price from its day on, for periods that are not billed yet.

    Where periods from that day on are billed, `past_periods_stay` says that this is understood. Raises
    NotPermitted, NotFound for a customer outside the scope, BilledAlready, and as `prices.add_price` does.
    """
    require_catalog(scope)
    if price.customer_id and not Customer.objects.visible_to(scope).filter(pk=price.customer_id).exists():
        raise NotFound(noun="customer")
    placing = prices.add_price(price, actor=scope.actor)
    if placing is Placing.NEW and not past_periods_stay:
        _require_unbilled(price)
    elif placing is Placing.END and not past_periods_stay:
        _require_unbilled(price._replace(valid_from=price.valid_to or price.valid_from, valid_to=None))


@transaction.atomic
def end_price(scope: Scope, version_id: int, valid_to: dt.date, *, past_periods_stay: bool = False) -> None:
    """The price holds until that day, exclusive, for periods that are not billed yet.

    Raises NotPermitted, BilledAlready, and as `prices.end_price` does.
    """
    require_catalog(scope)
    prices.end_price(version_id, valid_to, actor=scope.actor)
    if not past_periods_stay:
        offer_id = PriceVersion.objects.values_list("offer_id", flat=True).get(pk=version_id)
        ended = next(
            each for each in price_book([offer_id])[offer_id] if each.pricing.version_id == version_id
        )
        _require_unbilled(ended._replace(valid_from=valid_to, valid_to=None))


def _require_unbilled(price: PriceFacts) -> None:
    """No period that begins while the price holds was charged by the catalogue; agreed prices are not its concern."""
    charged = Charge.objects.filter(
        item__offer_id=price.offer_id,
        item__unit_price__isnull=True,
        currency=price.currency,
        period_from__gte=price.valid_from,
    )
    if price.valid_to:
        charged = charged.filter(period_from__lt=price.valid_to)
    if price.customer_id:
        charged = charged.filter(account__customer_id=price.customer_id)
    if count := charged.count():
        raise BilledAlready(count=count, valid_from=price.valid_from)
