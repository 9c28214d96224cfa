"""Contracts taken back: hidden everywhere, and never deleted."""

from typing import Final

from django.db import transaction

from encaisse.intake.rules import ranges
from encaisse.kernel import events
from encaisse.kernel.scope import Actor
from encaisse.subscription.models import Subscription, SubscriptionState

_STANDING: Final = (SubscriptionState.WAITING, SubscriptionState.ACTIVE)


@transaction.atomic
def withdraw_contracts(batch_id: int, *, actor: Actor) -> int:
    """The contracts that this import brought are withdrawn, and their references are free again. Returns how many.

    PostgreSQL refuses it of a contract that was charged; whether anything else uses them is its caller's to know.
    """
    contracts = Subscription.objects.filter(intake_row__batch_id=batch_id, state__in=_STANDING)
    keys = list(contracts.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    Subscription.objects.filter(pk__in=keys).update(state=SubscriptionState.WITHDRAWN)
    for ids in ranges(keys):
        events.record("subscription.withdrawn", "subscription", ids, actor)
    return len(keys)
