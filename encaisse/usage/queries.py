"""Usage as pages show it."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import Count, Q, QuerySet, Sum

from encaisse.catalog.models import Offer, OfferKind
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.scope import Scope
from encaisse.party.models import LegalEntity
from encaisse.party.rules.names import sort_key
from encaisse.usage.models import Event

ORDERS: Final = {
    "received_at": "pk",
    "occurred_at": "occurred_at",
    "contract": "subscription__reference",
    "customer": "subscription__account__customer__sort_key",
    "meter": "meter",
    "quantity": "quantity",
}
_FIELDS: Final = (
    "pk",
    "occurred_at",
    "received_at",
    "subscription_id",
    "subscription__reference",
    "subscription__account__customer_id",
    "subscription__account__customer__name",
    "meter",
    "quantity",
    "member",
    "source",
    "key",
    "waiting__event_id",
)


class Wanted(NamedTuple):
    """What a list of usage is asked for; an empty field asks nothing. `entity` is a code, `state` waiting or charged.

    Each word of `text` is in the customer's name, whatever its accents, or begins the reference of the contract or of
    the customer, or is the key of the event. `since` is included, `until` is not.
    """

    text: str = ""
    state: str = ""
    meter: str = ""
    source: str = ""
    entity: str = ""
    subscription_id: int | None = None
    since: dt.datetime | None = None
    until: dt.datetime | None = None


class UsageRow(NamedTuple):
    """One event of usage; `waiting_id` is None once it is in a charge."""

    id: int
    occurred_at: dt.datetime
    received_at: dt.datetime
    contract_id: int
    contract: str
    customer_id: int
    customer: str
    meter: str
    quantity: Decimal
    member: str
    source: str
    key: str
    waiting_id: int | None


class MeterTotal(NamedTuple):
    """What was used of one meter: how often, how much, and how many of these events are in no charge yet."""

    meter: str
    times: int
    quantity: Decimal
    waiting: int


EVERY: Final = Wanted()
FIRST: Final = Window("-received_at")


def usage(scope: Scope, wanted: Wanted = EVERY, *, window: Window = FIRST) -> Found[UsageRow]:
    """One window of the events wanted, and how many there are."""
    found = _wanted(scope, wanted)
    page = window.cut(found, ORDERS)
    return Found(tuple(UsageRow(*row) for row in page.values_list(*_FIELDS)), found.count())


def every_usage(scope: Scope, wanted: Wanted = EVERY) -> Iterator[UsageRow]:
    """All the events wanted, in the order in which they were told, read as they are asked for."""
    found = _wanted(scope, wanted).order_by("pk").values_list(*_FIELDS)
    return (UsageRow(*row) for row in found.iterator(chunk_size=2_000))


def totals(scope: Scope, wanted: Wanted = EVERY) -> tuple[MeterTotal, ...]:
    """What the events wanted come to, meter by meter."""
    found = _wanted(scope, wanted).order_by("meter").values_list("meter")
    summed = found.annotate(Count("pk"), Sum("quantity"), Count("waiting"))
    return tuple(MeterTotal(*row) for row in summed)


def meters(scope: Scope) -> tuple[str, ...]:
    """Every meter that an offer counts: what is sold is no secret among those who sign in."""
    found = Offer.objects.filter(kind=OfferKind.USAGE).order_by("meter")
    return tuple(found.values_list("meter", flat=True).distinct())


def local_time(legal_entity_id: int) -> ZoneInfo:
    """The time zone in which a legal entity's days begin and end. Raises NotFound."""
    found = LegalEntity.objects.filter(pk=legal_entity_id).values_list("timezone", flat=True).first()
    if found is None:
        raise NotFound(noun="legal entity")
    return ZoneInfo(found)


def _wanted(scope: Scope, wanted: Wanted) -> QuerySet[Event]:
    same = {
        "meter": wanted.meter,
        "source": wanted.source,
        "subscription_id": wanted.subscription_id,
        "subscription__account__legal_entity__code": wanted.entity,
        "occurred_at__gte": wanted.since,
        "occurred_at__lt": wanted.until,
    }
    found = Event.objects.visible_to(scope).filter(**{name: value for name, value in same.items() if value})
    if wanted.state:
        found = found.filter(waiting__isnull=wanted.state == "charged")
    for word in wanted.text.split():
        found = found.filter(
            Q(key=word)
            | Q(subscription__reference__istartswith=word)
            | Q(subscription__account__customer__reference__istartswith=word)
            | Q(subscription__account__customer__sort_key__contains=sort_key(word))
        )
    return found
