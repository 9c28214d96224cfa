"""What a contract waits for: once the last of it is there the contract begins, unless it was abandoned before."""

import datetime as dt

from django.db import transaction

from encaisse.kernel import events
from encaisse.kernel.scope import Actor
from encaisse.subscription.errors import NotWaiting
from encaisse.subscription.models import Condition, EventKind, SubscriptionState
from encaisse.subscription.operations.contract import Contract, draw, locked, record
from encaisse.subscription.rules.changes import never_held, put_off
from encaisse.subscription.rules.periods import months_later


@transaction.atomic
def meet(subscription_id: int, kind: str, *, on: dt.date, actor: Actor) -> bool:
    """What the contract waits for came on that day. Whether it begins: it was the last thing that it waited for.

    It begins on the latest of these days, never before the day agreed, and no day before is charged; a first term
    lasts as long as agreed. One whose end has come by then ends without having held anything. A contract that does
    not wait, or not for this, stays as it is. Repeatable. Locks the contract. Raises NotFound.
    """
    contract = locked(subscription_id)
    if contract.row.state != SubscriptionState.WAITING:
        return False
    waited = Condition.objects.filter(subscription_id=subscription_id)
    if not waited.filter(kind=kind, met_on=None).update(met_on=on):
        return False
    events.record("subscription.condition_met", "subscription", subscription_id, actor, condition=kind)
    days = list(waited.values_list("met_on", flat=True))
    met = [day for day in days if day is not None]
    if len(met) < len(days):
        return False
    return _begin(contract, max(met), actor)


@transaction.atomic
def unmeet(subscription_id: int, kind: str, *, actor: Actor) -> bool:
    """What the contract waits for is gone again. Whether it was there: a contract that has begun goes on.

    Repeatable. Locks the contract. Raises NotFound.
    """
    contract = locked(subscription_id)
    if contract.row.state != SubscriptionState.WAITING:
        return False
    met = Condition.objects.filter(subscription_id=subscription_id, kind=kind, met_on__isnull=False)
    if not met.update(met_on=None):
        return False
    events.record("subscription.condition_unmet", "subscription", subscription_id, actor, condition=kind)
    return True


@transaction.atomic
def abandon(subscription_id: int, *, on: dt.date, actor: Actor) -> int:
    """The contract waits no more and never begins: it has ended. Returns the event's key.

    Locks the contract. Raises NotFound and NotWaiting.
    """
    contract = locked(subscription_id)
    if contract.row.state != SubscriptionState.WAITING:
        raise NotWaiting()
    return _give_up(contract, on, actor)


def _begin(contract: Contract, day: dt.date, actor: Actor) -> bool:
    row = contract.row
    first = max(day, row.start_date)
    if row.term_months and row.end_date == months_later(row.start_date, row.term_months):
        row.end_date = months_later(first, row.term_months)
    if row.end_date is not None and row.end_date <= first:
        _give_up(contract, day, actor)
        return False
    row.state = SubscriptionState.ACTIVE
    event_id = record(row.pk, EventKind.ACTIVATE, first, actor, {"agreed": row.start_date.isoformat()})
    if first > row.start_date:
        draw(contract, put_off(contract.segments, first, contract.offers), event_id)
    row.start_date = first
    row.save(update_fields=["state", "start_date", "end_date"])
    return True


def _give_up(contract: Contract, on: dt.date, actor: Actor) -> int:
    row = contract.row
    event_id = record(row.pk, EventKind.ABANDON, on, actor, {})
    draw(contract, never_held(contract.segments), event_id)
    row.state = SubscriptionState.ENDED
    row.save(update_fields=["state"])
    return event_id
