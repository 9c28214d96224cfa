"""What stories of usage begin with."""

import datetime as dt
import itertools
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from encaisse.catalog.models import PriceVersion
from encaisse.intake.operations import Verdict
from encaisse.subscription.models import Item, Subscription
from encaisse.usage.operations import record
from encaisse.usage.rules.records import UsageEvent
from tests.makers import CLERK, make_account, make_offer, make_price

PARIS = ZoneInfo("Europe/Paris")
TIERS = (("100", "0.50"), ("1000", "0.40"), (None, "0.30"))
_serial = itertools.count(1)


def make_meter(meter: str = "sms", aggregation: str = "sum", **fields: Any) -> PriceVersion:
    """A price of 0.12 a unit, unless told, of a new offer that counts `meter` by the month."""
    own = ("period_unit", "alignment", "proration", "name_fr", "name_en", "product", "code")
    offer = {name: fields.pop(name) for name in own if name in fields}
    if "tiers" in fields:
        defaults: dict[str, Any] = {"model": "graduated"}
    else:
        defaults = {"unit_price": None if fields.get("model") == "percentage" else Decimal("0.12")}
    made = make_offer(kind="usage", meter=meter, aggregation=aggregation, timing="arrears", **offer)
    return make_price(offer=made, **defaults | fields)


def hold(price: PriceVersion | None = None, **fields: Any) -> Item:
    """A contract since 1 January 2026 that counts a meter; its account and start may be told, and its item's facts."""
    price = price or make_meter()
    account = fields.pop("account", None) or make_account()
    start = fields.pop("start_date", dt.date(2026, 1, 1))
    subscription = Subscription.objects.create(
        reference=f"U{next(_serial):05}", account=account, start_date=start
    )
    dates = {"starts_on": start, "anchor_date": start, "billed_through": start}
    own = {"quantity": 1, "position": 1, "offer": price.offer, "account": account} | dates | fields
    return Item.objects.create(subscription=subscription, **own)


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
