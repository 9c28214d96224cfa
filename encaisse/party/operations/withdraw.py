"""Customers taken back: hidden everywhere, and never deleted."""

from django.db import transaction

from encaisse.intake.rules import ranges
from encaisse.kernel import events
from encaisse.kernel.scope import Actor
from encaisse.party.models import BillingAccount, Customer, PartyState


@transaction.atomic
def withdraw_customers(batch_id: int, *, actor: Actor) -> int:
    """The customers that this import brought are withdrawn, with their accounts. Returns how many.

    PostgreSQL refuses it of an account that has charges or contracts; whether anything else uses them is its
    caller's to know.
    """
    customers = Customer.objects.filter(intake_row__batch_id=batch_id, state=PartyState.ACTIVE)
    keys = list(customers.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    BillingAccount.objects.filter(customer_id__in=keys).update(state=PartyState.WITHDRAWN)
    Customer.objects.filter(pk__in=keys).update(state=PartyState.WITHDRAWN)
    for ids in ranges(keys):
        events.record("customer.withdrawn", "customer", ids, actor)
    return len(keys)
