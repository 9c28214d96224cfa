"""What stories of usage begin with."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from encaisse.catalog.models import PriceVersion
from encaisse.intake.operations import Verdict
from encaisse.subscription.models import Item
from encaisse.usage.operations import record
from encaisse.usage.rules.records import UsageEvent
from tests.makers import CLERK, make_offer, make_price, make_subscription

PARIS = ZoneInfo("Europe/Paris")
TIERS = (("100", "0.50"), ("1000", "0.40"), (None, "0.30"))
_serial = itertools.count(1)


def make_meter(meter: str = "sms", aggregation: str = "sum", **fields: Any) -> PriceVersion:
    """A price of 0.12 a unit, unless told, of a new offer that counts `meter` by the month."""
    own = ("period_unit", "alignment", "proration", "name_fr", "name_en", "product", "code")
    offer = {name: fields.pop(name) for name in own if name in fields}
    defaults = {} if {"tiers", "model"} & set(fields) else {"unit_price": Decimal("0.12")}
    made = make_offer(kind="usage", meter=meter, aggregation=aggregation, timing="arrears", **offer)
    return make_price(offer=made, **defaults | fields)


def hold(price: PriceVersion | None = None, **fields: Any) -> Item:
    """A contract since 1 January 2026 that counts a meter."""
    return make_subscription(price or make_meter(), **fields)


def at(day: str, hour: int = 12) -> dt.datetime:
    """That hour of a day, in Paris."""
    return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(hour), PARIS)


def event(item: Item, day: str, quantity: str = "1", **fields: Any) -> UsageEvent:
    """A quantity used at noon in Paris, under a key of its own."""
    defaults = {
        "source": "api", "key": f"k{next(_serial)}", "contract": item.subscription.reference,
        "meter": item.offer.meter, "occurred_at": at(day), "quantity": Decimal(quantity),
    }  # fmt: skip
    return UsageEvent(**defaults | fields)


def tell(item: Item, *used: tuple[str, str], **fields: Any) -> list[Verdict]:
    """Each day and quantity is an event of what the contract counts."""
    return record([event(item, day, quantity, **fields) for day, quantity in used], actor=CLERK)
