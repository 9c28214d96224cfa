"""Every write of allocations. Locks: payments, then deposits, then invoices, each by id, so two never deadlock."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, cast

from django.db import transaction
from django.db.models import QuerySet

from encaisse.allocation.errors import InvoiceNotOpen, NotACreditNote, TakenBack
from encaisse.allocation.models import Allocation
from encaisse.allocation.rules import OLDEST_FIRST, OpenItem, Share, lay, spread
from encaisse.deposit.models import Movement
from encaisse.intake.rules import ranges
from encaisse.invoice.models import Invoice, InvoiceKind, InvoiceState
from encaisse.kernel import clock, events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor
from encaisse.party.models import LegalEntity
from encaisse.payment.errors import PaymentReturned
from encaisse.payment.models import Payment, PaymentState


class Source(NamedTuple):
    """A locked payment, credit note or draw on a deposit, and what is left of it to lay on invoices of its account."""

    payment_id: int | None
    credit_note_id: int | None
    draw_id: int | None
    account_id: int
    legal_entity_id: int
    currency: str
    left_minor: int


@transaction.atomic
def allocate(
    payment_id: int, *, actor: Actor, strategy: str = OLDEST_FIRST, invoice_ids: Collection[int] | None = None
) -> tuple[Share, ...]:
    """What is left of the payment is spread over the open invoices of its account, or over those named only.

    With nothing left or nothing open nothing is laid; what is beyond stays on the account.
    Raises NotFound, PaymentReturned, InvoiceNotOpen.
    """
    source = _payment(payment_id)
    shares = spread(source.left_minor, _open_items(source, invoice_ids), strategy)
    return _record(source, shares, actor)


@transaction.atomic
def allocate_by_hand(payment_id: int, amounts: Mapping[int, int], *, actor: Actor) -> tuple[Share, ...]:
    """The payment is laid on each invoice for the amount named, in minor units, all of them or none.

    Raises NotFound, PaymentReturned, InvoiceNotOpen, AmountNotPositive, MoreThanOpen, MoreThanLeft.
    """
    source = _payment(payment_id)
    shares = lay(source.left_minor, _open_items(source, amounts.keys()), amounts)
    return _record(source, shares, actor)


@transaction.atomic
def allocate_credit_note(credit_note_id: int, *, actor: Actor) -> tuple[Share, ...]:
    """What is left of the credit note is laid on the invoice that it corrects, as far as that is open.

    The rest, all of it when that invoice was paid, stays to the customer's credit until laid by hand.
    Raises NotFound, NotACreditNote.
    """
    source, corrects_id = _credit_note(credit_note_id)
    items = [item for item in _open_items(source) if item.invoice_id == corrects_id]
    return _record(source, spread(source.left_minor, items), actor)


@transaction.atomic
def allocate_credit_note_by_hand(
    credit_note_id: int, amounts: Mapping[int, int], *, actor: Actor
) -> tuple[Share, ...]:
    """The credit note is laid on each invoice for the amount named, in positive minor units, all or none.

    Raises NotFound, NotACreditNote, InvoiceNotOpen, AmountNotPositive, MoreThanOpen, MoreThanLeft.
    """
    source, _ = _credit_note(credit_note_id)
    shares = lay(source.left_minor, _open_items(source, amounts.keys()), amounts)
    return _record(source, shares, actor)


@transaction.atomic
def allocate_draw(draw_id: int, *, actor: Actor) -> tuple[Share, ...]:
    """What was drawn on a deposit, which its caller has locked, is laid on its invoice, all of it.

    Raises NotFound, InvoiceNotOpen, MoreThanOpen.
    """
    draw = Movement.objects.select_related("deposit").filter(pk=draw_id).first()
    if draw is None:
        raise NotFound(noun="movement")
    held, amounts = draw.deposit, {draw.invoice_id or 0: -draw.amount_minor}
    source = Source(
        None, None, draw_id, held.account_id, held.legal_entity_id, held.currency, -draw.amount_minor
    )
    return _record(source, lay(source.left_minor, _open_items(source, amounts.keys()), amounts), actor)


@transaction.atomic
def lay_as_elsewhere(laid: Collection[tuple[int, Share]], *, actor: Actor) -> None:
    """Each payment is laid on the invoice that it settled elsewhere, for that much, all of them or none.

    The database refuses what does not fit: another account's, more than is open, more than the payment is.
    """
    if not laid:
        return
    entity = LegalEntity.objects.get(accounts__payments=next(iter(laid))[0])
    today = clock.today(entity.timezone)
    Allocation.objects.bulk_create(
        Allocation(payment_id=payment_id, **share._asdict(), allocated_on=today, **_by(actor))
        for payment_id, share in laid
    )
    for ids in ranges(sorted(payment_id for payment_id, _ in laid)):
        events.record("allocation.made", "payment", ids, actor)


@transaction.atomic
def take_back(allocation_id: int, *, actor: Actor) -> None:
    """The allocation is undone by a row that mirrors it: the invoice is open again, the source has it again.

    Raises NotFound, TakenBack.
    """
    allocation = Allocation.objects.filter(pk=allocation_id).first()
    if allocation is None:
        raise NotFound(noun="allocation")
    if allocation.payment_id:
        _lock_payment(allocation.payment_id)
    _lock_invoices([allocation.invoice_id, allocation.credit_note_id or allocation.invoice_id])
    standing = Allocation.objects.standing().filter(pk=allocation_id)
    if not standing.exists():
        raise TakenBack(allocation_id=allocation_id)
    _reverse(standing, actor)


@transaction.atomic
def take_back_draw(draw_id: int, *, actor: Actor) -> None:
    """What was drawn on a deposit is laid on its invoice no more. Its caller has locked the deposit, and takes back the
    movement in the same transaction."""
    standing = Allocation.objects.standing().filter(draw_id=draw_id)
    _lock_invoices(standing.values_list("invoice_id", flat=True))
    _reverse(standing, actor)


@transaction.atomic
def take_back_payment(payment_id: int, *, actor: Actor) -> int:
    """Nothing of the payment is laid on any invoice any more; returns how many allocations were undone.

    Raises NotFound.
    """
    _lock_payment(payment_id)
    standing = Allocation.objects.standing().filter(payment_id=payment_id)
    _lock_invoices(standing.values_list("invoice_id", flat=True))
    return _reverse(standing, actor)


def _payment(payment_id: int) -> Source:
    payment = _lock_payment(payment_id)
    if payment.state == PaymentState.RETURNED:
        raise PaymentReturned(payment_id=payment_id)
    left_minor = payment.amount_minor - payment.allocated_minor
    place = (payment.account_id, payment.legal_entity_id, payment.currency)
    return Source(payment_id, None, None, *place, left_minor)


def _credit_note(credit_note_id: int) -> tuple[Source, int | None]:
    # The account's invoices are locked together with the credit note, so that all of them are in order of id.
    note = Invoice.objects.filter(pk=credit_note_id).first()
    if note is None:
        raise NotFound(noun="invoice")
    if note.kind != InvoiceKind.CREDIT_NOTE or note.state != InvoiceState.ISSUED:
        raise NotACreditNote(invoice_id=credit_note_id)
    _lock_invoices(
        Invoice.objects.still_open().filter(account_id=note.account_id).values_list("pk", flat=True)
    )
    note.refresh_from_db(fields=["settled_minor"])
    left_minor = note.settled_minor - note.payable_minor
    source = Source(None, note.pk, None, note.account_id, note.legal_entity_id, note.currency, left_minor)
    return source, note.corrects_id


def _lock_payment(payment_id: int) -> Payment:
    payment = Payment.objects.select_for_update().filter(pk=payment_id).first()
    if payment is None:
        raise NotFound(noun="payment")
    return payment


def _lock_invoices(invoice_ids: Iterable[int]) -> None:
    list(Invoice.objects.select_for_update().filter(pk__in=invoice_ids).order_by("pk").values_list("pk"))


def _open_items(source: Source, invoice_ids: Collection[int] | None = None) -> list[OpenItem]:
    found = (
        Invoice.objects.still_open()
        .filter(account_id=source.account_id, currency=source.currency)
        .exclude(kind=InvoiceKind.CREDIT_NOTE)
    )
    if invoice_ids is not None:
        found = found.filter(pk__in=invoice_ids)
    locked = list(found.select_for_update().order_by("pk"))
    if not_open := set(invoice_ids or ()) - {invoice.pk for invoice in locked}:
        raise InvoiceNotOpen(invoice_id=min(not_open))
    return [
        OpenItem(invoice.pk, cast(dt.date, invoice.issue_date), invoice.payable_minor - invoice.settled_minor)
        for invoice in locked
    ]


def _record(source: Source, shares: tuple[Share, ...], actor: Actor) -> tuple[Share, ...]:
    if not shares:
        return shares
    today = clock.today(LegalEntity.objects.get(pk=source.legal_entity_id).timezone)
    Allocation.objects.bulk_create(
        Allocation(
            payment_id=source.payment_id,
            credit_note_id=source.credit_note_id,
            draw_id=source.draw_id,
            invoice_id=share.invoice_id,
            amount_minor=share.amount_minor,
            allocated_on=today,
            **_by(actor),
        )
        for share in shares
    )
    _tell("allocation.made", source.payment_id, source.credit_note_id, actor)
    return shares


def _reverse(standing: QuerySet[Allocation], actor: Actor) -> int:
    undone = list(standing.select_related("invoice__legal_entity").order_by("pk"))
    Allocation.objects.bulk_create(
        Allocation(
            payment_id=one.payment_id,
            credit_note_id=one.credit_note_id,
            draw_id=one.draw_id,
            invoice_id=one.invoice_id,
            amount_minor=-one.amount_minor,
            reverses=one,
            allocated_on=clock.today(one.invoice.legal_entity.timezone),
            **_by(actor),
        )
        for one in undone
    )
    for payment_id, credit_note_id in sorted(
        {(one.payment_id or 0, one.credit_note_id or 0) for one in undone}
    ):
        _tell("allocation.taken_back", payment_id, credit_note_id, actor)
    return len(undone)


def _by(actor: Actor) -> dict[str, Any]:
    return {"actor_kind": actor.kind, "actor_id": actor.id, "actor_label": actor.label}


def _tell(topic: str, payment_id: int | None, credit_note_id: int | None, actor: Actor) -> None:
    # The event stands on the source; what it was laid on is told by the rows themselves. A draw is told by its deposit.
    if payment_id:
        events.record(topic, "payment", payment_id, actor)
    elif credit_note_id:
        events.record(topic, "invoice", credit_note_id, actor)
