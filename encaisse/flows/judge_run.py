"""What becomes of the drafts of a run that rules caught, once it is issued."""

from typing import Final

from django.db import transaction

from encaisse.billing.models import Caught, RunState
from encaisse.billing.operations import quarantine as billing
from encaisse.billing.operations.runs import run_of
from encaisse.invoice.models import InvoiceState
from encaisse.invoice.operations import cancel as invoice_cancel
from encaisse.invoice.operations.decide import decide, drafts_in
from encaisse.judgement.errors import DraftsHeld
from encaisse.judgement.operations import quarantine
from encaisse.kernel.scope import Actor

# The reason of an account whose draft its run cancelled because of what a rule found.
CAUGHT_BY_RULE: Final = "caught_by_rule"


def require_none_held(run_id: int) -> None:
    """Raises DraftsHeld while the run holds drafts that nobody has decided yet."""
    run = run_of(run_id)
    if run.state != RunState.REVIEW:
        return
    actions = {InvoiceState.SUSPECT: run.on_suspect, InvoiceState.REJECTED: run.on_reject}
    held = sum(len(drafts_in(run_id, state)) for state, action in actions.items() if action == Caught.HOLD)
    if held:
        raise DraftsHeld(run_id=run_id, drafts=held)


@transaction.atomic
def settle(run_id: int, *, actor: Actor) -> None:
    """No draft of a run that is being issued is suspect or rejected any more: each is approved, waits in quarantine,
    or is cancelled, as the run says.

    Locks the run, so that of the workers that share it one does this and the others find it done.
    """
    run = billing.lock_run(run_id, needed=RunState.ISSUING)
    for state, action in ((InvoiceState.SUSPECT, run.on_suspect), (InvoiceState.REJECTED, run.on_reject)):
        if caught := drafts_in(run_id, state):
            _settle(run_id, caught, Caught(action), actor)


def _settle(run_id: int, caught: list[int], action: Caught, actor: Actor) -> None:
    if action is Caught.APPROVE:
        decide(caught, InvoiceState.APPROVED, among=quarantine.CAUGHT)
    elif action in (Caught.REOPEN, Caught.DROP):
        billing.set_aside(run_id, caught, CAUGHT_BY_RULE, {"charges": action.value})
        invoice_cancel.cancel_drafts(caught, drop=action is Caught.DROP)
    else:  # what is held was decided before issuing began
        quarantine.hold(run_id, caught, actor)
