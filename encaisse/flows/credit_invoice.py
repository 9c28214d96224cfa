"""A credit note in full: drafted as the exact mirror of an invoice, issued, and laid on what is still open of it."""

import datetime as dt

from django.db import transaction

from encaisse.allocation import operations as allocation
from encaisse.flows.billing_cycle import issue_drafts
from encaisse.flows.collected_vat import follow_credit_note
from encaisse.invoice.operations.credit import draft_credit_note
from encaisse.kernel.scope import Actor


@transaction.atomic
def credit_in_full(invoice_id: int, *, reason: str, actor: Actor, issue_date: dt.date) -> int:
    """The invoice has an issued credit note of the opposite amounts. Returns the credit note's key.

    What is open of the invoice is settled by it; what was paid stays on the credit note, to be used or refunded.
    Raises InvoiceNotIssued, NotCreditable, AlreadyCredited, IssueDateBeforeLast.
    """
    credit_note_id = draft_credit_note(invoice_id, reason=reason)
    issue_drafts([credit_note_id], issue_date=issue_date, actor=actor)
    allocation.allocate_credit_note(credit_note_id, actor=actor)
    follow_credit_note(credit_note_id, on=issue_date)
    return credit_note_id
