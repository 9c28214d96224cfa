"""What is done with invoices: written by hand, issued, credited, replaced, sent."""

import datetime as dt
from decimal import Decimal
from typing import Any, Self

from pydantic import Field, model_validator

from encaisse.api.fields import (
    AccountKey,
    Currency,
    DecimalGiven,
    Given,
    InvoiceKey,
    InvoiceRef,
    LineGiven,
    LineKey,
    Minor,
    MinorGiven,
    Name,
    ProductKey,
    Told,
    one_of,
    within_reach,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.resources.invoices import Invoice
from encaisse.api.shapes import ReferencesGiven
from encaisse.charge.operations.manual import ManualLine
from encaisse.delivery.operations import requeue
from encaisse.delivery.queries import sending
from encaisse.flows import billing_cycle, credit_invoice
from encaisse.flows.bill_by_hand import ByHand, bill_by_hand, draft_again
from encaisse.flows.cancel_and_replace import cancel_and_replace
from encaisse.flows.send_documents import send_duplicate, send_first
from encaisse.invoice.queries.corrections import credit_preview
from encaisse.invoice.queries.detail import InvoiceDetail, invoice_detail
from encaisse.invoice.rules.portion import Cut
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party

resource = Resource("Invoicing")


class LineByHand(Given):
    """A line that a program writes. Its discount is a percentage or an amount; the end of its period is exclusive."""

    product_id: ProductKey
    label: Name
    quantity: DecimalGiven
    unit_price: DecimalGiven
    discount_percent: DecimalGiven = Field(Decimal(0), ge=0, le=100)
    discount_amount: DecimalGiven | None = Field(None, ge=0)
    discount_reason: LineGiven | None = None
    period_from: dt.date | None = None
    period_to: dt.date | None = None

    @model_validator(mode="after")
    def _is_within_reach(self) -> Self:
        return within_reach(self, self.quantity, self.unit_price)

    def line(self) -> ManualLine:
        """The same as the flow takes it."""
        return ManualLine(**self.dict())


class InvoiceByHand(Given):
    """An invoice that a program writes, in the currency of its account; references are those that the buyer asks for
    instead of the account's own."""

    account_id: AccountKey
    issue_date: dt.date
    lines: list[LineByHand] = Field(min_length=1, max_length=200)
    references: ReferencesGiven | None = None

    def said(self, scope: Scope) -> ByHand:
        """What it says beside its lines."""
        account = party.account(scope, self.account_id).row
        told: ByHand = {"currency": account.currency, "issue_date": self.issue_date}
        return {**told, "references": self.references.references()} if self.references else told


class CutGiven(Given):
    """How much of one line is credited: a quantity, or an amount in minor units; neither is all that is left of it."""

    line_id: LineKey
    quantity: DecimalGiven | None = Field(None, gt=0)
    amount_minor: MinorGiven | None = None

    @model_validator(mode="after")
    def _is_one_of_them(self) -> Self:
        return one_of(self, "quantity", "amount_minor", needed=False)


class CreditGiven(Given):
    """A credit note: of some lines, or of all that is left. The reason is printed on it."""

    reason: Name
    issue_date: dt.date
    lines: list[CutGiven] | None = Field(None, min_length=1, max_length=500)

    def cuts(self) -> dict[int, Cut] | None:
        """How much of each line, if not of all."""
        if self.lines is None:
            return None
        return {each.line_id: Cut(each.quantity, each.amount_minor) for each in self.lines}


class Correction(Given):
    """Why an issued document is taken back, which is printed, and on which day."""

    reason: Name
    issue_date: dt.date


class CreditTotals(Told):
    """What a credit note would come to, in positive minor units."""

    net_minor: Minor
    tax_minor: Minor
    gross_minor: Minor
    left_minor: Minor
    currency: Currency


class Replacement(Told):
    """The credit note that was issued, and the draft to correct and issue in its place."""

    credit_note_id: InvoiceRef
    draft_id: InvoiceRef


@resource.post("/invoices", Invoice, "bill")
def create_invoice(request: ProgramRequest, said: InvoiceByHand) -> Any:
    """Write an invoice by hand.

    It is a draft, to be issued or discarded; the engine taxes it like any other.
    """
    lines = [each.line() for each in said.lines]
    draft_id = bill_by_hand(request.scope, said.account_id, lines, **said.said(request.scope))
    return invoice_detail(request.scope, draft_id)


@resource.post("/invoices/{invoice_id}/rewrite", Invoice, "bill")
def rewrite_invoice(request: ProgramRequest, invoice_id: InvoiceKey, said: InvoiceByHand) -> Any:
    """Write a draft by hand anew.

    What a draft says never changes: another one takes its place, and its own reference is another.
    """
    lines = [each.line() for each in said.lines]
    draft_id = draft_again(
        request.scope, invoice_id, lines, account_id=said.account_id, **said.said(request.scope)
    )
    return invoice_detail(request.scope, draft_id)


@resource.post("/invoices/{invoice_id}/issue", Invoice, "issue", status=200)
def issue_invoice(request: ProgramRequest, invoice_id: InvoiceKey) -> Any:
    """Issue a draft made by hand.

    It gets its number, is booked, and is sent as its account says.
    """
    billing_cycle.issue(_run_by_hand(request.scope, invoice_id), actor=request.scope.actor)
    return invoice_detail(request.scope, invoice_id)


@resource.post("/invoices/{invoice_id}/discard", Invoice, "bill", status=200)
def discard_invoice(request: ProgramRequest, invoice_id: InvoiceKey) -> Any:
    """Throw a draft made by hand away, with its lines."""
    billing_cycle.cancel(_run_by_hand(request.scope, invoice_id), actor=request.scope.actor, drop=True)
    return invoice_detail(request.scope, invoice_id)


@resource.post("/invoices/{invoice_id}/credit-preview", CreditTotals, "credit", status=200)
def preview_credit_note(request: ProgramRequest, invoice_id: InvoiceKey, said: CreditGiven) -> Any:
    """See what a credit note of some lines would come to.

    Nothing is written.
    """
    return credit_preview(request.scope, invoice_id, said.cuts() or {})


@resource.post("/invoices/{invoice_id}/credit-notes", Invoice, "credit")
def credit_invoice_in_part_or_whole(
    request: ProgramRequest, invoice_id: InvoiceKey, said: CreditGiven
) -> Any:
    """Credit an invoice, whole or in part.

    The credit note is issued and settles what is open of the invoice; the rest of it can be used or refunded.
    """
    note_id = credit_invoice.credit(
        request.scope, invoice_id, reason=said.reason, issue_date=said.issue_date, cuts=said.cuts()
    )
    return invoice_detail(request.scope, note_id)


@resource.post("/invoices/{invoice_id}/replace", Replacement, "credit")
def replace_invoice(request: ProgramRequest, invoice_id: InvoiceKey, said: Correction) -> Any:
    """Cancel an invoice and replace it.

    Its exact credit note is issued, and a draft of the same lines waits to be rewritten and issued.
    """
    return cancel_and_replace(request.scope, invoice_id, reason=said.reason, issue_date=said.issue_date)


@resource.post("/credit-notes/{credit_note_id}/cancel", Invoice, "credit")
def cancel_credit_note(request: ProgramRequest, credit_note_id: InvoiceKey, said: Correction) -> Any:
    """Cancel a credit note.

    An invoice bills again exactly what it gave back.
    """
    made_id = credit_invoice.cancel_credit_note(
        request.scope, credit_note_id, reason=said.reason, issue_date=said.issue_date
    )
    return invoice_detail(request.scope, made_id)


@resource.post("/invoices/{invoice_id}/send", Invoice, "issue", status=202)
def send_invoice(request: ProgramRequest, invoice_id: InvoiceKey) -> Any:
    """Send a document that was sent to nobody yet."""
    send_first(request.scope, invoice_id)
    return invoice_detail(request.scope, invoice_id)


@resource.post("/invoices/{invoice_id}/duplicate", Invoice, "issue", status=202)
def send_invoice_duplicate(request: ProgramRequest, invoice_id: InvoiceKey) -> Any:
    """Send a copy of a document, marked as a duplicate on every page."""
    send_duplicate(request.scope, invoice_id)
    return invoice_detail(request.scope, invoice_id)


@resource.post("/invoices/{invoice_id}/send-again", Invoice, "issue", status=202)
def send_invoice_again(request: ProgramRequest, invoice_id: InvoiceKey) -> Any:
    """Send again what could not be sent of a document."""
    found = invoice_detail(request.scope, invoice_id)
    for each in sending(request.scope, invoice_id).failed:
        requeue(each.id, scope=request.scope)
    return found


def _run_by_hand(scope: Scope, invoice_id: int) -> int:
    found: InvoiceDetail = invoice_detail(scope, invoice_id)
    if found.run_id is None or found.run_kind != "manual":
        raise NotFound(noun="invoice")
    return found.run_id
