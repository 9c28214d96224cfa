"""What follows when an advance is collected, by whatever means: it is held in the books, and its contract begins.

settled or open again -> what is held of it follows -> its contract has its advance, or lacks it again

Whoever settles documents comes by here (`collected_vat`), in the same transaction.
"""

import datetime as dt
from collections.abc import Collection
from typing import Final

from django.db.models import Q

from encaisse.invoice.models import Advance, Invoice, InvoiceKind, InvoiceState
from encaisse.kernel.scope import Actor
from encaisse.ledger import operations as ledger
from encaisse.subscription.models import ConditionKind
from encaisse.subscription.operations import conditions

# Contracts begin by the money itself, whoever told of it.
BY_MONEY: Final = Actor("task", label="advances")


def follow_advances(invoice_ids: Collection[int], *, on: dt.date) -> None:
    """The advances among these documents, and those that credit notes among them correct, are held as far as they are
    settled; the contract of each that is collected has its advance since that day."""
    documents = Invoice.objects.filter(pk__in=invoice_ids)
    of_advances = documents.filter(
        Q(kind=InvoiceKind.ADVANCE) | Q(kind=InvoiceKind.CREDIT_NOTE, corrects__kind=InvoiceKind.ADVANCE)
    )
    moved = list(of_advances.values_list("pk", flat=True))
    if not moved:
        return
    ledger.post_collected_advances(moved, date=on)
    for advance in Advance.objects.filter(invoice__in=moved, subscription__isnull=False).order_by("pk"):
        _tell_its_contract(advance, on)


def _tell_its_contract(advance: Advance, on: dt.date) -> None:
    collected = Advance.objects.collected().filter(pk=advance.pk)
    credited = Invoice.objects.filter(corrects=advance.pk, state=InvoiceState.ISSUED)
    assert advance.subscription_id is not None
    if collected.exists() and not credited.exists():
        conditions.meet(advance.subscription_id, ConditionKind.ADVANCE, on=on, actor=BY_MONEY)
    else:
        conditions.unmeet(advance.subscription_id, ConditionKind.ADVANCE, actor=BY_MONEY)
