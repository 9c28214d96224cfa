"""Credit notes, whole or in part, and the invoice that cancels one: drafted, issued, and laid on what they concern.

draft -> post and number -> lay on what is open -> the VAT that waited follows
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from encaisse.allocation import operations as allocation
from encaisse.allocation.models import Allocation
from encaisse.flows.billing_cycle import issue_drafts
from encaisse.flows.collected_vat import follow_credit_note
from encaisse.invoice.errors import NoReasonGiven
from encaisse.invoice.models import Invoice
from encaisse.invoice.operations.credit import draft_credit_note, draft_opposite
from encaisse.invoice.rules.portion import Cut
from encaisse.kernel import clock, events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor, Scope


@transaction.atomic
def credit(
    scope: Scope,
    invoice_id: int,
    *,
    reason: str,
    issue_date: dt.date,
    cuts: Mapping[int, Cut] | None = None,
) -> int:
    """The invoice has an issued credit note of what `cuts` say of its lines, else of all that is left of it.

    Returns the credit note's key. What is open of the invoice is settled by it; what was paid stays on the credit
    note, to be used or refunded. Raises NotPermitted, NotFound, NoReasonGiven, IssueDateBeforeLast and what drafting it
    raises.
    """
    _require(scope, invoice_id, reason)
    return _credit(invoice_id, reason, cuts, issue_date=issue_date, actor=scope.actor)


@transaction.atomic
def credit_today(scope: Scope, invoice_id: int, *, reason: str) -> Mapping[str, Any]:
    """All that is left of the invoice is credited today, where its legal entity is, as `credit` does.

    Returns what a job keeps of it: how much, in which currency. Raises as `credit` does.
    """
    _require(scope, invoice_id, reason)
    zone = Invoice.objects.values_list("legal_entity__timezone", flat=True).get(pk=invoice_id)
    made = _credit(invoice_id, reason, None, issue_date=clock.today(zone), actor=scope.actor)
    found = Invoice.objects.filter(pk=made).values_list("currency", "gross_minor").get()
    return {"currency": found[0], "amount_minor": -found[1]}


@transaction.atomic
def credit_in_full(invoice_id: int, *, reason: str, actor: Actor, issue_date: dt.date) -> int:
    """All that is left of the invoice is credited, as `credit` does for a person. Returns the credit note's key.

    Raises InvoiceNotIssued, NotCreditable, AlreadyCredited, IssueDateBeforeLast.
    """
    return _credit(invoice_id, reason, None, issue_date=issue_date, actor=actor)


@transaction.atomic
def cancel_credit_note(scope: Scope, credit_note_id: int, *, reason: str, issue_date: dt.date) -> int:
    """An issued invoice bills again exactly what the credit note gave back, and each settles the other.

    Whatever the credit note was laid on is open again. Returns the invoice's key; it can be credited in turn.
    Raises NotPermitted, NotFound, NoReasonGiven, IssueDateBeforeLast and what drafting it raises.
    """
    _require(scope, credit_note_id, reason)
    opposite_id = draft_opposite(credit_note_id, reason=reason)
    issue_drafts([opposite_id], issue_date=issue_date, actor=scope.actor)
    laid = Allocation.objects.standing().filter(credit_note_id=credit_note_id).order_by("pk")
    for allocation_id in laid.values_list("pk", flat=True):
        allocation.take_back(allocation_id, actor=scope.actor)
    gross_minor = Invoice.objects.values_list("gross_minor", flat=True).get(pk=opposite_id)
    if gross_minor:
        allocation.allocate_credit_note_by_hand(credit_note_id, {opposite_id: gross_minor}, actor=scope.actor)
    follow_credit_note(credit_note_id, on=issue_date)
    _tell("invoice.billed_again", credit_note_id, opposite_id, scope.actor)
    return opposite_id


def _require(scope: Scope, invoice_id: int, reason: str) -> None:
    scope.require("credit")
    if not Invoice.objects.visible_to(scope).filter(pk=invoice_id).exists():
        raise NotFound(noun="invoice")
    if not reason.strip():
        raise NoReasonGiven(invoice_id=invoice_id)


def _credit(
    invoice_id: int,
    reason: str,
    cuts: Mapping[int, Cut] | None,
    *,
    issue_date: dt.date,
    actor: Actor,
) -> int:
    credit_note_id = draft_credit_note(invoice_id, reason=reason, cuts=cuts)
    issue_drafts([credit_note_id], issue_date=issue_date, actor=actor)
    allocation.allocate_credit_note(credit_note_id, actor=actor)
    follow_credit_note(credit_note_id, on=issue_date)
    _tell("invoice.credited", invoice_id, credit_note_id, actor)
    return credit_note_id


def _tell(topic: str, invoice_id: int, made_id: int, actor: Actor) -> None:
    number, gross_minor, currency = Invoice.objects.values_list("number", "gross_minor", "currency").get(
        pk=made_id
    )
    facts = {"number": number, "gross_minor": abs(gross_minor), "currency": currency}
    events.record(topic, "invoice", invoice_id, actor, **facts)
