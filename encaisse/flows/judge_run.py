"""Judging the drafts of a run as they are made, and again when their rate moves; and what becomes of those that rules
caught, once the run is issued."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Final

from django.db import transaction

from encaisse.billing.models import Caught, RunState
from encaisse.billing.operations import quarantine as billing
from encaisse.billing.operations.runs import run_of
from encaisse.billing.rules import Part
from encaisse.invoice.models import Invoice, InvoiceState
from encaisse.invoice.operations import cancel as invoice_cancel
from encaisse.invoice.operations.decide import decide, drafts_in
from encaisse.judgement.errors import DraftsHeld
from encaisse.judgement.models import Decision, Finding, Quarantine, Verdict
from encaisse.judgement.operations import quarantine
from encaisse.judgement.operations.judge import Judged, judge_part, judge_these, law
from encaisse.kernel.scope import Actor

# The reason of an account whose draft its run cancelled because of what a rule found.
CAUGHT_BY_RULE: Final = "caught_by_rule"


@transaction.atomic(savepoint=False)
def judge(part: Part, drafted: tuple[int, int], on: dt.date) -> None:
    """The drafts of a part, from the first to the last, are judged by the rules in force on their day.

    One of which a broken rule could not be answered is cancelled, and its account an exception: its alone.
    """
    _set_aside_unanswered(part.run_id, judge_part(part, drafted, law(part.legal_entity_id, on)))


@transaction.atomic(savepoint=False)
def judge_again(places: Mapping[int, int], on: dt.date, *, actor: Actor) -> list[int]:
    """Drafts at another rate than the ones whose places they take, by the keys of these, are judged in turn, since
    rules compare in the accounting currency. Returns the keys of those that are issued now.

    What a rule caught before was let through by the run or by a person: caught by no other rule, it still is, and so
    is whatever somebody released. The others go where their run says of what is caught.
    """
    released = set(
        Quarantine.objects.filter(pk__in=places, decision=Decision.RELEASED).values_list("pk", flat=True)
    )
    known: dict[int, set[int]] = {}
    for invoice_id, rule_id in Finding.objects.filter(invoice_id__in=places).values_list(
        "invoice_id", "rule_id"
    ):
        known.setdefault(invoice_id, set()).add(rule_id)
    stopped: set[int] = set()
    for (run_id, entity_id), olds in _by_run(places).items():
        judged = judge_these([places[old] for old in olds], law(entity_id, on))
        free = {places[old] for old in olds if old in released}
        stopped |= _set_aside_unanswered(run_id, judged, but=free)
        caught = [old for old in olds if places[old] in judged.worst]
        seen = [
            old for old in caught if old in released or judged.caught_by[places[old]] <= known.get(old, set())
        ]
        decide([places[old] for old in seen], InvoiceState.APPROVED, among=quarantine.CAUGHT)
        unseen = [places[old] for old in caught if old not in seen]
        stopped |= _settle_now(run_id, {key: judged.worst[key] for key in unseen}, actor)
    return [new for new in places.values() if new not in stopped]


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
    else:  # what is held was decided before issuing began, but for what another rate made of it since
        quarantine.hold(run_id, caught, actor)


def _by_run(places: Mapping[int, int]) -> dict[tuple[int, int], list[int]]:
    found = Invoice.objects.filter(pk__in=places, run__isnull=False).order_by("pk")
    olds: dict[tuple[int, int], list[int]] = {}
    for old, run_id, entity_id in found.values_list("pk", "run_id", "legal_entity_id"):
        olds.setdefault((run_id, entity_id), []).append(old)
    return olds


def _settle_now(run_id: int, worst: Mapping[int, str], actor: Actor) -> set[int]:
    """What is caught while its run is being issued goes where the run says. Returns what is not issued therefore."""
    if not worst:
        return set()
    run = billing.lock_run(run_id, needed=RunState.ISSUING)
    stopped: set[int] = set()
    for verdict, action in ((Verdict.SUSPECT, run.on_suspect), (Verdict.REJECT, run.on_reject)):
        if keys := [key for key, each in worst.items() if each == verdict]:
            _settle(run_id, keys, Caught(action), actor)
            stopped |= set() if action == Caught.APPROVE else set(keys)
    return stopped


def _set_aside_unanswered(run_id: int, judged: Judged, but: Collection[int] = ()) -> set[int]:
    stopped: set[int] = set()
    for why, found in judged.unanswered.items():
        keys = [key for key in found if key not in but]
        billing.set_aside(run_id, keys, why.code, why.facts())
        invoice_cancel.cancel_drafts(keys)
        stopped |= set(keys)
    return stopped
