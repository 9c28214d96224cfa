"""Every write of events of usage."""

import datetime as dt
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.db import transaction

from encaisse.catalog.models import Aggregation
from encaisse.intake.models import Outcome
from encaisse.intake.operations import Refused, Verdict
from encaisse.kernel import clock, events, sql
from encaisse.kernel.scope import Actor
from encaisse.usage.errors import (
    ContractAmbiguous,
    ContractUnknown,
    CustomerWithoutContract,
    MemberMissing,
    MeterNotHeld,
    UsageContradicted,
)
from encaisse.usage.models import Event
from encaisse.usage.rules.records import Flaw, UsageEvent, difference, flaw

Key = tuple[str, str]
# A zone is looked up once, not once a contract.
_zone = cache(ZoneInfo)


class _Held(NamedTuple):
    """A meter that a contract holds, from a day until another, exclusive."""

    meter: str
    aggregation: str
    starts_on: dt.date
    ends_on: dt.date | None

    def covers(self, day: dt.date) -> bool:
        """Whether the day lies between its ends."""
        return self.starts_on <= day and (self.ends_on is None or day < self.ends_on)


class _Contract(NamedTuple):
    """A contract as usage sees it."""

    id: int
    timezone: ZoneInfo
    held: list[_Held]

    def counts(self, meter: str, day: dt.date) -> bool:
        """Whether it counts the meter on that day."""
        return any(held.meter == meter and held.covers(day) for held in self.held)


@transaction.atomic
def record(batch: Sequence[UsageEvent], *, actor: Actor, legal_entity_id: int | None = None) -> list[Verdict]:
    """Each event that can be told is known once, and waits to be rated. Returns one verdict per event, in order.

    Told again under the same source and key, it is unchanged; with another content it is refused, naming the
    field. Refused too: a contract that is not there, a meter that it does not hold on the local day of its
    legal entity, an instant without a zone, a customer of whose contracts none or several count the meter then.
    A refusal never keeps the others out. With `legal_entity_id`, only
    the contracts of that legal entity are there. May be repeated, by several at once.
    """
    flaws = [flaw(event) for event in batch]
    known = _known([event for event, wrong in zip(batch, flaws, strict=True) if wrong is None])
    batch, flaws = _named(batch, flaws, known, legal_entity_id)
    contracts = _contracts({event.contract for event in batch}, legal_entity_id)
    verdicts: list[Verdict] = []
    fresh: dict[Key, UsageEvent] = {}
    for event, wrong in zip(batch, flaws, strict=True):
        key = (event.source, event.key)
        if wrong is not None:
            verdict: Verdict = Refused(*wrong)
        elif told := known.get(key) or fresh.get(key):
            verdict = _compared(event, told)
        elif (verdict := _counted(event, contracts.get(event.contract))) is Outcome.CREATED:
            fresh[key] = event
        verdicts.append(verdict)
    beaten = _insert(fresh, contracts, actor)
    return [
        _compared(event, beaten[event.source, event.key]) if (event.source, event.key) in beaten else verdict
        for event, verdict in zip(batch, verdicts, strict=True)
    ]


def _named(
    batch: Sequence[UsageEvent],
    flaws: Sequence[Flaw | None],
    known: dict[Key, UsageEvent],
    legal_entity_id: int | None,
) -> tuple[list[UsageEvent], list[Flaw | None]]:
    """The events, each with its contract, or why a customer's cannot be said."""
    codes = {event.customer for event in batch if not event.contract}
    held = _contracts_of(codes, legal_entity_id) if codes else {}
    named: list[UsageEvent] = []
    wrong: list[Flaw | None] = []
    for event, found in zip(batch, flaws, strict=True):
        contract: str | Flaw = found or event.contract
        if not contract:
            contract = _contract_of(event, held.get(event.customer, {}), known.get((event.source, event.key)))
        named.append(event._replace(contract=contract) if isinstance(contract, str) else event)
        wrong.append(None if isinstance(contract, str) else contract)
    return named, wrong


def _contract_of(event: UsageEvent, held: dict[str, _Contract], told: UsageEvent | None) -> str | Flaw:
    """The contract that the event was told of already, else the only one that counts its meter on its day."""
    if told and told.contract in held:
        return told.contract
    if not held:
        return Flaw("customer", CustomerWithoutContract())
    days = {name: event.occurred_at.astimezone(contract.timezone).date() for name, contract in held.items()}
    counting = [name for name, contract in held.items() if contract.counts(event.meter, days[name])]
    if len(counting) > 1:
        return Flaw("customer", ContractAmbiguous(contracts=tuple(sorted(counting))))
    if not counting:
        return Flaw("meter", MeterNotHeld(meter=event.meter, day=next(iter(days.values()))))
    return counting[0]


def _contracts_of(customers: set[str], legal_entity_id: int | None) -> dict[str, dict[str, _Contract]]:
    """The contracts of customers, by their codes then by their references."""
    asked = {"customers": list(customers), "legal_entity_id": legal_entity_id}
    found: dict[str, dict[str, _Contract]] = {}
    for customer, reference, timezone, *held in sql.rows("usage", "meters_of_customers", asked):
        contract = found.setdefault(customer, {}).setdefault(reference, _Contract(0, _zone(timezone), []))
        if held[0] is not None:
            contract.held.append(_Held._make(held))
    return found


def _known(batch: Iterable[UsageEvent]) -> dict[Key, UsageEvent]:
    keys = {(event.source, event.key) for event in batch}
    told = {"sources": [source for source, _ in keys], "keys": [key for _, key in keys]}
    found = (UsageEvent(*row) for row in sql.rows("usage", "known_events", told))
    return {(event.source, event.key): event for event in found}


def _compared(event: UsageEvent, known: UsageEvent) -> Verdict:
    field = difference(event, known)
    if not field:
        return Outcome.UNCHANGED
    return Refused(field, UsageContradicted(field=field, known=_written(getattr(known, field))))


def _written(value: object) -> str:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)


def _contracts(references: set[str], legal_entity_id: int | None) -> dict[str, _Contract]:
    asked = {"references": list(references), "legal_entity_id": legal_entity_id}
    found: dict[str, _Contract] = {}
    for reference, key, timezone, *held in sql.rows("usage", "meters_held", asked):
        contract = found.setdefault(reference, _Contract(key, _zone(timezone), []))
        if held[0] is not None:
            contract.held.append(_Held._make(held))
    return found


def _counted(event: UsageEvent, contract: _Contract | None) -> Verdict:
    """Created when the contract counts the meter on the event's day, else why not."""
    if contract is None:
        return Refused("contract", ContractUnknown())
    day = event.occurred_at.astimezone(contract.timezone).date()
    for held in contract.held:
        if held.meter == event.meter and held.covers(day):
            if held.aggregation == Aggregation.UNIQUE and not event.member:
                return Refused("member", MemberMissing())
            return Outcome.CREATED
    return Refused("meter", MeterNotHeld(meter=event.meter, day=day))


def _insert(
    fresh: dict[Key, UsageEvent], contracts: dict[str, _Contract], actor: Actor
) -> dict[Key, UsageEvent]:
    """The events are stored, in the order of their keys. Returns what somebody else told meanwhile instead."""
    if not fresh:
        return {}
    first, now = sql.reserve_ids(Event, len(fresh)), clock.now().isoformat()
    rows = [
        {
            "id": place,
            "source": event.source,
            "key": event.key,
            "subscription_id": contracts[event.contract].id,
            "meter": event.meter,
            "occurred_at": event.occurred_at.isoformat(),
            "quantity": str(event.quantity),
            "member": event.member,
            "received_at": now,
        }
        for place, (_, event) in enumerate(sorted(fresh.items()), first)
    ]
    stored = {tuple(row) for row in sql.rows("usage", "insert_events", {"rows": json.dumps(rows)})}
    events.record("usage.recorded", "usage_event", (first, first + len(rows) - 1), actor)
    return (
        _known([event for key, event in fresh.items() if key not in stored])
        if len(stored) < len(rows)
        else {}
    )
