"""Prices of a contract rise by a percentage or to another price, as the event that a price change is."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from encaisse.catalog.errors import NoPriceInForce
from encaisse.catalog.queries import price_book
from encaisse.catalog.rules.pricing import PriceModel, price_in_force
from encaisse.flows.change_contract import change_contract
from encaisse.kernel.errors import NotFound
from encaisse.kernel.money import decimals
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount
from encaisse.subscription.errors import PriceChangedThatDay
from encaisse.subscription.models import Event, EventKind, Subscription
from encaisse.subscription.operations.contract import Contract, locked
from encaisse.subscription.rules.changes import Reprice
from encaisse.subscription.rules.rises import Rise, moves

# What has one price for one unit; the others are priced by tiers, packages or percentages.
_BY_UNIT: Final = frozenset({PriceModel.FLAT, PriceModel.PER_UNIT})


@transaction.atomic
def raise_prices(scope: Scope, subscription_id: int, rise: Rise) -> Mapping[str, Any]:
    """The contract has the event of a price change, and what was billed in advance at the old price is credited.

    Returns each price before and after, in words that a job keeps. Asked for twice, it is refused the second time,
    so that no percentage is applied to itself. Raises NotPermitted, NotFound, NothingToRaise, LaterPricePlanned,
    PriceChangedThatDay, and as `change_contract` does.
    """
    scope.require("manage_contracts")
    if not Subscription.objects.visible_to(scope).filter(pk=subscription_id).exists():
        raise NotFound(noun="contract")
    contract = locked(subscription_id)
    same_day = Event.objects.filter(
        subscription_id=subscription_id, kind=EventKind.PRICE, effective_on=rise.on
    )
    if same_day.exists():
        raise PriceChangedThatDay(on=rise.on)
    account = BillingAccount.objects.get(pk=contract.row.account_id)
    listed = _listed(contract, account, rise)
    moved = moves(contract.segments, contract.offers, listed, rise, decimals(account.currency))
    prices = {move.position: move.after for move in moved}
    change_contract(scope, subscription_id, Reprice(rise.on, prices, rise.at_once))
    told = [{"offer": each.offer, "before": str(each.before), "after": str(each.after)} for each in moved]
    return {"currency": account.currency, "prices": told}


def _listed(contract: Contract, account: BillingAccount, rise: Rise) -> dict[int, Decimal]:
    """The unit prices of the list, or of the customer, on the day of the rise."""
    listed = {}
    for offer_id, versions in price_book(contract.offers).items():
        try:
            pricing = price_in_force(
                versions, currency=account.currency, customer_id=account.customer_id, on=rise.on
            ).pricing
        except NoPriceInForce:
            continue
        if pricing.model in _BY_UNIT and pricing.unit_price is not None:
            listed[offer_id] = pricing.unit_price
    return listed
