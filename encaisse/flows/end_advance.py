"""A person gives up a contract that has not begun, or gives back what is left of an advance."""

import datetime as dt

from django.db import transaction

from encaisse.flows.ask_advance import give_back
from encaisse.invoice.errors import NoReasonGiven
from encaisse.invoice.models import Advance
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount
from encaisse.subscription.models import Subscription
from encaisse.subscription.operations import conditions


@transaction.atomic
def abandon_contract(scope: Scope, subscription_id: int, reason: str) -> int:
    """The contract never begins, and what it was asked in advance is credited. Returns the key of its event.

    What was paid is free on the account. Raises NotPermitted, NotFound, NotWaiting, and as `give_back` does.
    """
    scope.require("manage_contracts")
    contract = Subscription.objects.visible_to(scope).filter(pk=subscription_id).first()
    if contract is None:
        raise NotFound(noun="contract")
    on = _today(contract.account_id)
    event_id = conditions.abandon(subscription_id, on=on, actor=scope.actor)
    for advance in Advance.objects.filter(subscription=contract, invoice__corrections=None).order_by("pk"):
        give_back(advance.pk, reason=reason or contract.reference, on=on, actor=scope.actor)
    return event_id


@transaction.atomic
def give_back_advance(scope: Scope, advance_id: int, reason: str) -> int:
    """What is left of the advance is credited, today. Returns the credit note's key.

    Raises NotPermitted, NotFound, NoReasonGiven, and as `give_back` does.
    """
    scope.require("credit")
    advance = Advance.objects.visible_to(scope).filter(pk=advance_id).select_related("invoice").first()
    if advance is None:
        raise NotFound(noun="advance")
    if not reason.strip():
        raise NoReasonGiven(invoice_id=advance_id)
    return give_back(advance_id, reason=reason, on=_today(advance.invoice.account_id), actor=scope.actor)


def _today(account_id: int) -> dt.date:
    return clock.today(
        BillingAccount.objects.values_list("legal_entity__timezone", flat=True).get(pk=account_id)
    )
