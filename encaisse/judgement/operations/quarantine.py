"""Every write of the quarantine: what waits there, and what was decided of it."""

from collections.abc import Sequence
from typing import Final

from django.db import transaction

from encaisse.billing.operations.quarantine import await_decisions, decided
from encaisse.invoice.models import Invoice, InvoiceState
from encaisse.invoice.operations.decide import decide as turn
from encaisse.judgement.errors import NotInQuarantine
from encaisse.judgement.models import Decision, Quarantine
from encaisse.kernel import clock, sql
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor, Scope

CAUGHT: Final = (InvoiceState.SUSPECT, InvoiceState.REJECTED)


@transaction.atomic
def hold(run_id: int, invoice_ids: Sequence[int], actor: Actor) -> None:
    """Caught drafts of a run wait in quarantine, so that it can finish without them. Raises DraftNotInState."""
    turn(invoice_ids, InvoiceState.QUARANTINED, among=CAUGHT)
    sql.execute("judgement", "hold_drafts", {"ids": sql.array(invoice_ids)})
    await_decisions(run_id, len(invoice_ids), actor)


@transaction.atomic
def decide(scope: Scope, invoice_id: int, decision: Decision) -> int:
    """The document waits no more; after the last of its run, the run is complete. Returns the run's key.

    What the decision means for the document itself is its flow's to do, in the same transaction. Locks the run, then
    the document's place in quarantine. Raises NotFound, NotInQuarantine, RunNotInState while the run is still issued.
    """
    visible = Invoice.objects.visible_to(scope).filter(pk=invoice_id)
    seen = Quarantine.objects.filter(invoice__in=visible.values("pk")).first()
    if seen is None:
        raise NotFound(noun="invoice")
    if seen.decision:
        raise NotInQuarantine(state=seen.decision)
    decided(seen.run_id, scope.actor)
    waiting = Quarantine.objects.select_for_update().get(pk=invoice_id)
    if waiting.decision:
        raise NotInQuarantine(state=waiting.decision)
    Quarantine.objects.filter(pk=invoice_id).update(
        decision=decision, decided_at=clock.now(), decided_by=scope.actor.label
    )
    return seen.run_id
