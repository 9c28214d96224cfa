"""An invoice is cancelled and replaced: its exact credit note, and a draft of the same lines to correct.

Both are there or neither. The draft is an invoice by hand, in a run of its own, that refers to what it replaces; it
is changed by throwing it away and making another (`bill_by_hand.draft_again`), and issued like any other.
"""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from encaisse.charge.operations.manual import ManualLine
from encaisse.flows.bill_by_hand import bill_by_hand
from encaisse.flows.credit_invoice import credit
from encaisse.invoice.models import Invoice, Line
from encaisse.kernel.money import from_minor
from encaisse.kernel.scope import Scope
from encaisse.party.rules.references import References


class Replacement(NamedTuple):
    """The issued credit note, and the draft that waits in review."""

    credit_note_id: int
    draft_id: int


@transaction.atomic
def cancel_and_replace(scope: Scope, invoice_id: int, *, reason: str, issue_date: dt.date) -> Replacement:
    """All that is left of the invoice is credited, and a draft bills the same again, to be corrected.

    Raises NotPermitted (it takes the rights to credit and to bill), NotFound, IssueDateBeforeLast, what drafting a
    credit note raises, and AccountRefused when the account can no longer be billed: then nothing is credited either.
    """
    scope.require("bill")
    credit_note_id = credit(scope, invoice_id, reason=reason, issue_date=issue_date)
    invoice = Invoice.objects.select_related("buyer_reference").get(pk=invoice_id)
    draft_id = bill_by_hand(
        scope,
        invoice.account_id,
        _lines(credit_note_id, invoice.currency),
        currency=invoice.currency,
        issue_date=issue_date,
        references=invoice.buyer_reference.said if invoice.buyer_reference else References(),
        replaces=invoice_id,
    )
    return Replacement(credit_note_id, draft_id)


def _lines(credit_note_id: int, currency: str) -> list[ManualLine]:
    """What a credit note gave back, as it was billed."""
    return [
        ManualLine(
            product_id=line.product_id,
            label=line.label,
            quantity=-line.quantity,
            unit_price=line.unit_price,
            discount_percent=line.discount_percent,
            discount_amount=_amount_off(line, currency),
            discount_reason=line.discount_reason,
            period_from=line.period_from,
            period_to=line.period_to,
        )
        for line in Line.objects.filter(invoice_id=credit_note_id).order_by("position")
    ]


def _amount_off(line: Line, currency: str) -> Decimal | None:
    if line.discount_percent or not line.discount_minor:
        return None
    return from_minor(-line.discount_minor, currency)
