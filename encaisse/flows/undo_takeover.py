"""The import of what was made elsewhere is undone: as if it had never come in, as long as nothing used it since.

    look what the batch brought -> take back what its payments settled -> withdraw payments and invoices -> mirror their
    entries

Nothing is deleted: what is withdrawn is hidden everywhere, and its numbers may come in again.
"""

from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, QuerySet

from encaisse.allocation import operations as allocation
from encaisse.allocation.models import Allocation
from encaisse.delivery.models import Delivery
from encaisse.flows.import_invoices import today_at
from encaisse.invoice.models import Invoice, InvoiceState
from encaisse.invoice.operations import bring_in as invoice
from encaisse.kernel.scope import Actor
from encaisse.ledger import operations as ledger
from encaisse.payment import operations as payment
from encaisse.payment.models import Payment, PaymentState
from encaisse.takeover.errors import UsedSince
from encaisse.takeover.models import Settlement


class _Brought(NamedTuple):
    """What a batch brought that still stands."""

    invoices: "QuerySet[Invoice]"
    settled: "QuerySet[Payment]"
    carried: "QuerySet[Payment]"


@transaction.atomic
def undo_takeover(batch_id: int, *, actor: Actor) -> int:
    """The invoices, payments and credits that the batch brought are withdrawn; how many. Repeatable.

    All of them or none. Raises UsedSince, which names the first that something used: a payment or a credit laid on it
    here, a later file, a correction, a document on its way.
    """
    brought = _brought(batch_id)
    _require_unused(brought)
    payments = list((brought.settled | brought.carried).order_by("pk"))
    invoice_ids = list(brought.invoices.order_by("pk").values_list("pk", flat=True))
    booked = set(_booked(payments))
    for each in payments:
        allocation.take_back_payment(each.pk, actor=actor)
    payment.withdraw([each.pk for each in payments], actor=actor)
    for each in payments:
        if each.pk in booked:
            ledger.post_payment_withdrawn(each.pk, date=today_at(each.legal_entity_id))
    for entity_id, ids in _by_entity(brought.invoices).items():
        ledger.post_openings_withdrawn(ids, date=today_at(entity_id))
    invoice.withdraw(invoice_ids, actor=actor)
    return len(payments) + len(invoice_ids)


def _brought(batch_id: int) -> _Brought:
    standing = Payment.objects.filter(state=PaymentState.RECEIVED)
    return _Brought(
        Invoice.objects.filter(origin__intake_row__batch=batch_id, state=InvoiceState.ISSUED),
        standing.filter(settlement__intake_row__batch=batch_id),
        standing.filter(credit__intake_row__batch=batch_id),
    )


def _require_unused(brought: _Brought) -> None:
    """Raises UsedSince."""
    invoices = brought.invoices
    used = [
        invoices.filter(settlements__payment__state=PaymentState.RETURNED),
        invoices.filter(settlements__payment__state=PaymentState.RECEIVED).exclude(
            settlements__payment__in=brought.settled
        ),
        invoices.filter(corrections__state=InvoiceState.ISSUED).exclude(corrections__in=invoices),
        invoices.filter(pk__in=Delivery.objects.values("document__invoice")),
        invoices.filter(pk__in=_laid_by_others(brought)),
    ]
    for found in used:
        if number := found.order_by("pk").values_list("number", flat=True).first():
            raise UsedSince(reference=number)
    moved = brought.settled.exclude(allocated_minor=F("amount_minor")) | brought.carried.exclude(
        allocated_minor=0
    )
    if reference := moved.order_by("pk").values_list("reference", flat=True).first():
        raise UsedSince(reference=reference)


def _laid_by_others(brought: _Brought) -> "QuerySet[Allocation, Any]":
    standing = Allocation.objects.standing()
    others = standing.exclude(payment__in=brought.settled)
    notes = standing.filter(credit_note__in=brought.invoices).values("credit_note")
    return others.values("invoice").union(notes)


def _booked(payments: list[Payment]) -> list[int]:
    keys = [each.pk for each in payments]
    unbooked = Settlement.objects.filter(payment__in=keys, in_opening=True).values_list(
        "payment_id", flat=True
    )
    return sorted({*keys} - {*unbooked})


def _by_entity(invoices: "QuerySet[Invoice]") -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for key, entity_id in invoices.order_by("pk").values_list("pk", "legal_entity_id"):
        found.setdefault(entity_id, []).append(key)
    return found
