"""Contracts as pages show them."""

import datetime as dt
from decimal import Decimal
from typing import Final, NamedTuple

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import F, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from encaisse.catalog.models import PriceVersion
from encaisse.kernel import money
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.scope import Scope
from encaisse.party.rules.names import sort_key
from encaisse.subscription.models import Item, Subscription

ORDERS: Final = {
    "reference": "reference",
    "customer": "account__customer__sort_key",
    "start_date": "start_date",
    "end_date": "end_date",
    "billed_through": "billed_through",
}


class Wanted(NamedTuple):
    """What a list of contracts is asked for; an empty field asks nothing. `entity` is a code.

    Each word of `text` is in the customer's name, whatever its accents, or begins the contract's reference,
    the customer's, or the code of an offer held.
    """

    text: str = ""
    state: str = ""
    entity: str = ""
    customer_id: int | None = None
    account_id: int | None = None
    offer_id: int | None = None


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
    """One offer held: its price for a period, before the discount, in main units of `currency`."""

    position: int
    offer: str
    name_fr: str
    name_en: str
    quantity: Decimal
    unit_price: Decimal | None
    discount_percent: Decimal
    currency: str
    period_unit: str
    period_count: int
    timing: str
    billed_through: dt.date

    @property
    def period_minor(self) -> int:
        """What a whole period comes to, discount taken off and rounded half-up as on an invoice."""
        net = self.quantity * (self.unit_price or 0) * (100 - self.discount_percent) / 100
        return money.to_minor(net, self.currency)


class ContractDetail(NamedTuple):
    """One contract with what it holds."""

    row: ContractRow
    items: tuple[ItemRow, ...]


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
    return ContractDetail(ContractRow(*row), _items(subscription_id))


def _items(subscription_id: int) -> tuple[ItemRow, ...]:
    listed = PriceVersion.objects.filter(
        offer=OuterRef("offer"), customer=None, currency=OuterRef("account__currency")
    )
    in_force = listed.filter(valid_from__lte=OuterRef("billed_through")).order_by("-valid_from")
    held = Item.objects.filter(subscription_id=subscription_id, ends_on=None).order_by("position")
    items = held.annotate(price=Coalesce("unit_price", Subquery(in_force.values("unit_price")[:1])))
    fields = (
        "position",
        "offer__code",
        "offer__name_fr",
        "offer__name_en",
        "quantity",
        "price",
        "discount_percent",
        "account__currency",
        "offer__period_unit",
        "offer__period_count",
        "offer__timing",
        "billed_through",
    )
    return tuple(ItemRow(*row) for row in items.values_list(*fields))


def _described(found: QuerySet[Subscription]) -> QuerySet[Subscription]:
    was_held = Q(items__ends_on=None) | Q(items__ends_on__gt=F("items__starts_on"))
    offers = StringAgg("items__offer__code", ", ", distinct=True, filter=was_held, default="")
    still = Min("items__billed_through", filter=Q(items__ends_on=None))
    return found.annotate(
        offers=offers, billed_through=Coalesce(still, Max("items__billed_through", filter=was_held))
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
    if wanted.offer_id:
        held = Item.objects.filter(offer_id=wanted.offer_id, ends_on__isnull=True)
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
