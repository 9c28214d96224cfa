"""The VAT that waits for payment follows what settles its invoices: due when they are settled, waiting again when not.

Whoever lays a source on invoices, or takes it back, says so here in the same transaction; the database refuses the
commit otherwise. Money counts once it is laid on an invoice, on the day that the caller names.
"""

import datetime as dt

from django.db.models import QuerySet

from encaisse.allocation.models import Allocation
from encaisse.kernel import clock
from encaisse.ledger import operations as ledger
from encaisse.party.models import LegalEntity


def follow_payment(payment_id: int, *, on: dt.date | None = None) -> int:
    """The VAT of the invoices that the payment was ever laid on is due as far as they are settled.

    Entries are dated `on`, else today at the entity. Returns how many invoices moved.
    """
    return _follow(Allocation.objects.filter(payment_id=payment_id), on)


def follow_credit_note(credit_note_id: int, *, on: dt.date | None = None) -> int:
    """The VAT of the credit note and of the invoices that it was ever laid on is due as far as they are settled.

    What one owes more the other owes less. Dates and result as for a payment.
    """
    return _follow(Allocation.objects.filter(credit_note_id=credit_note_id), on)


def _follow(laid: QuerySet[Allocation], on: dt.date | None) -> int:
    sides = laid.values_list("invoice_id", "credit_note_id", "invoice__legal_entity_id")
    ids, entities = set(), set()
    for invoice_id, credit_note_id, entity_id in sides:
        ids |= {invoice_id, credit_note_id} - {None}
        entities.add(entity_id)
    if not ids:
        return 0
    # Source and invoices are of one account, and so of one entity.
    (entity_id,) = entities
    today = on or clock.today(LegalEntity.objects.get(pk=entity_id).timezone)
    return ledger.post_collected_vat(ids, date=today)
