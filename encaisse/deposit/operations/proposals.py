"""What is proposed of a deposit, and what somebody answered: nothing moves before."""

import datetime as dt
from typing import NamedTuple

from django.db import transaction
from django.db.models import Q

from encaisse.deposit.errors import AnsweredAlready
from encaisse.deposit.models import Answer, Proposal, ProposalKind, Why
from encaisse.deposit.operations.requests import locked
from encaisse.kernel import clock, events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor


class Proposed(NamedTuple):
    """What is proposed: to give a deposit back, or to pay a late invoice out of it; and why."""

    deposit_id: int
    kind: ProposalKind
    why: Why
    invoice_id: int | None = None


@transaction.atomic
def propose(told: Proposed, *, on: dt.date, actor: Actor) -> int | None:
    """It waits for somebody's answer, unless it waits already or was declined for the same reason.

    Returns its key, None when nothing is new. Locks the deposit. Raises NotFound.
    """
    deposit = locked(told.deposit_id)
    known = Proposal.objects.filter(deposit=deposit, kind=told.kind)
    about = Q(invoice=told.invoice_id) if told.invoice_id else Q(invoice=None)
    opened = known.filter(state=Answer.OPEN)
    # What was to pay an invoice that is paid otherwise by now is void.
    opened.exclude(about).update(state=Answer.DECLINED, answered_at=clock.now())
    if opened.exists() or known.filter(about, state=Answer.DECLINED, why=told.why).exists():
        return None
    made = Proposal.objects.create(
        deposit=deposit,
        kind=told.kind,
        why=told.why,
        invoice_id=told.invoice_id,
        proposed_on=on,
        proposed_by=actor.label,
    )
    events.record("deposit.proposed", "deposit", deposit.pk, actor, proposal=told.kind)
    return made.pk


@transaction.atomic
def answer(proposal_id: int, said: Answer, *, actor: Actor) -> Proposal:
    """Somebody approved or declined it, once. Locks it. Raises NotFound, AnsweredAlready."""
    proposal = Proposal.objects.select_for_update().filter(pk=proposal_id).first()
    if proposal is None:
        raise NotFound(noun="deposit_proposal")
    if proposal.state != Answer.OPEN:
        raise AnsweredAlready(proposal_id=proposal_id)
    proposal.state = said
    proposal.answered_by, proposal.answered_at = actor.label, clock.now()
    proposal.save(update_fields=["state", "answered_by", "answered_at"])
    events.record(f"deposit.{said}", "deposit", proposal.deposit_id, actor, proposal=proposal.kind)
    return proposal


@transaction.atomic
def withdraw_open(deposit_id: int) -> int:
    """Nothing is proposed any more of a deposit that holds nothing. Returns how many were."""
    opened = Proposal.objects.filter(deposit=deposit_id, state=Answer.OPEN)
    return opened.update(state=Answer.DECLINED, answered_by="", answered_at=clock.now())
