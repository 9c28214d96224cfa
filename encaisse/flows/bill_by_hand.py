"""An invoice by hand: manual charges and a run of one, through the same engine as a million."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from encaisse.billing.models import RunKind
from encaisse.billing.operations import runs as billing
from encaisse.billing.rules import Selection
from encaisse.charge.operations import manual as charge
from encaisse.charge.operations.manual import ManualLine
from encaisse.flows import billing_cycle
from encaisse.invoice.models import Invoice
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope


@transaction.atomic
def bill_by_hand(
    scope: Scope,
    account_id: int,
    lines: Sequence[ManualLine],
    *,
    currency: str,
    issue_date: dt.date,
    replaces: int | None = None,
) -> int:
    """The account has an approved draft of these lines, in a run of its own that waits in review.

    Returns the invoice's key; `billing_cycle.issue` of its run issues it. `replaces` is the invoice in whose place it
    bills. Nothing is written when the account is refused: raises AccountRefused with the code and facts that a mass
    run would keep as the exception. Raises NotPermitted, NotSeenWhole when the asker does not see the account.
    """
    charge.record_manual(account_id=account_id, currency=currency, lines=lines, billable_on=issue_date)
    run_id = billing_cycle.start(
        scope,
        cutoff_date=issue_date + dt.timedelta(days=1),
        issue_date=issue_date,
        selection=Selection(account_id=account_id),
        kind=RunKind.MANUAL,
        replaces=replaces,
    )
    billing_cycle.draft(run_id, actor=scope.actor)
    return billing.invoice_of(run_id, account_id)


@transaction.atomic
def draft_again(
    scope: Scope,
    draft_id: int,
    lines: Sequence[ManualLine],
    *,
    account_id: int,
    currency: str,
    issue_date: dt.date,
) -> int:
    """A draft by hand gives way to another, of these lines and maybe of another account, in its place.

    What a draft says never changes: the old one is cancelled and its charges dropped. Returns the new one's key.
    Raises NotFound unless it is a draft by hand that the asker sees, RunNotInState once it is being issued, and what
    `bill_by_hand` raises.
    """
    scope.require("bill")
    found = Invoice.objects.visible_to(scope).filter(pk=draft_id, run__kind=RunKind.MANUAL)
    draft = found.select_related("run").first()
    if draft is None or draft.run is None:
        raise NotFound(noun="invoice")
    billing_cycle.cancel(draft.run.pk, actor=scope.actor, drop=True)
    return bill_by_hand(
        scope, account_id, lines, currency=currency, issue_date=issue_date, replaces=draft.run.replaces
    )
