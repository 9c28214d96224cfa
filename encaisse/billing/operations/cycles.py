"""Every write of cycles and of who belongs to them."""

import datetime as dt
from collections.abc import Collection
from typing import NamedTuple

from django.db import transaction

from encaisse.billing.errors import CycleCodeTaken, CycleNotRunning
from encaisse.billing.models import Cycle, CycleMember
from encaisse.billing.rules import Manner, Recurrence
from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor

_ONE_DAY = dt.timedelta(days=1)


class CycleFacts(NamedTuple):
    """What a cycle is, as `models.Cycle` says it."""

    code: str
    name_fr: str
    name_en: str
    unit: str
    unit_count: int
    first_day: dt.date
    until_days: int
    issue_days: int
    start: str
    legal_entity_id: int | None
    on_suspect: str = "quarantine"
    on_reject: str = "quarantine"


class Due(NamedTuple):
    """A day of a cycle and what a run of it bills; the cutoff is exclusive."""

    day: dt.date
    cutoff_date: dt.date
    issue_date: dt.date
    legal_entity_id: int | None
    start: str
    manner: Manner


@transaction.atomic
def define(facts: CycleFacts, *, today: dt.date, actor: Actor) -> int:
    """A cycle exists; its next day is its first one that is not past. Returns its key. Raises CycleCodeTaken."""
    if Cycle.objects.filter(code=facts.code).exists():
        raise CycleCodeTaken(cycle=facts.code)
    cycle = Cycle.objects.create(**facts._asdict(), next_day=_recurrence(facts).next_from(today))
    events.record("cycle.defined", "cycle", cycle.pk, actor)
    return cycle.pk


@transaction.atomic
def change(cycle_id: int, facts: CycleFacts, *, today: dt.date, actor: Actor) -> None:
    """The cycle is what `facts` say; its next day is counted again when its days are others.

    Raises NotFound, CycleCodeTaken.
    """
    cycle = _locked(cycle_id)
    if Cycle.objects.filter(code=facts.code).exclude(pk=cycle_id).exists():
        raise CycleCodeTaken(cycle=facts.code)
    same = _recurrence(facts) == _recurrence(cycle)
    next_day = cycle.next_day if same else _recurrence(facts).next_from(today)
    Cycle.objects.filter(pk=cycle_id).update(**facts._asdict(), next_day=next_day)
    events.record("cycle.changed", "cycle", cycle_id, actor)


@transaction.atomic
def end(cycle_id: int, *, actor: Actor) -> None:
    """No run of the cycle begins any more; its accounts belong to none. Raises NotFound."""
    _locked(cycle_id)
    Cycle.objects.filter(pk=cycle_id).update(is_active=False)
    CycleMember.objects.filter(cycle_id=cycle_id).delete()
    events.record("cycle.ended", "cycle", cycle_id, actor)


@transaction.atomic
def join(cycle_id: int, account_ids: Collection[int], *, actor: Actor) -> int:
    """The accounts are billed in this cycle, and in no other. Returns how many. Raises NotFound, CycleNotRunning."""
    cycle = _locked(cycle_id)
    if not cycle.is_active:
        raise CycleNotRunning(cycle=cycle.code)
    rows = [CycleMember(account_id=key, cycle_id=cycle_id) for key in sorted(account_ids)]
    CycleMember.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["account"], update_fields=["cycle"]
    )
    events.record("cycle.joined", "cycle", cycle_id, actor, accounts=len(rows))
    return len(rows)


@transaction.atomic
def leave(cycle_id: int, account_ids: Collection[int], *, actor: Actor) -> int:
    """The accounts belong to the cycle no more. Returns how many did. Raises NotFound."""
    _locked(cycle_id)
    gone, _ = CycleMember.objects.filter(cycle_id=cycle_id, account_id__in=account_ids).delete()
    events.record("cycle.left", "cycle", cycle_id, actor, accounts=gone)
    return gone


@transaction.atomic
def take_day(cycle_id: int, *, until: dt.date | None = None) -> Due:
    """The cycle's next day is taken and the next one follows; with `until`, its last day so far, the earlier ones
    being billed by the same run. Locks the cycle, so that a day is taken once.

    Raises NotFound, and CycleNotRunning when the cycle was ended or no day of it has come.
    """
    cycle = _locked(cycle_id)
    recurrence = _recurrence(cycle)
    day = cycle.next_day if until is None else recurrence.last_until(until, since=cycle.next_day)
    if day is None or not cycle.is_active:
        raise CycleNotRunning(cycle=cycle.code)
    Cycle.objects.filter(pk=cycle_id).update(next_day=recurrence.next_from(day + _ONE_DAY))
    return Due(
        day=day,
        cutoff_date=day + dt.timedelta(days=cycle.until_days) + _ONE_DAY,
        issue_date=day + dt.timedelta(days=cycle.issue_days),
        legal_entity_id=cycle.legal_entity_id,
        start=cycle.start,
        manner=Manner(on_suspect=cycle.on_suspect, on_reject=cycle.on_reject),
    )


def _recurrence(of: CycleFacts | Cycle) -> Recurrence:
    return Recurrence(of.first_day, of.unit, of.unit_count)


def _locked(cycle_id: int) -> Cycle:
    cycle = Cycle.objects.select_for_update().filter(pk=cycle_id).first()
    if cycle is None:
        raise NotFound(noun="cycle")
    return cycle
