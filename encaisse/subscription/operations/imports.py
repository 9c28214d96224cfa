"""Contracts that come in from files, a slice at a time."""

import datetime as dt
import json
from typing import Any, Final, NamedTuple

from django.db import transaction

from encaisse.catalog.models import Offer
from encaisse.intake.models import Outcome
from encaisse.intake.operations import Good, Refused, Slice, Verdict
from encaisse.intake.rules import content_hash, ranges
from encaisse.kernel import clock, events, sql
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor
from encaisse.party.models import BillingAccount, LegalEntity, PartyState
from encaisse.party.operations.references import order_references
from encaisse.subscription.errors import (
    ContractOver,
    ContractWaiting,
    CustomerUnknown,
    FixedByContract,
    OfferUnknown,
)
from encaisse.subscription.models import Event, EventKind, Item, Subscription, SubscriptionState
from encaisse.subscription.operations.contract import offer_facts
from encaisse.subscription.rules.periods import anchor_for, billed_through_boundary
from encaisse.subscription.rules.records import (
    ContractRow,
    NewEvent,
    NewItem,
    NewSubscription,
    OfferFacts,
)

# Which field of a row says each of these of the contract as a whole.
_AGREED: Final = {
    "end_date": "end_date",
    "term_months": "term_months",
    "notice_days": "notice_days",
    "renewal": "renewal",
    "buyer_reference_id": "order_reference",
}


class _Stored(NamedTuple):
    """A contract that is there already, with the last segment of its first position."""

    reference: str
    id: int
    content_hash: str
    state: str
    account: str
    start_date: dt.date
    agreed: "_Agreed"
    events: int
    offer: str
    item: NewItem


class _Agreed(NamedTuple):
    """What a row says of the contract as a whole; the references are keys."""

    end_date: dt.date | None
    term_months: int | None
    notice_days: int
    renewal: str
    buyer_reference_id: int | None


class _Known(NamedTuple):
    """What the rows of a slice refer to, by reference, and the contracts that they have already."""

    accounts: dict[str, int]
    offers: dict[str, OfferFacts]
    contracts: dict[str, _Stored]
    orders: dict[tuple[int, str], int]


class _Change(NamedTuple):
    """What a stored contract becomes: its end, how far it is billed, and the segment to begin, if any."""

    stored: _Stored
    agreed: _Agreed
    content_hash: str
    billed_through: dt.date
    next: NewItem | None


@transaction.atomic
def save_contracts(
    part: Slice[ContractRow], *, legal_entity_id: int, billed_through: dt.date | None = None
) -> list[Verdict]:
    """Each row is a contract of one item, of the billing account that bears its customer's code.

    What was billed elsewhere is never billed here: all before `billed_through`, unless the row has a day of
    its own, taken to the boundary of periods that it stands for. A contract that is there changes when its
    row has changed since it was last read: quantity, price, discount, another offer of the same periods, all
    from the next period on; end, or later days billed elsewhere; account, first day and periods are fixed.
    Returns one verdict per row, in order. Raises NotFound when there is no such legal entity.
    """
    if not LegalEntity.objects.filter(pk=legal_entity_id).exists():
        raise NotFound(noun="legal entity")
    known = _known([good.row for good in part.rows], legal_entity_id)
    new: list[Good[ContractRow]] = []
    changes: list[_Change] = []
    verdicts: list[Verdict] = []
    for good in part.rows:
        found = _judge(good.row, known, part.absent)
        if isinstance(found, _Change):
            changes.append(found)
        elif found is Outcome.CREATED:
            new.append(good)
        verdicts.append(Outcome.UPDATED if isinstance(found, _Change) else found)
    _create(new, known, billed_through, part.actor)
    _change(changes, part.actor)
    return verdicts


def _known(rows: list[ContractRow], legal_entity_id: int) -> _Known:
    accounts = BillingAccount.objects.filter(
        reference__in={row.customer for row in rows}, legal_entity_id=legal_entity_id, state=PartyState.ACTIVE
    )
    found = sql.rows("subscription", "stored_contracts", {"references": [row.reference for row in rows]})
    contracts = {
        row[0]: _Stored._make((*row[:6], _Agreed._make(row[6:11]), *row[11:13], NewItem._make(row[13:])))
        for row in found
    }
    codes = {row.offer for row in rows} | {stored.offer for stored in contracts.values()}
    priced = Offer.objects.filter(code__in=codes, prices__isnull=False).distinct()
    offers = offer_facts(priced.values_list("pk", flat=True))
    by_reference = dict(accounts.values_list("reference", "pk"))
    return _Known(
        by_reference,
        {offer.code: offer for offer in offers.values()},
        contracts,
        order_references({(by_reference.get(row.customer, 0), row.order_reference) for row in rows}),
    )


def _agreed(row: ContractRow, known: _Known) -> _Agreed:
    order = known.orders.get((known.accounts[row.customer], row.order_reference))
    return _Agreed(row.last_end, row.term_months, row.notice_days, row.renewal, order)


def _judge(row: ContractRow, known: _Known, absent: frozenset[str]) -> Verdict | _Change:
    """What to do with the row."""
    stored = known.contracts.get(row.reference)
    if stored and stored.content_hash == content_hash(row):
        return Outcome.UNCHANGED
    if row.customer not in known.accounts:
        return Refused("customer", CustomerUnknown())
    if row.offer not in known.offers:
        return Refused("offer", OfferUnknown())
    if stored is None:
        return Outcome.CREATED
    return _forbidden(row, stored, known) or _compare(row, stored, known, absent)


def _forbidden(row: ContractRow, stored: _Stored, known: _Known) -> Refused | None:
    """Why the stored contract cannot become what the row says."""
    if stored.state == SubscriptionState.WAITING:
        return Refused("reference", ContractWaiting())
    if stored.state != SubscriptionState.ACTIVE or stored.item.ends_on is not None:
        return Refused("reference", ContractOver())
    if stored.account != row.customer:
        return Refused("customer", FixedByContract())
    if stored.start_date != row.start_date:
        return Refused("start_date", FixedByContract())
    held = known.offers.get(stored.offer)
    if row.offer != stored.offer and (held is None or known.offers[row.offer].rhythm != held.rhythm):
        return Refused("offer", FixedByContract())
    return None


def _compare(row: ContractRow, stored: _Stored, known: _Known, absent: frozenset[str]) -> Verdict | _Change:
    """The change to make, unless there is none: what the file has no column for stays."""
    held, offer = stored.item, known.offers[row.offer]
    same_offer = row.offer == stored.offer
    billed = row.billed_through and billed_through_boundary(
        offer.grid(held.anchor_date), held.starts_on, offer.timing, row.billed_through, row.end_date
    )
    through = max(billed or held.billed_through, held.billed_through)
    price = held.unit_price if same_offer and "unit_price" in absent else row.unit_price
    wanted = held._replace(
        offer_id=offer.id,
        quantity=row.quantity,
        unit_price=price,
    )
    if not absent >= {"discount_percent", "discount_amount", "discount_reason"}:
        wanted = wanted._replace(**_discount(row))
    agreed = _kept(row, stored.agreed, _agreed(row, known), absent)
    if (wanted, agreed, through) == (held, stored.agreed, held.billed_through):
        return Outcome.UNCHANGED
    following = wanted._replace(starts_on=through, billed_through=through) if wanted != held else None
    return _Change(stored, agreed, content_hash(row), through, following)


def _kept(row: ContractRow, stored: _Agreed, said: _Agreed, absent: frozenset[str]) -> _Agreed:
    """What the row says, but for what it has no column for; a term that was renewed meanwhile keeps its end."""
    kept = {name: getattr(stored, name) for name, column in _AGREED.items() if column in absent}
    agreed = said._replace(**kept)
    renews = agreed.term_months is not None or agreed.renewal == "automatic"
    if row.end_date is None and renews and stored.end_date is not None:
        return agreed._replace(end_date=stored.end_date)
    return agreed


def _discount(row: ContractRow) -> dict[str, Any]:
    return {
        "discount_percent": row.discount_percent,
        "discount_amount": row.discount_amount,
        "discount_reason": row.discount_reason,
    }


def _create(
    new: list[Good[ContractRow]], known: _Known, billed_through: dt.date | None, actor: Actor
) -> None:
    if not new:
        return
    count = len(new)
    first, first_item = sql.reserve_ids(Subscription, count), sql.reserve_ids(Item, count)
    first_event = sql.reserve_ids(Event, count)
    contracts, items, begun = [], [], []
    for place, (intake_row, row) in enumerate(new):
        account_id, event_id = known.accounts[row.customer], first_event + place
        contract = _contract(first + place, row, account_id)._replace(**_agreed(row, known)._asdict())
        contracts.append(contract._replace(intake_row_id=intake_row))
        begun.append(_event(event_id, first + place, 1, EventKind.START, row.start_date, actor))
        item = _item(row, known.offers[row.offer], row.billed_through or billed_through)
        items.append(
            item._replace(
                id=first_item + place,
                subscription_id=first + place,
                account_id=account_id,
                opened_by_id=event_id,
            )
        )
    sql.copy_rows(Subscription, NewSubscription, contracts)
    sql.copy_rows(Event, NewEvent, begun)
    sql.copy_rows(Item, NewItem, items)
    events.record("subscription.imported", "subscription", (first, first + count - 1), actor)


def _contract(key: int, row: ContractRow, account_id: int) -> NewSubscription:
    return NewSubscription(
        id=key,
        reference=row.reference,
        account_id=account_id,
        state=SubscriptionState.ACTIVE,
        start_date=row.start_date,
        end_date=row.end_date,
        term_months=None,
        notice_days=0,
        renewal="none",
        buyer_reference_id=None,
        intake_row_id=None,
        content_hash=content_hash(row),
    )


def _item(row: ContractRow, offer: OfferFacts, billed_through: dt.date | None) -> NewItem:
    anchor = anchor_for(row.start_date, offer.unit, offer.every, offer.alignment)
    billed = billed_through_boundary(
        offer.grid(anchor), row.start_date, offer.timing, billed_through or row.start_date, row.end_date
    )
    return NewItem(
        id=0,
        subscription_id=0,
        account_id=0,
        position=1,
        offer_id=offer.id,
        quantity=row.quantity,
        unit_price=row.unit_price,
        **_discount(row),
        starts_on=row.start_date,
        ends_on=None,
        anchor_date=anchor,
        billed_through=billed,
        opened_by_id=None,
        closed_by_id=None,
    )


def _event(
    key: int, subscription_id: int, seq: int, kind: str, effective_on: dt.date, actor: Actor
) -> NewEvent:
    by = (actor.kind, actor.id, actor.label)
    return NewEvent(key, subscription_id, seq, kind, effective_on, "{}", *by, clock.now())


def _change(changes: list[_Change], actor: Actor) -> None:
    if not changes:
        return
    first_event, first_item = sql.reserve_ids(Event, len(changes)), sql.reserve_ids(Item, len(changes))
    contracts: list[dict[str, Any]] = []
    segments: list[dict[str, Any]] = []
    recorded, begun = [], []
    for place, change in enumerate(changes):
        stored, event_id = change.stored, first_event + place
        on = change.billed_through
        said = {"id": stored.id, "content_hash": change.content_hash}
        contracts.append(said | change.agreed._asdict())
        segments.append(
            {
                "id": stored.item.id,
                "ends_on": on if change.next else stored.item.ends_on,
                "closed_by_id": event_id if change.next else stored.item.closed_by_id,
                "billed_through": on,
            }
        )
        recorded.append(_event(event_id, stored.id, stored.events + 1, EventKind.CHANGE, on, actor))
        if change.next:
            begun.append(change.next._replace(id=first_item + place, opened_by_id=event_id))
    sql.copy_rows(Event, NewEvent, recorded)
    sql.execute("subscription", "change_contracts", {"rows": json.dumps(contracts, default=str)})
    sql.execute("subscription", "end_segments", {"rows": json.dumps(segments, default=str)})
    sql.copy_rows(Item, NewItem, begun)
    for ids in ranges(sorted(change.stored.id for change in changes)):
        events.record("subscription.changed", "subscription", ids, actor)
