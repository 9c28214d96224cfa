"""Contracts as pages show them."""

import datetime as dt
from decimal import Decimal
from typing import Final, NamedTuple

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import Case, F, Max, Min, OuterRef, Q, QuerySet, Subquery, When
from django.db.models.functions import Coalesce

from encaisse.catalog.models import PriceVersion
from encaisse.currency.queries import exchange
from encaisse.currency.rules import Exchange
from encaisse.kernel import clock, money
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.scope import Scope
from encaisse.party.rules.names import sort_key
from encaisse.subscription.models import Condition, Item, Subscription

ORDERS: Final = {
    "reference": "reference",
    "customer": "account__customer__sort_key",
    "start_date": "start_date",
    "end_date": "end_date",
    "billed_through": "billed_through",
}


class Wanted(NamedTuple):
    """What a list of contracts is asked for; an empty field asks nothing. `entity` and `offer` are codes.

    Each word of `text` is in the customer's name, whatever its accents, or begins the contract's reference,
    the customer's, or the code of an offer held.
    """

    text: str = ""
    state: str = ""
    entity: str = ""
    customer_id: int | None = None
    account_id: int | None = None
    offer_id: int | None = None
    offer: str = ""


class ContractRow(NamedTuple):
    """One contract; everything before `billed_through` is billed. `end_date` is exclusive."""

    id: int
    reference: str
    state: str
    customer_id: int
    customer: str
    account_id: int
    account: str
    entity: str
    offers: str
    start_date: dt.date
    end_date: dt.date | None
    billed_through: dt.date | None


class ItemRow(NamedTuple):
    """A segment: an offer held from `starts_on` to `ends_on`, exclusive. Its price is for a period, in main units of
    `currency`, before the discount: `unit_price` when it was agreed, else that of the list, None by tiers. An offer
    without a price in the account's currency has that of the books.
    """

    id: int
    subscription_id: int
    position: int
    offer_id: int
    offer: str
    name_fr: str
    name_en: str
    kind: str
    quantity: Decimal
    agreed_price: Decimal | None
    unit_price: Decimal | None
    discount_percent: Decimal
    discount_amount: Decimal | None
    discount_reason: str
    currency: str
    period_unit: str
    period_count: int
    timing: str
    starts_on: dt.date
    ends_on: dt.date | None
    billed_through: dt.date

    @property
    def period_minor(self) -> int | None:
        """What a whole period comes to, discount taken off and rounded half-up as on an invoice."""
        if self.unit_price is None:
            return None
        gross = self.quantity * self.unit_price
        net = gross * (100 - self.discount_percent) / 100 - min(self.discount_amount or Decimal(0), gross)
        return money.to_minor(net, self.currency)


class ConditionRow(NamedTuple):
    """What a contract waits for, or waited for, and since when it is there."""

    kind: str
    met_on: dt.date | None


class ContractDetail(NamedTuple):
    """One contract with what it holds and held, by position and day; `order` is its own reference of the buyer.

    `exchange` says what prices in the books' currency are in the account's, where that is another, today.
    """

    row: ContractRow
    items: tuple[ItemRow, ...]
    currency: str
    exchange: Exchange | None
    term_months: int | None
    notice_days: int
    renewal: str
    order: tuple[str, str, str]
    conditions: tuple[ConditionRow, ...]


# A segment that ends the day it starts was never held.
_HELD: Final = Q(ends_on=None) | Q(ends_on__gt=F("starts_on"))
EVERY: Final = Wanted()
FIRST: Final = Window()
_FIELDS: Final = (
    "pk",
    "reference",
    "state",
    "account__customer_id",
    "account__customer__name",
    "account_id",
    "account__reference",
    "account__legal_entity__identity__name",
    "offers",
    "start_date",
    "end_date",
    "billed_through",
)


def contracts(scope: Scope, wanted: Wanted = EVERY, *, window: Window = FIRST) -> Found[ContractRow]:
    """One window of the contracts wanted, and how many there are."""
    found = _wanted(scope, wanted)
    page = window.cut(_described(found), ORDERS)
    return Found(tuple(ContractRow(*row) for row in page.values_list(*_FIELDS)), found.count())


def contract(scope: Scope, subscription_id: int) -> ContractDetail:
    """One contract. Raises NotFound when the scope sees none of that key."""
    found = _described(Subscription.objects.visible_to(scope).filter(pk=subscription_id))
    row = found.values_list(*_FIELDS).first()
    if row is None:
        raise NotFound(noun="contract")
    currency, books, timezone, term, notice, renewal, *order = found.values_list(
        "account__currency",
        "account__legal_entity__currency",
        "account__legal_entity__timezone",
        "term_months",
        "notice_days",
        "renewal",
        "buyer_reference__order_reference",
        "buyer_reference__contract_reference",
        "buyer_reference__buyer_reference",
    )[0]
    said = (order[0] or "", order[1] or "", order[2] or "")
    waits = Condition.objects.filter(subscription_id=subscription_id).order_by("kind")
    conditions = tuple(ConditionRow(*each) for each in waits.values_list("kind", "met_on"))
    items, foreign = _items(subscription_id), exchange(currency, books, clock.today(timezone))
    return ContractDetail(
        ContractRow(*row), items, currency, foreign, term, notice, renewal, said, conditions
    )


def _prices() -> QuerySet[PriceVersion]:
    """The prices that may be in force of an item, that of the account's own currency first, then the customer's own."""
    priced = PriceVersion.objects.filter(
        Q(customer=None) | Q(customer=OuterRef("account__customer")),
        Q(valid_to=None) | Q(valid_to__gt=OuterRef("billed_through")),
        Q(currency=OuterRef("account__currency")) | Q(currency=OuterRef("account__legal_entity__currency")),
        offer=OuterRef("offer"),
        valid_from__lte=OuterRef("billed_through"),
    )
    own = Case(When(currency=OuterRef("account__currency"), then=0), default=1)
    by_customer = F("customer").asc(nulls_last=True)
    return priced.annotate(own=own).order_by("own", by_customer, "-valid_from")


def _items(subscription_id: int) -> tuple[ItemRow, ...]:
    priced = _prices()
    held = Item.objects.filter(_HELD, subscription_id=subscription_id).order_by("position", "starts_on")
    # What was agreed is in the account's own currency, and so is what is taken off.
    in_own = priced.filter(currency=OuterRef("account__currency"))
    listed = Case(
        When(discount_amount=None, then=Subquery(priced.values("unit_price")[:1])),
        default=Subquery(in_own.values("unit_price")[:1]),
    )
    listed_in = Case(
        When(unit_price=None, discount_amount=None, then=Subquery(priced.values("currency")[:1])),
        default=None,
    )
    items = held.annotate(
        price=Coalesce("unit_price", listed), priced_in=Coalesce(listed_in, "account__currency")
    )
    fields = (
        "pk",
        "subscription_id",
        "position",
        "offer_id",
        "offer__code",
        "offer__name_fr",
        "offer__name_en",
        "offer__kind",
        "quantity",
        "unit_price",
        "price",
        "discount_percent",
        "discount_amount",
        "discount_reason",
        "priced_in",
        "offer__period_unit",
        "offer__period_count",
        "offer__timing",
        "starts_on",
        "ends_on",
        "billed_through",
    )
    return tuple(ItemRow(*row) for row in items.values_list(*fields))


def _described(found: QuerySet[Subscription]) -> QuerySet[Subscription]:
    was_held = Q(items__ends_on=None) | Q(items__ends_on__gt=F("items__starts_on"))
    offers = StringAgg("items__offer__code", ", ", distinct=True, filter=was_held, default="")
    recurs = ~Q(items__offer__kind="one_shot")
    still = Min("items__billed_through", filter=recurs & Q(items__ends_on=None))
    return found.annotate(
        offers=offers, billed_through=Coalesce(still, Max("items__billed_through", filter=recurs & was_held))
    )


def _wanted(scope: Scope, wanted: Wanted) -> QuerySet[Subscription]:
    same = {
        "state": wanted.state,
        "account_id": wanted.account_id,
        "account__customer_id": wanted.customer_id,
        "account__legal_entity__code": wanted.entity,
    }
    asked = {column: value for column, value in same.items() if value}
    found = Subscription.objects.visible_to(scope).filter(**asked)
    for offer in ({"offer_id": wanted.offer_id}, {"offer__code": wanted.offer}):
        if any(offer.values()):
            held = Item.objects.filter(ends_on__isnull=True, **offer)
            found = found.filter(pk__in=held.values("subscription_id"))
    for word in wanted.text.split():
        holding = Item.objects.filter(offer__code__istartswith=word)
        found = found.filter(
            Q(reference__istartswith=word)
            | Q(account__customer__reference__istartswith=word)
            | Q(account__customer__sort_key__contains=sort_key(word))
            | Q(pk__in=holding.values("subscription_id"))
        )
    return found
