"""What happens to a contract that is there: each change is an event that ends segments and begins others."""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from django.db import transaction

from encaisse.kernel.scope import Actor
from encaisse.party.models import BillingAccount
from encaisse.subscription.errors import (
    AfterItEnds,
    BeforeItStarts,
    ContractOver,
    ContractSuspended,
    ContractWaiting,
    NothingChanges,
    NoticeTooShort,
    NotSuspended,
    TransferRefused,
)
from encaisse.subscription.models import EventKind, Renewal, SubscriptionState
from encaisse.subscription.operations.contract import Contract, draw, locked, offer_facts, record
from encaisse.subscription.operations.start import new_segments, require_sold, with_inclusions
from encaisse.subscription.rules.changes import (
    Change,
    Hold,
    Redrawn,
    Reprice,
    Resume,
    Suspend,
    Terminate,
    Terms,
    Transfer,
    held_from,
    redraw,
    resumed,
)
from encaisse.subscription.rules.records import NewItem


class _Drawing(NamedTuple):
    """How a change is drawn: its kind of event, what it says, the segments, and the contract's new columns."""

    kind: EventKind
    facts: dict[str, Any]
    drawn: Redrawn
    columns: dict[str, Any] = {}  # noqa: RUF012 - read, never written


@transaction.atomic
def change(subscription_id: int, told: Change, *, today: dt.date, actor: Actor) -> int:
    """The contract has an event, and holds from its day on what it says. Returns the event's key.

    Any day from the contract's first on may be told, before or after what is billed and what was planned: what
    is held from the day on is redrawn. Locks the contract and its segments. Raises NotFound, ContractOver,
    ContractWaiting, ContractSuspended, NotSuspended, BeforeItStarts, AfterItEnds, NothingChanges, and what each
    kind raises: NoticeTooShort, TransferRefused, OfferNotSold.
    """
    contract = locked(subscription_id)
    _require(contract, told)
    drawing = _DRAWINGS[type(told)](contract, told, today)
    if not (drawing.drawn.ended or drawing.drawn.begun) and drawing.kind is not EventKind.TERMINATE:
        raise NothingChanges()
    event_id = record(subscription_id, drawing.kind, told.on, actor, drawing.facts)
    draw(contract, drawing.drawn, event_id)
    for name, value in drawing.columns.items():
        setattr(contract.row, name, value)
    if drawing.columns:
        contract.row.save(update_fields=[*drawing.columns])
    return event_id


def _require(contract: Contract, told: Change) -> None:
    row = contract.row
    if row.state == SubscriptionState.WAITING:
        raise ContractWaiting()
    if row.state not in {SubscriptionState.ACTIVE, SubscriptionState.SUSPENDED}:
        raise ContractOver()
    if told.on < row.start_date or told.on == row.start_date and isinstance(told, Terminate | Suspend):
        raise BeforeItStarts(start_date=row.start_date)
    if row.end_date is not None and told.on >= row.end_date:
        raise AfterItEnds(end_date=row.end_date)
    is_suspended = row.state == SubscriptionState.SUSPENDED
    if is_suspended and not isinstance(told, Resume | Terminate):
        raise ContractSuspended()
    if not is_suspended and isinstance(told, Resume):
        raise NotSuspended()


def _hold(contract: Contract, told: Hold, today: dt.date) -> _Drawing:
    facts = {"position": told.position} | _said(told.terms)
    if told.terms is None:
        kept = redraw(contract.segments, told.on, contract.offers, _at(told.position, lambda each: None))
        return _Drawing(EventKind.CHANGE, facts, kept)
    terms = told.terms
    held = [terms] if told.position is not None else with_inclusions([terms])
    require_sold({each.offer_id for each in held} - contract.offers.keys(), told.on)
    offers = contract.offers | offer_facts(each.offer_id for each in held)
    facts["offer"] = offers[terms.offer_id].code
    if told.position is None:
        begun = new_segments(contract._replace(offers=offers), held, told.on)
        return _Drawing(EventKind.CHANGE, facts, Redrawn([], begun))
    changed = _at(told.position, lambda each: each._replace(**terms._asdict()))
    return _Drawing(EventKind.CHANGE, facts, redraw(contract.segments, told.on, offers, changed))


def _reprice(contract: Contract, told: Reprice, today: dt.date) -> _Drawing:
    notice = dt.timedelta(days=contract.row.notice_days)
    rises = any(
        each.unit_price is None or told.prices[each.position] > each.unit_price
        for each in contract.segments
        if each.position in told.prices and held_from(each, told.on, contract.offers)
    )
    if rises and not told.at_once and told.on < today + notice:
        raise NoticeTooShort(notice_days=notice.days, earliest=today + notice)
    prices = told.prices
    facts = {"prices": {str(position): str(price) for position, price in prices.items()}}

    def priced(each: NewItem) -> NewItem:
        return each._replace(unit_price=prices.get(each.position, each.unit_price))

    return _Drawing(EventKind.PRICE, facts, redraw(contract.segments, told.on, contract.offers, priced))


def _suspend(contract: Contract, told: Suspend, today: dt.date) -> _Drawing:
    drawn = redraw(contract.segments, told.on, contract.offers, lambda each: None)
    ended = [[each.item_id, each.was and each.was.isoformat()] for each in drawn.ended]
    return _Drawing(EventKind.SUSPEND, {"ended": ended}, drawn, {"state": SubscriptionState.SUSPENDED})


def _resume(contract: Contract, told: Resume, today: dt.date) -> _Drawing:
    suspension = contract.row.events.filter(kind=EventKind.SUSPEND).latest("seq")
    if told.on < suspension.effective_on:
        raise BeforeItStarts(start_date=suspension.effective_on)
    untils = {key: until and dt.date.fromisoformat(until) for key, until in suspension.facts["ended"]}
    begun = resumed(contract.segments, untils, told.on, contract.offers)
    return _Drawing(EventKind.RESUME, {}, Redrawn([], begun), {"state": SubscriptionState.ACTIVE})


def _terminate(contract: Contract, told: Terminate, today: dt.date) -> _Drawing:
    drawn = redraw(contract.segments, told.on, contract.offers, lambda each: None)
    columns = {"end_date": told.on, "renewal": Renewal.NONE}
    return _Drawing(EventKind.TERMINATE, {"refund": told.refund}, drawn, columns)


def _transfer(contract: Contract, told: Transfer, today: dt.date) -> _Drawing:
    accounts = BillingAccount.objects.in_bulk([contract.row.account_id, told.account_id])
    old, new = accounts[contract.row.account_id], accounts.get(told.account_id)
    if new is None or new == old:
        raise TransferRefused(reason="account")
    for name in ("legal_entity_id", "currency"):
        if getattr(new, name) != getattr(old, name):
            raise TransferRefused(reason=name.removesuffix("_id"))
    moved = redraw(contract.segments, told.on, contract.offers, lambda each: each._replace(account_id=new.pk))
    facts = {"from": old.reference, "to": new.reference}
    # An order reference is of the account that it was given for.
    columns = {"account_id": new.pk, "buyer_reference_id": None}
    return _Drawing(EventKind.TRANSFER, facts, moved, columns)


def _at(position: int | None, transform: Callable[[NewItem], NewItem | None]) -> Any:
    return lambda each: transform(each) if each.position == position else each


def _said(terms: Terms | None) -> dict[str, Any]:
    if terms is None:
        return {"offer": None}
    return {name: value if value is None else str(value) for name, value in terms._asdict().items()}


_DRAWINGS: Final[Mapping[type, Callable[[Contract, Any, dt.date], _Drawing]]] = {
    Hold: _hold,
    Reprice: _reprice,
    Suspend: _suspend,
    Resume: _resume,
    Terminate: _terminate,
    Transfer: _transfer,
}
