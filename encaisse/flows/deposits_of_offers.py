"""An offer may ask for a deposit: it is asked for as the contract begins, which waits until all of it is held.

subscribe: what the offers ask for -> the contract, which waits -> its deposits
fund, or take out: all of the contract's deposits are held, or not any more -> the condition is met, or unmet
"""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from encaisse.deposit.models import Deposit, DepositState
from encaisse.deposit.operations import offers, requests
from encaisse.deposit.operations.offers import OfOffer, Required
from encaisse.flows.sell import require_catalog
from encaisse.kernel import clock
from encaisse.kernel.scope import Actor, Scope
from encaisse.party.models import BillingAccount
from encaisse.subscription.models import ConditionKind
from encaisse.subscription.operations import conditions

FUNDED = (DepositState.LOCKED, DepositState.UNLOCKED, DepositState.USED)


def set_deposit(scope: Scope, told: OfOffer) -> None:
    """Contracts of the offer that begin from that day on ask for this deposit. Raises NotPermitted, and as
    `offers.set_deposit` does."""
    require_catalog(scope)
    offers.set_deposit(told, actor=scope.actor)


@transaction.atomic
def ask_required(
    wanted: Sequence[Required], *, account_id: int, subscription_id: int, actor: Actor
) -> list[int]:
    """Each deposit is asked for, today, for the contract. Returns their keys. Raises as `requests.prepare` does."""
    account = BillingAccount.objects.select_related("legal_entity").get(pk=account_id)
    today = clock.today(account.legal_entity.timezone)
    asked = []
    for each in wanted:
        deposit_id = requests.prepare(
            account_id,
            each.template_id,
            actor=actor,
            amount_minor=each.amount_minor,
            requested_on=today,
            subscription_id=subscription_id,
        )
        requests.ask(deposit_id, actor=actor)
        asked.append(deposit_id)
    return asked


def follow_funding(deposit_id: int, *, on: dt.date, actor: Actor) -> None:
    """The contract that the deposit secures no longer waits for it once all of its deposits are held, and waits again
    when one is not, as long as it has not begun."""
    contract = Deposit.objects.values_list("subscription_id", flat=True).get(pk=deposit_id)
    if contract is None:
        return
    standing = Deposit.objects.filter(subscription_id=contract).exclude(state=DepositState.CANCELLED)
    if standing.exclude(state__in=FUNDED).exists():
        conditions.unmeet(contract, ConditionKind.DEPOSIT, actor=actor)
    else:
        conditions.meet(contract, ConditionKind.DEPOSIT, on=on, actor=actor)
