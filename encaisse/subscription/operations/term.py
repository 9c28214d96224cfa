"""Terms of contracts: another follows the last, or the contract ends."""

import datetime as dt

from django.db import transaction
from django.db.models import DateField, ExpressionWrapper, F, QuerySet, Value

from encaisse.kernel import events, sql
from encaisse.kernel.scope import Actor
from encaisse.subscription.errors import ContractOver, ContractWaiting, NoEndToRenew
from encaisse.subscription.models import EventKind, Renewal, Subscription, SubscriptionState
from encaisse.subscription.operations.contract import locked, record
from encaisse.subscription.rules.periods import next_end


@transaction.atomic
def renew(subscription_id: int, *, months: int | None = None, actor: Actor) -> int:
    """The contract lasts another term, of its own length unless `months` are told. Returns the event's key.

    What it holds goes on. Ends keep the day of the start: 31 January, 28 February, 31 March. Locks the contract.
    Raises NotFound, ContractOver, ContractWaiting, and NoEndToRenew without an end or a term.
    """
    return _renew(locked(subscription_id).row, months, actor)


@transaction.atomic
def renew_once_due(subscription_id: int, on: dt.date, *, actor: Actor) -> bool:
    """The contract lasts another term if it is still due for one on that day. Locks it. Raises NotFound."""
    row = locked(subscription_id).row
    is_due = _due(on).filter(pk=subscription_id).exists()
    if is_due:
        _renew(row, None, actor)
    return is_due


def due_for_renewal(on: dt.date) -> list[int]:
    """The contracts that renew by themselves, whose last day to give notice is before that day, by key."""
    return list(_due(on).order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def refer(subscription_id: int, buyer_reference_id: int | None, *, actor: Actor) -> None:
    """What is charged of the contract from now on bears this reference of its account. Locks it. Raises NotFound."""
    row = locked(subscription_id).row
    row.buyer_reference_id = buyer_reference_id
    row.save(update_fields=["buyer_reference"])
    events.record("subscription.referred", "subscription", subscription_id, actor)


@transaction.atomic
def end_due(on: dt.date, *, actor: Actor) -> int:
    """Contracts whose end has come, and of which everything is charged, are ended. Returns how many."""
    ended = [key for (key,) in sql.rows("subscription", "end_contracts", {"on": on})]
    for key in ended:
        events.record("subscription.ended", "subscription", key, actor)
    return len(ended)


def _due(on: dt.date) -> QuerySet[Subscription]:
    return Subscription.objects.filter(
        state=SubscriptionState.ACTIVE,
        renewal=Renewal.AUTOMATIC,
        end_date__lte=ExpressionWrapper(Value(on) + F("notice_days"), DateField()),
    )


def _renew(row: Subscription, months: int | None, actor: Actor) -> int:
    term = months or row.term_months
    if row.state == SubscriptionState.WAITING:
        raise ContractWaiting()
    if row.state != SubscriptionState.ACTIVE:
        raise ContractOver()
    if row.end_date is None or term is None:
        raise NoEndToRenew()
    before, row.end_date = row.end_date, next_end(row.start_date, row.end_date, term)
    row.save(update_fields=["end_date"])
    facts = {"months": term, "end_date": row.end_date.isoformat()}
    return record(row.pk, EventKind.RENEW, before, actor, facts)
