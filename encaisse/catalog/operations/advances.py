"""What is asked in advance for offers: rules that are only added."""

from django.db import transaction

from encaisse.catalog.models import AdvanceRule
from encaisse.catalog.operations.offers import locked
from encaisse.catalog.queries import advance_rules
from encaisse.catalog.rules.advances import AdvanceFacts, settled
from encaisse.kernel import events
from encaisse.kernel.scope import Actor


@transaction.atomic
def set_advance(told: AdvanceFacts, *, actor: Actor) -> bool:
    """Contracts of the offer that begin on that day or later ask for this advance. Whether anything changed.

    What contracts asked for already stays. The offer is locked. Raises NotFound and AdvanceTwice.
    """
    rule = settled(told)
    offer = locked(rule.offer_id)
    known = advance_rules([offer.pk], rule.valid_from).get(offer.pk)
    if (known.terms if known else (None, None, "")) == rule.terms:
        return False
    AdvanceRule.objects.create(**rule._asdict())
    events.record("offer.advance_set", "offer", offer.pk, actor, valid_from=rule.valid_from.isoformat())
    return True
