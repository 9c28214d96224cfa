"""Every write of exchange rates."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from encaisse.currency import queries
from encaisse.currency.models import ExchangeRate
from encaisse.currency.rules import Told, checked
from encaisse.intake.models import Outcome
from encaisse.intake.operations import Good
from encaisse.kernel import events
from encaisse.kernel.errors import NotPermitted
from encaisse.kernel.scope import Actor, Scope


@transaction.atomic
def record_rate(scope: Scope, told: Told) -> int:
    """What is drafted and paid from its day on is converted at this rate; what is issued keeps its own.

    Rates are of every legal entity, and so for who sees them all. Raises NotPermitted, and what `checked` raises.
    """
    scope.require("configure")
    if not scope.sees_everything:
        raise NotPermitted(permission="configure")
    row = _row(checked(told), scope.actor)
    row.save()
    _tell(row, scope.actor)
    return row.pk


@transaction.atomic
def record_rates(rows: Sequence[Good[Told]], *, actor: Actor) -> list[Outcome]:
    """Each row is recorded unless its pair has just this rate from this day on, told the same way round.

    One that says otherwise of a day that has a rate is a newer record, which counts from then on.
    """
    outcomes = []
    for good in rows:
        told = good.row
        known = queries.last_told(told.base, told.quote, told.valid_from)
        if known is not None and (known.units, known.rate, known.source) == (
            told.units,
            told.rate,
            told.source,
        ):
            outcomes.append(Outcome.UNCHANGED)
            continue
        row = _row(told, actor, good.intake_row)
        row.save()
        _tell(row, actor)
        outcomes.append(Outcome.CREATED if known is None else Outcome.UPDATED)
    return outcomes


def _row(told: Told, actor: Actor, intake_row: int | None = None) -> ExchangeRate:
    by = {"actor_kind": actor.kind, "actor_id": actor.id, "actor_label": actor.label}
    return ExchangeRate(**told._asdict(), intake_row_id=intake_row, **by)


def _tell(row: ExchangeRate, actor: Actor) -> None:
    said = f"{row.units} {row.base} = {row.rate.normalize():f} {row.quote}"
    day: dt.date = row.valid_from
    events.record("rate.recorded", "exchange_rate", row.pk, actor, rate=said, valid_from=day.isoformat())
