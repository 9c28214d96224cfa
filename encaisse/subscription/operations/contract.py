"""A contract under its lock: what it holds, and how an event is written beside the segments that it cuts."""

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from encaisse.catalog.models import Offer
from encaisse.kernel import events, sql
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor
from encaisse.subscription.models import Event, Item, Subscription
from encaisse.subscription.rules.changes import Redrawn
from encaisse.subscription.rules.records import NewItem, OfferFacts

_FACTS = ("pk", "code", "kind", "period_unit", "period_count", "timing", "alignment", "proration")


class Contract(NamedTuple):
    """A locked contract: its row, its segments by position and day, and the offers that they hold."""

    row: Subscription
    segments: tuple[NewItem, ...]
    offers: dict[int, OfferFacts]


def locked(subscription_id: int) -> Contract:
    """The contract and its segments are this transaction's to change: whoever rates them waits, or repeats.

    Locks the contract, then its segments in the order of their ids. Raises NotFound.
    """
    row = Subscription.objects.select_for_update(of=("self",)).filter(pk=subscription_id).first()
    if row is None:
        raise NotFound(noun="contract")
    own = Item.objects.filter(subscription_id=subscription_id)
    list(own.order_by("pk").select_for_update().values_list("pk", flat=True))
    found = own.order_by("position", "starts_on", "pk").values_list(*NewItem._fields)
    segments = tuple(NewItem(*each) for each in found)
    return Contract(row, segments, offer_facts({each.offer_id for each in segments}))


def offer_facts(offer_ids: Iterable[int]) -> dict[int, OfferFacts]:
    """What items take from these offers."""
    rows = Offer.objects.filter(pk__in=offer_ids).values_list(*_FACTS)
    return {facts[0]: OfferFacts(*facts) for facts in rows}


def record(
    subscription_id: int, kind: str, effective_on: dt.date, actor: Actor, facts: dict[str, Any]
) -> int:
    """The event is the contract's latest. Returns its key. The contract's row is locked, so that places differ."""
    seq = Event.objects.filter(subscription_id=subscription_id).count() + 1
    event = Event.objects.create(
        subscription_id=subscription_id,
        seq=seq,
        kind=kind,
        effective_on=effective_on,
        facts=facts,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
    )
    told = {"event": kind, "effective_on": effective_on.isoformat()}
    events.record("subscription.changed", "subscription", subscription_id, actor, **told)
    return event.pk


def draw(contract: Contract, drawn: Redrawn, event_id: int) -> None:
    """The segments end and begin as drawn, by that event."""
    ended = [
        {"id": each.item_id, "ends_on": each.ends_on, "closed_by_id": event_id, "billed_through": None}
        for each in drawn.ended
    ]
    sql.execute("subscription", "end_segments", {"rows": json.dumps(ended, default=str)})
    first = sql.reserve_ids(Item, len(drawn.begun))
    sql.copy_rows(
        Item,
        NewItem,
        (
            each._replace(id=first + place, subscription_id=contract.row.pk, opened_by_id=event_id)
            for place, each in enumerate(drawn.begun)
        ),
    )
