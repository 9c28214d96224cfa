"""Cancelling drafts: their charges are open again, or dropped for good."""

from collections.abc import Sequence

from django.db import transaction

from encaisse.invoice.errors import DraftNotCancellable
from encaisse.invoice.models import Invoice, InvoiceState
from encaisse.kernel import sql


@transaction.atomic
def cancel_drafts(invoice_ids: Sequence[int], *, drop: bool = False) -> int:
    """The drafts are cancelled and their charges open again, or with `drop` never billed. Returns how many.

    Locks the drafts in id order. Raises DraftNotCancellable when one of them is issued.
    """
    ids = list(invoice_ids)
    drafts = list(Invoice.objects.select_for_update().filter(pk__in=ids).order_by("pk").only("id", "state"))
    for draft in drafts:
        if draft.state == InvoiceState.ISSUED:
            raise DraftNotCancellable(invoice_id=draft.pk, state=draft.state)
    sql.execute("invoice", "drop_charges" if drop else "reopen_charges", {"ids": ids})
    return (
        Invoice.objects.filter(pk__in=ids)
        .exclude(state=InvoiceState.CANCELLED)
        .update(state=InvoiceState.CANCELLED)
    )


def drafts_of_run(run_id: int) -> list[int]:
    """The drafts of a run that are neither issued nor cancelled."""
    done = (InvoiceState.ISSUED, InvoiceState.CANCELLED)
    return list(Invoice.objects.filter(run_id=run_id).exclude(state__in=done).values_list("id", flat=True))
