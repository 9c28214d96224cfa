"""Books and contracts follow what settles invoices: VAT that waits for payment is due when they are settled and waits
again when not; what money of another currency was worth less or more than the invoice that it pays is a gain or a loss;
and an advance that is collected begins its contract.

Whoever lays a source on invoices, or takes it back, says so here in the same transaction; the database refuses the
commit otherwise. Money counts once it is laid on an invoice, on the day that the caller names.
"""

import datetime as dt

from django.db.models import QuerySet

from encaisse.allocation.models import Allocation
from encaisse.flows.follow_advances import follow_advances
from encaisse.kernel import clock
from encaisse.ledger import operations as ledger
from encaisse.party.models import LegalEntity


def follow_payment(payment_id: int, *, on: dt.date | None = None) -> int:
    """The VAT of the invoices that the payment was ever laid on is due as far as they are settled, gains and losses by
    exchange are booked.

    Entries are dated `on`, else today at the entity. Returns how many invoices moved.
    """
    return _follow(Allocation.objects.filter(payment_id=payment_id), on, payment_id=payment_id)


def follow_credit_note(credit_note_id: int, *, on: dt.date | None = None) -> int:
    """The VAT of the credit note and of the invoices that it was ever laid on is due as far as they are settled.

    What one owes more the other owes less. Dates and result as for a payment.
    """
    return _follow(
        Allocation.objects.filter(credit_note_id=credit_note_id), on, credit_note_id=credit_note_id
    )


def follow_draw(draw_id: int, *, on: dt.date | None = None) -> int:
    """The same of what was drawn on a deposit: the invoice that it paid was a sale all along."""
    return _follow(Allocation.objects.filter(draw_id=draw_id), on, movement_id=draw_id)


def _follow(laid: QuerySet[Allocation], on: dt.date | None, **source: int) -> int:
    sides = laid.values_list(
        "invoice_id", "credit_note_id", "invoice__account_id", "invoice__currency", "invoice__legal_entity_id"
    )
    ids: set[int] = set()
    accounts: set[tuple[int, str, int]] = set()
    for invoice_id, credit_note_id, account_id, currency, entity_id in sides:
        ids |= {invoice_id, credit_note_id or invoice_id}
        accounts.add((account_id, currency, entity_id))
    if not ids:
        return 0
    # Source and invoices are of one account, and so of one entity and one currency.
    ((account_id, currency, entity_id),) = accounts
    entity = LegalEntity.objects.get(pk=entity_id)
    today = on or clock.today(entity.timezone)
    if currency != entity.currency:
        ledger.post_exchange_differences(account_id, date=today, **source)
    follow_advances(ids, on=today)
    return ledger.post_collected_vat(ids, date=today)
