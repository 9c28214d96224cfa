"""What judging and people make of drafts, before they are issued or cancelled."""

from collections.abc import Collection, Sequence

from django.db import transaction

from encaisse.invoice.errors import DraftNotInState
from encaisse.invoice.models import Invoice, InvoiceState
from encaisse.kernel import sql


def mark_caught(invoice_ids: Collection[int], state: InvoiceState) -> int:
    """Drafts that were just made are suspect or rejected, since a rule caught them. Returns how many."""
    if not invoice_ids:
        return 0
    return sql.execute(
        "invoice", "mark_drafts", {"ids": sql.array(sorted(invoice_ids)), "state": state.value}
    )


@transaction.atomic
def decide(invoice_ids: Sequence[int], to: InvoiceState, *, among: Collection[InvoiceState]) -> None:
    """The drafts are in this state. Locks them in id order. Raises DraftNotInState unless each was `among` others."""
    drafts = Invoice.objects.select_for_update().filter(pk__in=invoice_ids).order_by("pk").only("id", "state")
    for draft in drafts:
        if draft.state not in among:
            raise DraftNotInState(invoice_id=draft.pk, state=draft.state, needed=" ".join(sorted(among)))
    sql.execute("invoice", "mark_drafts", {"ids": sql.array(sorted(invoice_ids)), "state": to.value})


def drafts_in(run_id: int, state: InvoiceState) -> list[int]:
    """The drafts of a run in this state, in order."""
    of_run = Invoice.objects.filter(run_id=run_id, state=state).order_by("pk")
    return list(of_run.values_list("pk", flat=True))
