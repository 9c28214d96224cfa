"""The story of a contract: every event, and the charges that each made, with the invoices that bill them."""

import datetime as dt
from collections.abc import Iterable
from typing import Any, NamedTuple

from encaisse.billing.models import Claim
from encaisse.charge.queries import ChargeLine, made_of
from encaisse.invoice.models import Line
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.subscription.models import Event, Item, Subscription


class Billed(NamedTuple):
    """A charge and the document that bills it: a key of None while nothing does, no number while it is a draft."""

    charge: ChargeLine
    invoice_id: int | None
    number: str


class EventStory(NamedTuple):
    """An event of a contract and the charges that it made, in the order in which they may be billed."""

    kind: str
    effective_on: dt.date
    facts: dict[str, Any]
    actor: str
    actor_kind: str
    recorded_at: dt.datetime
    charges: tuple[Billed, ...]


def story(scope: Scope, subscription_id: int) -> tuple[EventStory, ...]:
    """The events of a contract, the latest first. Raises NotFound.

    A credit was made by the event that ended its segment, any other charge by the one that began it.
    """
    if not Subscription.objects.visible_to(scope).filter(pk=subscription_id).exists():
        raise NotFound(noun="contract")
    items = Item.objects.filter(subscription_id=subscription_id)
    makers = {key: pair for key, *pair in items.values_list("pk", "opened_by_id", "closed_by_id")}
    charges: dict[int | None, list[Billed]] = {}
    for each in _billed(made_of(makers)):
        opened, closed = makers[each.charge.item_id or 0]
        charges.setdefault(closed if each.charge.kind == "credit" else opened, []).append(each)
    told = Event.objects.filter(subscription_id=subscription_id).order_by("-seq")
    return tuple(
        EventStory(
            event.kind,
            event.effective_on,
            event.facts,
            event.actor_label,
            event.actor_kind,
            event.recorded_at,
            tuple(charges.get(event.pk, ())),
        )
        for event in told
    )


def _billed(charges: Iterable[ChargeLine]) -> list[Billed]:
    made = list(charges)
    claims = Claim.objects.filter(charge__in=[each.id for each in made], line__isnull=False)
    line_of = {charge: line or 0 for charge, line in claims.values_list("charge_id", "line")}
    lines = Line.objects.filter(pk__in=list(line_of.values()))
    invoices = {
        key: (invoice_id, number or "")
        for key, invoice_id, number in lines.values_list("pk", "invoice_id", "invoice__number")
    }
    return [Billed(each, *invoices.get(line_of.get(each.id, 0), (None, ""))) for each in made]
