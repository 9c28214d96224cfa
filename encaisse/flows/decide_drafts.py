"""What people decide of drafts that rules caught: in review of their run, then in quarantine.

A document that is released takes the next number on the day of its release; nothing else of it changes.
"""

from typing import Final

from django.db import transaction

from encaisse.billing.models import RunState
from encaisse.billing.operations import quarantine as billing
from encaisse.flows.billing_cycle import issue_drafts
from encaisse.invoice.models import Invoice, InvoiceState
from encaisse.invoice.operations import cancel as invoice_cancel
from encaisse.invoice.operations.decide import decide
from encaisse.judgement.models import Decision
from encaisse.judgement.operations import quarantine
from encaisse.kernel import clock, events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope

# The reason of an account whose document somebody refused in quarantine.
REFUSED: Final = "refused_in_quarantine"


@transaction.atomic
def approve(scope: Scope, invoice_id: int) -> None:
    """A draft that a rule caught is issued with its run, which is in review.

    Raises NotPermitted, NotFound, RunNotInState, DraftNotInState.
    """
    scope.require("issue")
    run_id = _visible(scope, invoice_id).run_id
    if run_id is None:
        raise NotFound(noun="run")
    billing.lock_run(run_id, needed=RunState.REVIEW)
    decide([invoice_id], InvoiceState.APPROVED, among=quarantine.CAUGHT)
    events.record("invoice.approved", "invoice", invoice_id, scope.actor)


@transaction.atomic
def release(scope: Scope, invoice_id: int) -> None:
    """A document in quarantine is issued today, where its legal entity is: it takes the next number, and its due date
    follows.

    Raises NotPermitted, NotFound, NotInQuarantine, RunNotInState, IssueDateBeforeLast.
    """
    scope.require("issue")
    zone = _visible(scope, invoice_id).legal_entity.timezone
    quarantine.decide(scope, invoice_id, Decision.RELEASED)
    decide([invoice_id], InvoiceState.APPROVED, among=[InvoiceState.QUARANTINED])
    events.record("invoice.released", "invoice", invoice_id, scope.actor)
    issue_drafts([invoice_id], issue_date=clock.today(zone), actor=scope.actor)


@transaction.atomic
def refuse(scope: Scope, invoice_id: int, *, drop: bool) -> None:
    """A document in quarantine is cancelled; its charges are open again, or with `drop` never billed.

    Raises NotPermitted, NotFound, NotInQuarantine, RunNotInState.
    """
    scope.require("bill")
    cancel_quarantined(scope, invoice_id, Decision.DROPPED if drop else Decision.REOPENED)


@transaction.atomic
def cancel_quarantined(scope: Scope, invoice_id: int, decision: Decision) -> None:
    """A document leaves quarantine cancelled, and its account is an exception of its run.

    Its charges are open again only when the decision says so. Raises NotFound, NotInQuarantine, RunNotInState.
    """
    run_id = quarantine.decide(scope, invoice_id, decision)
    billing.set_aside(run_id, [invoice_id], REFUSED, {"by": scope.actor.label, "charges": decision.value})
    invoice_cancel.cancel_drafts([invoice_id], drop=decision != Decision.REOPENED)
    events.record("invoice.refused", "invoice", invoice_id, scope.actor, charges=decision.value)


def _visible(scope: Scope, invoice_id: int) -> Invoice:
    found = Invoice.objects.visible_to(scope).select_related("legal_entity").filter(pk=invoice_id).first()
    if found is None:
        raise NotFound(noun="invoice")
    return found
