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
from encaisse.kernel.scope import Scope


@transaction.atomic
def bill_by_hand(
    scope: Scope, account_id: int, lines: Sequence[ManualLine], *, currency: str, issue_date: dt.date
) -> int:
    """The account has an approved draft of these lines, in a run of its own that waits in review.

    Returns the invoice's key; `billing_cycle.issue` of its run issues it. Nothing is written when the account is
    refused: raises AccountRefused with the code and facts that a mass run would keep as the exception. Raises
    NotPermitted, NotSeenWhole when the asker does not see the account.
    """
    charge.record_manual(account_id=account_id, currency=currency, lines=lines, billable_on=issue_date)
    run_id = billing_cycle.start(
        scope,
        cutoff_date=issue_date + dt.timedelta(days=1),
        issue_date=issue_date,
        selection=Selection(account_id=account_id),
        kind=RunKind.MANUAL,
    )
    billing_cycle.draft(run_id, actor=scope.actor)
    return billing.invoice_of(run_id, account_id)
