"""Money comes in: recorded, booked, and laid on invoices, in one transaction.

record -> post -> allocate (the invoices that the payer named, else the oldest) -> the VAT that waited follows
"""

from collections.abc import Collection
from typing import Unpack

from django.db import transaction

from encaisse.allocation import operations as allocation
from encaisse.flows.collected_vat import follow_payment
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor, Scope
from encaisse.ledger import operations as ledger
from encaisse.party.models import BillingAccount
from encaisse.payment import operations as payment
from encaisse.payment.operations import Receipt


@transaction.atomic
def take_payment(
    *,
    actor: Actor,
    scope: Scope | None = None,
    invoice_ids: Collection[int] | None = None,
    **receipt: Unpack[Receipt],
) -> int:
    """The money is on the account, in the books and laid on what is open. Returns the payment's key.

    The invoices named are settled, oldest first, and no other; without any, the oldest of the account. What
    is beyond stays on the account. A receipt told again by its `origin_key` changes nothing. `scope` is the
    person's who asks; a command or an import has none.
    Raises NotPermitted, NotFound, and what recording and allocating raise.
    """
    if scope is not None:
        scope.require("record_payment")
        if not BillingAccount.objects.visible_to(scope).filter(pk=receipt["account_id"]).exists():
            raise NotFound(noun="billing_account")
    payment_id, is_new = payment.record(actor=actor, **receipt)
    if is_new:
        ledger.post_payment(payment_id)
        allocation.allocate(payment_id, actor=actor, invoice_ids=invoice_ids or None)
        follow_payment(payment_id, on=receipt["received_on"])
    return payment_id
