"""An invoice by hand: manual charges and a run of one, through the same engine as a million."""

import datetime as dt
from collections.abc import Sequence
from typing import NotRequired, TypedDict, Unpack

from django.db import transaction

from encaisse.billing.models import RunKind
from encaisse.billing.operations import runs as billing
from encaisse.billing.rules import BY_HAND, Selection
from encaisse.charge.operations import manual as charge
from encaisse.charge.operations.manual import ManualLine
from encaisse.flows import billing_cycle
from encaisse.flows.decide_drafts import cancel_quarantined
from encaisse.invoice.models import Invoice, InvoiceState
from encaisse.judgement.models import Decision
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party.operations.references import buyer_reference
from encaisse.party.rules.references import References


class ByHand(TypedDict):
    """What an invoice by hand says beside its lines.

    `references` are those that the buyer asks for on it, instead of the account's. `replaces` is the invoice in whose
    place it bills.
    """

    currency: str
    issue_date: dt.date
    references: NotRequired[References]
    replaces: NotRequired[int | None]


@transaction.atomic
def bill_by_hand(scope: Scope, account_id: int, lines: Sequence[ManualLine], **said: Unpack[ByHand]) -> int:
    """The account has an approved draft of these lines, in a run of its own that waits in review.

    Returns the invoice's key; `billing_cycle.issue` of its run issues it. Nothing is written when the account is
    refused: raises AccountRefused with the code and facts that a mass run would keep as the exception. Raises
    NotPermitted, NotSeenWhole when the asker does not see the account, and what checking the references raises.
    """
    issue_date = said["issue_date"]
    charge.record_manual(
        account_id=account_id,
        currency=said["currency"],
        lines=lines,
        billable_on=issue_date,
        buyer_reference_id=buyer_reference(account_id, said.get("references", References())),
    )
    run_id = billing_cycle.start(
        scope,
        cutoff_date=issue_date + dt.timedelta(days=1),
        issue_date=issue_date,
        selection=Selection(account_id=account_id),
        manner=BY_HAND._replace(replaces=said.get("replaces")),
    )
    billing_cycle.draft(run_id, actor=scope.actor)
    return billing.invoice_of(run_id, account_id)


@transaction.atomic
def draft_again(
    scope: Scope, draft_id: int, lines: Sequence[ManualLine], *, account_id: int, **said: Unpack[ByHand]
) -> int:
    """A draft by hand, or a document in quarantine, gives way to a draft by hand of these lines and maybe of another
    account.

    What a draft says never changes: the old one is cancelled and its charges dropped. Returns the new one's key.
    Raises NotFound unless it is such a draft that the asker sees, RunNotInState once it is being issued, and what
    `bill_by_hand` raises.
    """
    scope.require("bill")
    found = Invoice.objects.visible_to(scope).filter(pk=draft_id)
    draft = found.select_related("run").first()
    if draft is None or draft.run is None:
        raise NotFound(noun="invoice")
    if draft.state == InvoiceState.QUARANTINED:
        cancel_quarantined(scope, draft_id, Decision.CORRECTED)
    elif draft.run.kind == RunKind.MANUAL:
        billing_cycle.cancel(draft.run.pk, actor=scope.actor, drop=True)
    else:
        raise NotFound(noun="invoice")
    said["replaces"] = draft.run.replaces
    return bill_by_hand(scope, account_id, lines, **said)
