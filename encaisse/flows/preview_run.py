"""A dry run: the same run to its drafts, looked at, then rolled back whole."""

import datetime as dt
from typing import NamedTuple

from django.db import transaction

from encaisse.billing.queries.runs import RunDetail, run_detail
from encaisse.billing.rules import EVERYONE, Selection
from encaisse.flows import billing_cycle
from encaisse.flows.billing_cycle import Progress
from encaisse.invoice.queries.lists import RunTotal, run_totals
from encaisse.kernel.scope import Scope


class Figures(NamedTuple):
    """What a run made, or would make: its outcomes with reasons, and its documents by currency and state."""

    detail: RunDetail
    totals: list[RunTotal]


@transaction.atomic
def preview(
    scope: Scope,
    *,
    cutoff_date: dt.date,
    issue_date: dt.date,
    selection: Selection = EVERYONE,
    progress: Progress | None = None,
) -> Figures:
    """What a run would make at this cutoff; nothing of it stays.

    Raises NotPermitted, NotSeenWhole, NothingToBill.
    """
    run_id = billing_cycle.start(scope, cutoff_date=cutoff_date, issue_date=issue_date, selection=selection)
    billing_cycle.draft(run_id, actor=scope.actor, progress=progress)
    seen = figures(scope, run_id)
    transaction.set_rollback(True)  # noqa: FBT003 - Django's own signature
    return seen


def figures(scope: Scope, run_id: int) -> Figures:
    """What a run made of the visible accounts. Raises NotFound."""
    return Figures(run_detail(scope, run_id), run_totals(scope, run_id))
