"""Every write of contracts."""

import datetime as dt
import json
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction

from encaisse.catalog.models import PriceVersion
from encaisse.catalog.rules.periods import PeriodUnit, Recurrence
from encaisse.intake.models import Outcome
from encaisse.intake.operations import Good, Refused, Slice, Verdict
from encaisse.intake.rules import content_hash, ranges
from encaisse.kernel import events, sql
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor
from encaisse.party.models import BillingAccount, LegalEntity, PartyState
from encaisse.subscription.errors import ContractOver, CustomerUnknown, FixedByContract, OfferUnknown
from encaisse.subscription.models import Item, Subscription, SubscriptionState
from encaisse.subscription.rules import (
    ContractRow,
    NewItem,
    NewSubscription,
    Price,
    billed_through_boundary,
    price_for,
)


class _Account(NamedTuple):
    """The billing account that a row names."""

    id: int
    currency: str


class _Stored(NamedTuple):
    """A contract that is there already, with its first item."""

    reference: str
    id: int
    content_hash: str
    state: str
    account: str
    start_date: dt.date
    end_date: dt.date | None
    item_id: int
    offer: str
    offer_id: int
    price_version_id: int
    months: int
    timing: str
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal
    billed_through: dt.date


class _Known(NamedTuple):
    """What the rows of a slice refer to, by reference, and the contracts that they have already."""

    accounts: dict[str, _Account]
    prices: dict[str, list[Price]]
    contracts: dict[str, _Stored]


class _Change(NamedTuple):
    """What a stored contract becomes: its last columns, and its item's."""

    contract: dict[str, Any]
    item: dict[str, Any]


@transaction.atomic
def save_contracts(
    part: Slice[ContractRow], *, legal_entity_id: int, billed_through: dt.date | None = None
) -> list[Verdict]:
    """Each row is a contract of one item, of the billing account that bears its customer's code.

    What was billed elsewhere is never billed here: all before `billed_through`, unless the row has a day of
    its own, taken to the boundary of periods that it stands for. A contract that is there changes when its
    row has changed since it was last read: quantity, price, discount, end, another offer of the same periods,
    or later days billed elsewhere; account, first day and periods are fixed. Returns one verdict per row, in
    order. Raises NotFound when there is no such legal entity.
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
    contracts = sql.rows("subscription", "stored_contracts", {"references": [row.reference for row in rows]})
    return _Known(
        {account.reference: _Account(account.pk, account.currency) for account in accounts},
        _prices({row.offer for row in rows}),
        {stored.reference: stored for stored in map(_Stored._make, contracts)},
    )


def _prices(offers: set[str]) -> dict[str, list[Price]]:
    found: dict[str, list[Price]] = {}
    listed = PriceVersion.objects.filter(offer__code__in=offers, customer=None, unit_price__isnull=False)
    for each in listed.select_related("offer").order_by("pk"):
        offer = each.offer
        months = Recurrence(offer.period_count, PeriodUnit(offer.period_unit)).months
        unit_price = each.unit_price or Decimal(0)
        price = Price(each.pk, offer.pk, each.currency, each.valid_from, unit_price, months, offer.timing)
        found.setdefault(offer.code, []).append(price)
    return found


def _judge(row: ContractRow, known: _Known, absent: frozenset[str]) -> Verdict | _Change:
    """What to do with the row."""
    stored = known.contracts.get(row.reference)
    if stored and stored.content_hash == content_hash(row):
        return Outcome.UNCHANGED
    if row.customer not in known.accounts:
        return Refused("customer", CustomerUnknown())
    if row.offer not in known.prices:
        return Refused("offer", OfferUnknown())
    if stored is None:
        return Outcome.CREATED
    price = price_for(known.prices[row.offer], known.accounts[row.customer].currency, row.start_date)
    return _forbidden(row, stored, price) or _compare(row, stored, price, absent)


def _forbidden(row: ContractRow, stored: _Stored, price: Price) -> Refused | None:
    """Why the stored contract cannot become what the row says."""
    if stored.state != SubscriptionState.ACTIVE:
        return Refused("reference", ContractOver())
    if stored.account != row.customer:
        return Refused("customer", FixedByContract())
    if stored.start_date != row.start_date:
        return Refused("start_date", FixedByContract())
    if row.offer != stored.offer and (price.months, price.timing) != (stored.months, stored.timing):
        return Refused("offer", FixedByContract())
    return None


def _compare(row: ContractRow, stored: _Stored, price: Price, absent: frozenset[str]) -> Verdict | _Change:
    """The change to make, unless there is none: what the file has no column for stays."""
    same_offer = row.offer == stored.offer
    usual = stored.unit_price if same_offer else price.unit_price
    billed = row.billed_through and billed_through_boundary(
        row.start_date, stored.months, stored.timing, row.billed_through
    )
    item = {
        "offer_id": price.offer_id,
        "price_version_id": stored.price_version_id if same_offer else price.version_id,
        "quantity": row.quantity,
        "unit_price": usual if row.unit_price is None else row.unit_price,
        "discount_percent": stored.discount_percent if "discount_percent" in absent else row.discount_percent,
        "billed_through": max(billed or stored.billed_through, stored.billed_through),
    }
    end_date = stored.end_date if "end_date" in absent else row.end_date
    if end_date == stored.end_date and all(value == getattr(stored, name) for name, value in item.items()):
        return Outcome.UNCHANGED
    contract = {"id": stored.id, "end_date": end_date, "content_hash": content_hash(row)}
    return _Change(contract, item | {"id": stored.item_id})


def _create(
    new: list[Good[ContractRow]], known: _Known, billed_through: dt.date | None, actor: Actor
) -> None:
    if not new:
        return
    first, first_item = sql.reserve_ids(Subscription, len(new)), sql.reserve_ids(Item, len(new))
    contracts, items = [], []
    for place, (intake_row, row) in enumerate(new):
        account = known.accounts[row.customer]
        price = price_for(known.prices[row.offer], account.currency, row.start_date)
        contracts.append(_contract(first + place, row, account.id)._replace(intake_row_id=intake_row))
        items.append(
            _item(first_item + place, first + place, row, price, row.billed_through or billed_through)
        )
    sql.copy_rows(Subscription, NewSubscription, contracts)
    sql.copy_rows(Item, NewItem, items)
    events.record("subscription.imported", "subscription", (first, first + len(new) - 1), actor)


def _contract(key: int, row: ContractRow, account_id: int) -> NewSubscription:
    return NewSubscription(
        id=key,
        reference=row.reference,
        account_id=account_id,
        state=SubscriptionState.ACTIVE,
        start_date=row.start_date,
        end_date=row.end_date,
        intake_row_id=None,
        content_hash=content_hash(row),
    )


def _item(
    key: int, subscription_id: int, row: ContractRow, price: Price, billed_through: dt.date | None
) -> NewItem:
    billed = billed_through or row.start_date
    return NewItem(
        id=key,
        subscription_id=subscription_id,
        position=1,
        offer_id=price.offer_id,
        price_version_id=price.version_id,
        quantity=row.quantity,
        unit_price=price.unit_price if row.unit_price is None else row.unit_price,
        discount_percent=row.discount_percent,
        billed_through=billed_through_boundary(row.start_date, price.months, price.timing, billed),
    )


def _change(changes: list[_Change], actor: Actor) -> None:
    if not changes:
        return
    for name, rows in (
        ("change_contracts", [change.contract for change in changes]),
        ("change_items", [change.item for change in changes]),
    ):
        sql.execute("subscription", name, {"rows": json.dumps(rows, default=str)})
    for ids in ranges(sorted(change.contract["id"] for change in changes)):
        events.record("subscription.changed", "subscription", ids, actor)
