"""The cut-off of a day: 487 for what is billed ahead, 418 for what is earned and not billed, each with its list.

What is not rated yet is rated by the engine itself, in a transaction that is rolled back: nothing of it stays. Pages
read what a job computed and kept, for every account, until somebody asks again.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django.db import transaction

from encaisse.access.queries.users import operator
from encaisse.charge.operations.recurring import begun
from encaisse.charge.operations.usage import consumed, rate_usage
from encaisse.insight.queries.cut_off import DAY, CutOff, billed_ahead, to_be_charged, unbilled
from encaisse.kernel import jobs
from encaisse.kernel.errors import NotFound
from encaisse.kernel.jobs import Asked, Tell
from encaisse.kernel.scope import Scope
from encaisse.ledger.operations import keep_cut_off
from encaisse.ledger.queries.countries import charts_of
from encaisse.ledger.rules import ACCRUED, DEFERRED
from encaisse.party import queries as party
from encaisse.party.queries import EntityRow

COMPUTE: Final = "cut_off.compute"


@transaction.atomic
def cut_off(scope: Scope, legal_entity_id: int, on: dt.date) -> CutOff:
    """What the visible accounts of a legal entity come to at the end of the day. Raises NotPermitted, NotFound.

    Usage counts as it was used until then, at the prices in force; what recurs counts by the day.
    """
    seller = _seller(scope, legal_entity_id)
    after = on + DAY
    rate_usage(legal_entity_id=legal_entity_id, first_account=0, last_account=2**62, cutoff_date=after)
    to_come = begun(legal_entity_id=legal_entity_id, after=after)
    used = consumed(legal_entity_id=legal_entity_id, after=after)
    own = [row for row in (*to_come, *used.charges) if row.currency == seller.currency]
    made = CutOff(
        currency=seller.currency,
        on=on,
        deferred=billed_ahead(scope, legal_entity_id, on),
        accrued=(
            *unbilled(scope, legal_entity_id, on, seller.currency, under_way=used.since),
            *to_be_charged(scope, own, on),
        ),
        chart=charts_of([seller.id])[seller.id],
    )
    transaction.set_rollback(True)  # noqa: FBT003 - Django's own signature
    return made


def compute_later(scope: Scope, legal_entity_id: int, on: dt.date) -> int:
    """A job computes the cut-off of the day anew, over every account, and keeps it. Returns its key.

    Raises NotPermitted, NotFound.
    """
    seller = _seller(scope, legal_entity_id)
    return jobs.start(COMPUTE, scope.actor, legal_entity_id=seller.id, code=seller.code, on=on.isoformat())


def register() -> None:
    """Workers know how to compute one."""
    jobs.register_whole(COMPUTE, _compute)


def _compute(asked: Asked, tell: Tell) -> Mapping[str, Any]:
    entity_id, on = asked.facts["legal_entity_id"], dt.date.fromisoformat(asked.facts["on"])
    found = cut_off(operator(asked.actor.label), entity_id, on)
    figures = {DEFERRED: found.deferred, ACCRUED: found.accrued}
    keep_cut_off(entity_id, on, found.currency, figures, actor=asked.actor)
    return {DEFERRED: found.deferred_minor, ACCRUED: found.accrued_minor}


def _seller(scope: Scope, legal_entity_id: int) -> EntityRow:
    scope.require("read_ledger")
    seller = next((each for each in party.legal_entities(scope) if each.id == legal_entity_id), None)
    if seller is None:
        raise NotFound(noun="legal_entity")
    return seller
