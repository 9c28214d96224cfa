"""What is open on an account, what may settle it, and how both were laid together, for whoever may see it."""

import datetime as dt
from typing import NamedTuple

from django.db.models import F, Q, QuerySet

from encaisse.allocation.models import Allocation
from encaisse.invoice.models import Invoice, InvoiceKind
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount
from encaisse.payment.models import Payment, PaymentState


class OpenInvoice(NamedTuple):
    """An issued invoice of which something is still to be settled, in minor units of `currency`."""

    id: int
    number: str
    issue_date: dt.date
    due_date: dt.date | None
    currency: str
    payable_minor: int
    settled_minor: int

    @property
    def open_minor(self) -> int:
        """What is still to be settled."""
        return self.payable_minor - self.settled_minor


class SourceRow(NamedTuple):
    """A payment or credit note that is not used up. `kind` is `payment` or `credit_note`."""

    kind: str
    id: int
    label: str
    date: dt.date
    currency: str
    amount_minor: int
    left_minor: int


class AllocationRow(NamedTuple):
    """One allocation, negative when it takes another back. `source` is a payment's reference or a number."""

    id: int
    payment_id: int | None
    credit_note_id: int | None
    deposit_id: int | None
    source: str
    invoice_id: int
    invoice: str
    currency: str
    amount_minor: int
    allocated_on: dt.date
    is_standing: bool
    actor: str
    created_at: dt.datetime


def open_items(scope: Scope, account_id: int) -> list[OpenInvoice]:
    """The open invoices of an account, oldest first. Raises NotFound."""
    _account(scope, account_id)
    seen = Invoice.objects.visible_to(scope).still_open().filter(account_id=account_id)
    found = seen.exclude(kind=InvoiceKind.CREDIT_NOTE)
    fields = ("pk", "number", "issue_date", "due_date", "currency", "payable_minor", "settled_minor")
    return [OpenInvoice(*row) for row in found.order_by("issue_date", "pk").values_list(*fields)]


def sources(scope: Scope, account_id: int) -> list[SourceRow]:
    """What could still be laid on the account's invoices: payments, then credit notes, oldest first.

    Raises NotFound.
    """
    _account(scope, account_id)
    payments = Payment.objects.visible_to(scope).filter(
        account_id=account_id, state=PaymentState.RECEIVED, allocated_minor__lt=F("amount_minor")
    )
    notes = (
        Invoice.objects.visible_to(scope)
        .still_open()
        .filter(account_id=account_id, kind=InvoiceKind.CREDIT_NOTE)
    )
    left = F("amount_minor") - F("allocated_minor")
    credit = F("settled_minor") - F("payable_minor")
    return [
        SourceRow("payment", *row)
        for row in payments.order_by("received_on", "pk").values_list(
            "pk", "reference", "received_on", "currency", "amount_minor", left
        )
    ] + [
        SourceRow("credit_note", *row)
        for row in notes.order_by("issue_date", "pk").values_list(
            "pk", "number", "issue_date", "currency", -F("payable_minor"), credit
        )
    ]


def allocations_of_payment(scope: Scope, payment_id: int) -> list[AllocationRow]:
    """How the payment was laid on invoices, in order of time, what was taken back included."""
    return _rows(Allocation.objects.visible_to(scope).filter(payment_id=payment_id))


def allocations_of_invoice(scope: Scope, invoice_id: int) -> list[AllocationRow]:
    """How the invoice was settled or the credit note used, in order of time, what was taken back included."""
    either = Q(invoice_id=invoice_id) | Q(credit_note_id=invoice_id)
    return _rows(Allocation.objects.visible_to(scope).filter(either))


def invoice_of(scope: Scope, allocation_id: int) -> int:
    """The invoice that something was laid on. Raises NotFound."""
    found = Allocation.objects.visible_to(scope).filter(pk=allocation_id)
    invoice_id = found.values_list("invoice_id", flat=True).first()
    if invoice_id is None:
        raise NotFound(noun="allocation")
    return invoice_id


def _account(scope: Scope, account_id: int) -> None:
    if not BillingAccount.objects.visible_to(scope).filter(pk=account_id).exists():
        raise NotFound(noun="billing_account")


def _rows(found: QuerySet[Allocation]) -> list[AllocationRow]:
    described = found.select_related(
        "payment", "credit_note", "draw__deposit", "invoice", "reversed_by"
    ).order_by("pk")
    return [_row(allocation) for allocation in described]


def _row(allocation: Allocation) -> AllocationRow:
    return AllocationRow(
        id=allocation.pk,
        payment_id=allocation.payment_id,
        credit_note_id=allocation.credit_note_id,
        deposit_id=allocation.draw.deposit_id if allocation.draw else None,
        source=_source(allocation),
        invoice_id=allocation.invoice_id,
        invoice=allocation.invoice.number or "",
        currency=allocation.invoice.currency,
        amount_minor=allocation.amount_minor,
        allocated_on=allocation.allocated_on,
        is_standing=allocation.reverses_id is None and not hasattr(allocation, "reversed_by"),
        actor=allocation.actor_label,
        created_at=allocation.created_at,
    )


def _source(allocation: Allocation) -> str:
    if allocation.payment:
        return allocation.payment.reference
    if allocation.draw:
        return allocation.draw.deposit.number
    return (allocation.credit_note and allocation.credit_note.number) or ""
