"""A dry run asked for on a page: a worker computes it, and its figures stay."""

import datetime as dt
from typing import Any

from django.db import transaction

from encaisse.billing.operations import trials
from encaisse.billing.queries.runs import require_whole, selection_of
from encaisse.billing.rules import EVERYONE, Selection
from encaisse.flows.preview_run import Figures, preview
from encaisse.kernel.errors import DomainError
from encaisse.kernel.scope import Actor, Level, Scope


@transaction.atomic
def ask_trial(
    scope: Scope, *, cutoff_date: dt.date, issue_date: dt.date, selection: Selection = EVERYONE
) -> int:
    """A trial waits for its worker. Returns its key. Raises NotPermitted, NotSeenWhole."""
    scope.require("bill")
    require_whole(scope, selection)
    return trials.ask(cutoff_date=cutoff_date, issue_date=issue_date, selection=selection, actor=scope.actor)


def answer_trial(trial_id: int) -> None:
    """The trial has its figures, or the reason why a run would be refused. Repeatable: an answer stays."""
    asked = trials.open_trial(trial_id)
    if asked is None:
        return
    # Whoever asked saw every account when they did, and what is kept are sums.
    actor = Actor(asked.actor_kind, asked.actor_id, asked.actor_label)
    scope = Scope(actor, Level.EVERYTHING, permissions=frozenset({"bill"}))
    try:
        found = preview(
            scope,
            cutoff_date=asked.cutoff_date,
            issue_date=asked.issue_date,
            selection=selection_of(asked),
        )
    except DomainError as refusal:
        trials.refuse(trial_id, refusal)
        return
    trials.answer(trial_id, _plain(found))


def _plain(found: Figures) -> dict[str, Any]:
    return {
        "outcomes": found.detail.outcomes._asdict(),
        "reasons": [each._asdict() for each in found.detail.reasons],
        "totals": [each._asdict() for each in found.totals],
    }
