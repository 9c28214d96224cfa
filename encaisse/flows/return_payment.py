"""Money goes back: an unpaid cheque or a recalled transfer opens its invoices again and leaves the books.

take it out of the deposit that it funded -> take back its allocations -> the VAT that it made due waits again ->
    mark returned -> post
"""

import datetime as dt

from django.db import transaction

from encaisse.allocation import operations as allocation
from encaisse.flows.collected_vat import follow_payment
from encaisse.flows.deposits import take_out_payment
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor, Scope
from encaisse.ledger import operations as ledger
from encaisse.payment import operations as payment
from encaisse.payment.models import Payment


@transaction.atomic
def return_payment(payment_id: int, *, returned_on: dt.date, actor: Actor, scope: Scope | None = None) -> int:
    """The payment settles nothing any more, no deposit holds it, and its entry is mirrored, dated `returned_on`.

    Returns how many allocations were taken back. `scope` is the person's who asks; a command has none.
    Raises NotPermitted, NotFound, PaymentReturned, GivenBackAlready.
    """
    if scope is not None:
        scope.require("record_payment")
        if not Payment.objects.visible_to(scope).filter(pk=payment_id).exists():
            raise NotFound(noun="payment")
    take_out_payment(payment_id, on=returned_on, actor=actor)
    taken_back = allocation.take_back_payment(payment_id, actor=actor)
    follow_payment(payment_id, on=returned_on)
    payment.mark_returned(payment_id, actor=actor)
    ledger.post_payment_return(payment_id, date=returned_on)
    return taken_back
