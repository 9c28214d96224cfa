"""At the end of what a deposit secures it is proposed to give it back, or first to pay what is late out of it.

every day: what is over -> a late invoice: propose a draw -> nothing open: give back by itself, or propose it
a person: approve, which moves the money as it stands then, or decline

While an invoice is open and not late yet nothing is proposed: it may still be paid.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Q

from encaisse.deposit.models import Answer, Deposit, Proposal, ProposalKind, Why
from encaisse.deposit.operations import proposals
from encaisse.deposit.operations.movements import Given, held_minor
from encaisse.deposit.operations.proposals import Proposed
from encaisse.deposit.operations.requests import locked
from encaisse.flows import deposits
from encaisse.invoice.models import Invoice, InvoiceKind
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor, Scope
from encaisse.subscription.models import SubscriptionState


def follow_due(*, actor: Actor) -> dict[str, int]:
    """Every deposit whose contract has ended, or whose validity is over, is looked at. What came of it, by name.

    Each in a transaction of its own. Repeatable: what is proposed, or was declined, is not proposed again.
    """
    counts = {"proposed": 0, "refunded": 0}
    for deposit_id, zone in _over():
        name = _follow(deposit_id, clock.today(zone), actor)
        if name:
            counts[name] += 1
    return counts


@transaction.atomic
def approve(scope: Scope, proposal_id: int, *, despite_open: bool = False) -> int:
    """What is proposed is done, as things stand now: a refund by transfer under the deposit's number, or a draw of as
    much as is held and open. Returns the movement's key.

    Raises NotPermitted, NotFound, AnsweredAlready, and what giving back and drawing raise.
    """
    proposal = _seen(scope, proposal_id)
    proposals.answer(proposal_id, Answer.APPROVED, actor=scope.actor)
    deposit = locked(proposal.deposit_id)
    today = clock.today(deposit.legal_entity.timezone)
    if proposal.kind == ProposalKind.REFUND:
        given = Given("transfer", deposit.number, today)
        moved = deposits.refund_deposit(scope, deposit.pk, given, despite_open=despite_open)
    else:
        invoice = Invoice.objects.get(pk=proposal.invoice_id or 0)
        amount_minor = min(held_minor(deposit), invoice.payable_minor - invoice.settled_minor)
        moved = deposits.draw(deposit.pk, invoice.pk, amount_minor, on=today, actor=scope.actor)
    return moved


def decline(scope: Scope, proposal_id: int) -> None:
    """Nothing moves, and the same is not proposed again. Raises NotPermitted, NotFound, AnsweredAlready."""
    _seen(scope, proposal_id)
    proposals.answer(proposal_id, Answer.DECLINED, actor=scope.actor)


def _over() -> list[tuple[int, str]]:
    ended = Q(subscription__state=SubscriptionState.ENDED)
    # The day is looked at again in the time zone of the legal entity.
    dated = Q(valid_until__lt=clock.now().date() + dt.timedelta(days=1))
    found = Deposit.objects.holding().filter(ended | dated)
    return list(found.order_by("pk").values_list("pk", "legal_entity__timezone"))


@transaction.atomic
def _follow(deposit_id: int, today: dt.date, actor: Actor) -> str:
    deposit = locked(deposit_id)
    why = _why(deposit, today)
    if why is None:
        return ""
    opened = Invoice.objects.still_open().filter(
        account_id=deposit.account_id, currency=deposit.currency, kind=InvoiceKind.INVOICE
    )
    late = opened.filter(due_date__lt=today).order_by("due_date", "pk").first()
    if late is not None:
        drawn = Proposed(deposit_id, ProposalKind.DRAW, Why.INVOICE_LATE, late.pk)
        return "proposed" if proposals.propose(drawn, on=today, actor=actor) else ""
    if opened.exists():
        return ""
    if deposit.template.is_auto_refund:
        deposits.refund(deposit_id, Given("transfer", deposit.number, today), actor=actor)
        return "refunded"
    given_back = Proposed(deposit_id, ProposalKind.REFUND, why)
    return "proposed" if proposals.propose(given_back, on=today, actor=actor) else ""


def _why(deposit: Deposit, today: dt.date) -> Why | None:
    contract = deposit.subscription
    if contract is not None and contract.state == SubscriptionState.ENDED:
        return Why.CONTRACT_ENDED
    if deposit.valid_until is not None and deposit.valid_until < today:
        return Why.VALIDITY_OVER
    return None


def _seen(scope: Scope, proposal_id: int) -> Proposal:
    scope.require(deposits.REFUNDS)
    found = Proposal.objects.visible_to(scope).filter(pk=proposal_id).first()
    if found is None:
        raise NotFound(noun="deposit_proposal")
    return found
