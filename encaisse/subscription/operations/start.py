"""A contract begins: what is subscribed to is held from its first day on, with all that the offers include."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from encaisse.catalog.models import Offer, OfferInclusion
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor
from encaisse.subscription.errors import EndsBeforeItStarts, NothingHeld, OfferNotSold, ReferenceTaken
from encaisse.subscription.models import (
    Condition,
    ConditionKind,
    EventKind,
    Renewal,
    Subscription,
    SubscriptionState,
)
from encaisse.subscription.operations.contract import Contract, draw, offer_facts, record
from encaisse.subscription.rules.changes import Redrawn, Terms, begun
from encaisse.subscription.rules.periods import months_later
from encaisse.subscription.rules.records import NewItem


class NewContract(NamedTuple):
    """What a contract is to be. `end_date` is exclusive; without one, a term of some months says it.

    One that `waits_for` something holds nothing until it is there.
    """

    reference: str
    account_id: int
    start_date: dt.date
    terms: Sequence[Terms]
    end_date: dt.date | None = None
    term_months: int | None = None
    notice_days: int = 0
    renewal: str = Renewal.NONE
    buyer_reference_id: int | None = None
    waits_for: frozenset[ConditionKind] = frozenset()


@transaction.atomic
def start(new: NewContract, *, actor: Actor) -> int:
    """The contract exists and holds its offers and what they include, one position each. Returns its key.

    Raises NothingHeld, ReferenceTaken, EndsBeforeItStarts, OfferNotSold, and NotFound for an unknown offer.
    """
    if not new.terms:
        raise NothingHeld()
    if Subscription.objects.filter(reference=new.reference).exists():
        raise ReferenceTaken(reference=new.reference)
    end_date = new.end_date
    if end_date is None and new.term_months is not None:
        end_date = months_later(new.start_date, new.term_months)
    if end_date is not None and end_date <= new.start_date:
        raise EndsBeforeItStarts(start_date=new.start_date)
    held = with_inclusions(new.terms)
    require_sold([each.offer_id for each in held], new.start_date)
    row = Subscription.objects.create(
        reference=new.reference,
        account_id=new.account_id,
        state=SubscriptionState.WAITING if new.waits_for else SubscriptionState.ACTIVE,
        start_date=new.start_date,
        end_date=end_date,
        term_months=new.term_months,
        notice_days=new.notice_days,
        renewal=new.renewal if end_date is not None else Renewal.NONE,
        buyer_reference_id=new.buyer_reference_id,
    )
    Condition.objects.bulk_create(Condition(subscription=row, kind=kind) for kind in sorted(new.waits_for))
    contract = Contract(row, (), offer_facts({each.offer_id for each in held}))
    facts = {"offers": [contract.offers[each.offer_id].code for each in new.terms]}
    event_id = record(row.pk, EventKind.START, new.start_date, actor, facts)
    draw(contract, Redrawn([], new_segments(contract, held, new.start_date)), event_id)
    return row.pk


def with_inclusions(told: Iterable[Terms]) -> list[Terms]:
    """The terms, each followed by what its offer includes for each one of it, at the price of the catalogue."""
    wanted = list(told)
    inclusions: dict[int, list[tuple[int, Decimal]]] = {}
    found = OfferInclusion.objects.filter(offer__in={each.offer_id for each in wanted}).order_by("position")
    for offer_id, included_id, quantity in found.values_list("offer_id", "included_id", "quantity"):
        inclusions.setdefault(offer_id, []).append((included_id, quantity))
    held: list[Terms] = []
    for terms in wanted:
        held.append(terms)
        for included_id, quantity in inclusions.get(terms.offer_id, ()):
            held.append(Terms(included_id, quantity * terms.quantity))
    return held


def require_sold(offer_ids: Iterable[int], on: dt.date) -> None:
    """Contracts may begin on these offers that day. Raises NotFound and OfferNotSold."""
    wanted = set(offer_ids)
    offers = Offer.objects.filter(pk__in=wanted)
    if len(offers) != len(wanted):
        raise NotFound(noun="offer")
    for offer in offers:
        if offer.discontinued_on is not None and offer.discontinued_on <= on:
            raise OfferNotSold(offer=offer.code, on=offer.discontinued_on)


def new_segments(contract: Contract, held: Sequence[Terms], on: dt.date) -> list[NewItem]:
    """The segments that hold these terms from that day on, at the positions after those that there are."""
    last = max((each.position for each in contract.segments), default=0)
    return [
        begun(terms, on, last + place, contract.offers)._replace(account_id=contract.row.account_id)
        for place, terms in enumerate(held, 1)
    ]
