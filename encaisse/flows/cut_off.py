"""The cut-off of a day: 487 for what is billed ahead, 418 for what is earned and not billed, each with its list.

What is not rated yet is rated by the engine itself, in a transaction that is rolled back: nothing of it stays.
"""

import datetime as dt

from django.db import transaction

from encaisse.charge.operations.recurring import begun
from encaisse.charge.operations.usage import rate_usage
from encaisse.insight.queries.cut_off import DAY, CutOff, billed_ahead, to_be_charged, unbilled
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party


@transaction.atomic
def cut_off(scope: Scope, legal_entity_id: int, on: dt.date) -> CutOff:
    """What the visible accounts of a legal entity come to at the end of the day. Raises NotPermitted, NotFound.

    Usage counts once its period has ended; what recurs counts by the day.
    """
    scope.require("read_ledger")
    seller = next((each for each in party.legal_entities(scope) if each.id == legal_entity_id), None)
    if seller is None:
        raise NotFound(noun="legal_entity")
    after = on + DAY
    rate_usage(legal_entity_id=legal_entity_id, first_account=0, last_account=2**62, cutoff_date=after)
    to_come = begun(legal_entity_id=legal_entity_id, after=after)
    own = [row for row in to_come if row.currency == seller.currency]
    made = CutOff(
        currency=seller.currency,
        on=on,
        deferred=billed_ahead(scope, legal_entity_id, on),
        accrued=(
            *unbilled(scope, legal_entity_id, on, seller.currency),
            *to_be_charged(scope, own, on),
        ),
    )
    transaction.set_rollback(True)  # noqa: FBT003 - Django's own signature
    return made
