"""Every write of trials: dry runs that a worker computes."""

import datetime as dt
from typing import Any

from django.db import transaction

from encaisse.billing.models import Trial
from encaisse.billing.rules import Selection
from encaisse.kernel import clock
from encaisse.kernel.errors import DomainError
from encaisse.kernel.scope import Actor


@transaction.atomic
def ask(*, cutoff_date: dt.date, issue_date: dt.date, selection: Selection, actor: Actor) -> int:
    """A dry run is asked for. Returns its key."""
    trial = Trial.objects.create(
        cutoff_date=cutoff_date,
        issue_date=issue_date,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        **selection._asdict(),
    )
    return trial.pk


def open_trial(trial_id: int) -> Trial | None:
    """The trial, unless its answer is there already."""
    return Trial.objects.filter(pk=trial_id, ended_at__isnull=True).first()


@transaction.atomic
def answer(trial_id: int, figures: dict[str, Any]) -> None:
    """The trial says what a run would make."""
    Trial.objects.filter(pk=trial_id).update(figures=figures, ended_at=clock.now())


@transaction.atomic
def refuse(trial_id: int, refusal: DomainError) -> None:
    """The trial says why a run would be refused."""
    said = {"code": refusal.code, "facts": refusal.facts()}
    Trial.objects.filter(pk=trial_id).update(refused=said, ended_at=clock.now())
