"""Payments: received, laid on invoices, taken back, returned."""

import datetime as dt
from typing import Annotated, Any, Literal

from django.http import HttpResponse
from ninja import Query
from pydantic import Field

from encaisse.allocation import queries as allocation
from encaisse.api.fields import (
    AccountKey,
    AccountRef,
    AllocationKey,
    Currency,
    CurrencyGiven,
    CustomerKey,
    CustomerRef,
    EntityKey,
    Given,
    InvoiceKey,
    Minor,
    MinorGiven,
    Page,
    Paging,
    PaymentKey,
    PaymentRef,
    Search,
    Text,
    Told,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.resources.invoices import Allocation
from encaisse.api.shapes import Happening
from encaisse.api.written import listed
from encaisse.flows import settle
from encaisse.flows.return_payment import return_payment as send_back
from encaisse.flows.take_payment import take_payment
from encaisse.insight.queries import timeline
from encaisse.party import queries as party
from encaisse.payment import queries
from encaisse.payment.queries import Wanted

resource = Resource("Payments")
Method = Literal["transfer", "cheque", "cash"]
Sort = Literal["received_on", "-received_on", "amount_minor", "-amount_minor"]


class PaymentFilter(Paging):
    """What a list of payments is narrowed to. `text` finds a reference or a customer; `only_left` keeps those of which
    something is still to be laid on invoices; `received_to` is exclusive.
    """

    after: PaymentKey | None = None
    text: Search = ""
    state: Literal["received", "returned"] | None = None
    method: Method | None = None
    currency: CurrencyGiven | None = None
    only_left: bool = False
    legal_entity_id: EntityKey | None = None
    customer_id: CustomerKey | None = None
    account_id: AccountKey | None = None
    received_from: dt.date | None = None
    received_to: dt.date | None = None
    sort: Sort = "-received_on"

    def wanted(self) -> Wanted:
        """The same as the query takes it."""
        return Wanted(
            text=self.text,
            state=self.state or "",
            method=self.method or "",
            currency=self.currency or "",
            only_left=self.only_left,
            entity_id=self.legal_entity_id,
            customer_id=self.customer_id,
            account_id=self.account_id,
            received_from=self.received_from,
            received_to=self.received_to,
        )


class Payment(Told):
    """Money received. `left_minor` may still be laid on invoices."""

    id: PaymentRef
    state: Literal["received", "returned"]
    method: str
    received_on: dt.date
    reference: str
    customer_id: CustomerRef
    customer: str
    account_id: AccountRef
    account: str
    legal_entity: str
    currency: Currency
    amount_minor: Minor
    allocated_minor: Minor
    left_minor: Minor
    actor: str
    recorded_at: dt.datetime

    @staticmethod
    def resolve_legal_entity(row: queries.PaymentRow) -> str:
        """The name of who was paid."""
        return row.entity


class NewPayment(Given):
    """Money received on an account, in its currency. It settles the invoices named, else the oldest first."""

    account_id: AccountKey
    amount_minor: MinorGiven
    method: Method
    received_on: dt.date
    reference: Annotated[str, Text(140)] = ""
    invoice_ids: list[InvoiceKey] = Field([], max_length=200)
    origin_key: Annotated[str, Text(200)] | None = Field(
        None, description="Your own name of this receipt: told again, it is the same payment, for ever."
    )


class Share(Given):
    """How much of a payment or a credit note is laid on one invoice."""

    invoice_id: InvoiceKey
    amount_minor: MinorGiven


class NewAllocations(Given):
    """How what is left is laid on invoices: by hand, else by a strategy over those named or the whole account."""

    shares: list[Share] | None = Field(None, min_length=1, max_length=200)
    strategy: Literal["oldest_first", "largest_first"] = "oldest_first"
    invoice_ids: list[InvoiceKey] = Field([], max_length=200)

    def amounts(self) -> dict[int, int] | None:
        """The shares by invoice, if it is by hand."""
        return {each.invoice_id: each.amount_minor for each in self.shares} if self.shares else None


class Return(Given):
    """The day on which the money went back."""

    returned_on: dt.date


@resource.get("/payments", Page[Payment])
def list_payments(request: ProgramRequest, asked: Query[PaymentFilter]) -> HttpResponse:
    """List payments.

    The latest first unless sorted otherwise.
    """
    rows = queries.written(
        request.scope, asked.wanted(), sort=asked.sort, limit=asked.limit, after=asked.after
    )
    return listed(request, "pay", rows, asked.limit)


@resource.post("/payments", Payment, "record_payment")
def record_payment(request: ProgramRequest, said: NewPayment) -> Any:
    """Record a payment.

    It is booked and laid on what is open; what is beyond stays on the account.
    """
    account = party.account(request.scope, said.account_id).row
    receipt: dict[str, Any] = said.dict(exclude={"invoice_ids"}) | {"currency": account.currency}
    paid = take_payment(
        actor=request.scope.actor, scope=request.scope, invoice_ids=said.invoice_ids, **receipt
    )
    return queries.payment(request.scope, paid)


@resource.get("/payments/{payment_id}", Payment)
def get_payment(request: ProgramRequest, payment_id: PaymentKey) -> Any:
    """Read a payment."""
    return queries.payment(request.scope, payment_id)


@resource.get("/payments/{payment_id}/timeline", Page[Happening])
def list_payment_events(request: ProgramRequest, payment_id: PaymentKey) -> Any:
    """Read what happened to a payment.

    The latest first.
    """
    return whole(timeline.of_payment(request.scope, payment_id))


@resource.get("/payments/{payment_id}/allocations", Page[Allocation])
def list_payment_allocations(request: ProgramRequest, payment_id: PaymentKey) -> Any:
    """Read how a payment was laid on invoices.

    What was taken back is told too.
    """
    queries.payment(request.scope, payment_id)
    return whole(allocation.allocations_of_payment(request.scope, payment_id))


@resource.post("/payments/{payment_id}/allocations", Page[Allocation], "allocate")
def allocate_payment(request: ProgramRequest, payment_id: PaymentKey, said: NewAllocations) -> Any:
    """Lay what is left of a payment on invoices."""
    settle.settle_with_payment(
        payment_id,
        scope=request.scope,
        amounts=said.amounts(),
        invoice_ids=said.invoice_ids,
        strategy=said.strategy,
    )
    return whole(allocation.allocations_of_payment(request.scope, payment_id))


@resource.post("/payments/{payment_id}/return", Payment, "record_payment", status=200)
def return_payment(request: ProgramRequest, payment_id: PaymentKey, said: Return) -> Any:
    """Return a payment.

    An unpaid cheque or a recalled transfer: it settles nothing any more, and its entry is mirrored.
    """
    send_back(payment_id, returned_on=said.returned_on, actor=request.scope.actor, scope=request.scope)
    return queries.payment(request.scope, payment_id)


@resource.post("/credit-notes/{credit_note_id}/allocations", Page[Allocation], "allocate")
def allocate_credit_note(request: ProgramRequest, credit_note_id: InvoiceKey, said: NewAllocations) -> Any:
    """Lay what is left of a credit note on invoices.

    By hand, else on the invoice that it corrects.
    """
    settle.settle_with_credit_note(credit_note_id, scope=request.scope, amounts=said.amounts())
    return whole(allocation.allocations_of_invoice(request.scope, credit_note_id))


@resource.post("/allocations/{allocation_id}/undo", Page[Allocation], "allocate", status=200)
def undo_allocation(request: ProgramRequest, allocation_id: AllocationKey) -> Any:
    """Take an allocation back.

    The invoice is open again; both rows stay in its history.
    """
    invoice_id = allocation.invoice_of(request.scope, allocation_id)
    settle.take_back(allocation_id, scope=request.scope)
    return whole(allocation.allocations_of_invoice(request.scope, invoice_id))
