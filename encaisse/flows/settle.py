"""A person lays payments and credit notes on invoices, or takes that back, within what they may see.

lay or take back -> the VAT that waits for payment follows
"""

from collections.abc import Collection, Mapping

from django.db import transaction

from encaisse.allocation import operations as allocation
from encaisse.allocation.errors import NothingToAllocate
from encaisse.allocation.models import Allocation
from encaisse.allocation.rules import OLDEST_FIRST, Share
from encaisse.flows.collected_vat import follow_credit_note, follow_payment
from encaisse.flows.deposits import take_back_movement
from encaisse.invoice.errors import AdvanceDeducted
from encaisse.invoice.models import Deduction, Invoice, InvoiceState
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.payment.models import Payment


@transaction.atomic
def settle_with_payment(
    payment_id: int,
    *,
    scope: Scope,
    amounts: Mapping[int, int] | None = None,
    invoice_ids: Collection[int] | None = None,
    strategy: str = OLDEST_FIRST,
) -> tuple[Share, ...]:
    """What is left of the payment is laid on invoices: as `amounts` by invoice say, else by the strategy.

    The strategy keeps to `invoice_ids` when any is named.

    Raises NotPermitted, NotFound, NothingToAllocate, and what allocating by hand raises.
    """
    scope.require("allocate")
    if not Payment.objects.visible_to(scope).filter(pk=payment_id).exists():
        raise NotFound(noun="payment")
    if amounts is not None:
        shares = allocation.allocate_by_hand(payment_id, amounts, actor=scope.actor)
    else:
        shares = allocation.allocate(
            payment_id, actor=scope.actor, strategy=strategy, invoice_ids=invoice_ids or None
        )
    if not shares:
        raise NothingToAllocate(source="payment", source_id=payment_id)
    follow_payment(payment_id)
    return shares


@transaction.atomic
def settle_with_credit_note(
    credit_note_id: int, *, scope: Scope, amounts: Mapping[int, int] | None = None
) -> tuple[Share, ...]:
    """What is left of the credit note is laid on invoices: as `amounts` say, else on the one it corrects.

    Raises NotPermitted, NotFound, NothingToAllocate, and what allocating by hand raises.
    """
    scope.require("allocate")
    if not Invoice.objects.visible_to(scope).filter(pk=credit_note_id).exists():
        raise NotFound(noun="invoice")
    if amounts is not None:
        shares = allocation.allocate_credit_note_by_hand(credit_note_id, amounts, actor=scope.actor)
    else:
        shares = allocation.allocate_credit_note(credit_note_id, actor=scope.actor)
    if not shares:
        raise NothingToAllocate(source="credit_note", source_id=credit_note_id)
    follow_credit_note(credit_note_id)
    return shares


@transaction.atomic
def take_back(allocation_id: int, *, scope: Scope) -> None:
    """The allocation is undone: the invoice is open again; what was drawn on a deposit is held in it again.

    Raises NotPermitted, NotFound, TakenBack, MovementTakenBack, and AdvanceDeducted while an invoice deducts what it
    settles.
    """
    scope.require("allocate")
    seen = Allocation.objects.visible_to(scope).select_related("invoice__legal_entity")
    laid = seen.filter(pk=allocation_id).first()
    if laid is None:
        raise NotFound(noun="allocation")
    deducting = Deduction.objects.filter(advance_id=laid.invoice_id, invoice__state=InvoiceState.ISSUED)
    if sum(deducting.values_list("net_minor", flat=True)):
        raise AdvanceDeducted(invoice_id=laid.invoice_id)
    if laid.draw_id:
        zone = laid.invoice.legal_entity.timezone
        take_back_movement(scope, laid.draw_id, on=clock.today(zone))
        return
    allocation.take_back(allocation_id, actor=scope.actor)
    if laid.payment_id:
        follow_payment(laid.payment_id)
    if laid.credit_note_id:
        follow_credit_note(laid.credit_note_id)
