"""What a run knows of the documents that rules caught: how many wait in quarantine, and what became of the others."""

import json
from collections.abc import Collection
from typing import Any

from django.db import transaction
from django.db.models import F

from encaisse.billing.errors import RunNotInState
from encaisse.billing.models import Outcome, Run, RunState
from encaisse.billing.operations.runs import move, run_of
from encaisse.kernel import events, sql
from encaisse.kernel.scope import Actor


def lock_run(run_id: int, *, needed: RunState) -> Run:
    """The run, locked so that it stays in this state until the transaction ends. Raises NoSuchRun, RunNotInState."""
    run_of(run_id)
    run = Run.objects.select_for_update(no_key=True).get(pk=run_id)
    if run.state != needed:
        raise RunNotInState(run_id=run_id, state=run.state, needed=needed)
    return run


@transaction.atomic
def await_decisions(run_id: int, documents: int, actor: Actor) -> None:
    """So many documents more of a run that is being issued wait in quarantine."""
    Run.objects.filter(pk=run_id).update(quarantined=F("quarantined") + documents)
    events.record("run.quarantined", "run", run_id, actor, documents=documents)


@transaction.atomic
def decided(run_id: int, actor: Actor) -> None:
    """One document of a finished run less waits in quarantine; after the last the run is complete.

    Locks the run. Raises RunNotInState unless it is finished.
    """
    run = lock_run(run_id, needed=RunState.FINISHED)
    if run.quarantined > 1:
        Run.objects.filter(pk=run_id).update(quarantined=F("quarantined") - 1)
    else:
        # In one statement: a run that waits for nothing more is complete.
        move(run_id, RunState.COMPLETE, actor, allowed=[RunState.FINISHED])


@transaction.atomic
def set_aside(run_id: int, invoice_ids: Collection[int], reason: str, facts: dict[str, Any]) -> None:
    """The accounts of these cancelled drafts end as exceptions; the drafts count no more."""
    which = {"run_id": run_id, "invoices": sql.array(invoice_ids)}
    sql.execute("billing", "uncount_drafts", which)
    found = Outcome.objects.filter(run_id=run_id, invoice_id__in=invoice_ids)
    told = json.loads(json.dumps(facts, default=str))
    found.update(outcome="exception", reason=reason, facts=told, invoice_id=None)
