"""Segments of offers that are used, as rating reads them, and the charges made of them."""

import datetime as dt
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal
from functools import cache
from typing import Final, NamedTuple, Self
from zoneinfo import ZoneInfo

from encaisse.catalog.rules.pricing import Rated
from encaisse.charge.rules import ChargeRow, prorated
from encaisse.subscription.rules.periods import Grid, Period, whole_period
from encaisse.usage.rules.labels import Wording
from encaisse.usage.rules.rating import Metered

_ONE_DAY: Final = dt.timedelta(days=1)
# A zone is looked up once, not once an item.
_zone = cache(ZoneInfo)


class UsageItem(NamedTuple):
    """A row of `usage_items.sql`: a segment, its offer, for whom its charges are, and the first event that waits."""

    item_id: int
    subscription_id: int
    position: int
    account_id: int
    customer_id: int
    currency: str
    timezone: str
    language: str
    offer_id: int
    offer: str
    product_id: int
    name: str
    meter: str
    aggregation: str
    unit: str
    unit_count: int
    is_prorated: bool
    anchor_date: dt.date
    starts_on: dt.date
    ends_on: dt.date | None
    until: dt.date | None
    billed_through: dt.date
    unit_price: Decimal | None
    discount_percent: Decimal
    discount_amount: Decimal | None
    discount_reason: str
    buyer_reference_id: int | None
    earliest: dt.datetime | None

    def metered(self) -> Metered:
        """What its windows depend on."""
        return Metered(
            Grid(self.anchor_date, self.unit, self.unit_count),
            self.starts_on,
            self.until,
            self.billed_through,
            self.currency,
            self.customer_id,
            self.unit_price,
            self.is_prorated,
        )

    def in_its_currency(self, priced: Collection[str], books: str) -> "UsageItem":
        """The same in the currency of its prices: the account's, or that of the books where the offer has none in it.

        What was agreed, a price or an amount off, is in the account's.
        """
        is_agreed = self.unit_price is not None or self.discount_amount is not None
        if is_agreed or self.currency in priced or books not in priced:
            return self
        return self._replace(currency=books)

    def earliest_day(self) -> dt.date | None:
        """The local day of the first event that waits."""
        return self.earliest and self.earliest.astimezone(_zone(self.timezone)).date()

    def begins(self, day: dt.date) -> dt.datetime:
        """The first instant of a local day."""
        return dt.datetime.combine(day, dt.time(), _zone(self.timezone))

    def cut(self, after: dt.date) -> Self | None:
        """The same as if it ended before the day `after`, with nothing of its last period charged, by the day; None
        when a period ends there by itself."""
        whole = whole_period(Grid(self.anchor_date, self.unit, self.unit_count), after - _ONE_DAY)
        if whole.until == after:
            return None
        first = max(whole.first, self.starts_on)
        return self._replace(until=after, billed_through=first, earliest=None, is_prorated=True)

    def wording(self) -> Wording:
        """How it is spoken of on an invoice."""
        return Wording(self.name, self.language, self.currency)

    def discount(self, period: Period) -> Decimal | None:
        """What is off the period as a whole, by its days."""
        if self.discount_amount is None or not self.is_prorated:
            return self.discount_amount
        return prorated(self.discount_amount, period.days, period.of_days)

    def charge(self, kind: str, label: str, part: Rated, period: Period) -> "UsageCharge":
        """A charge of a part that it owes; its period is billed from its last day on."""
        return UsageCharge(
            id=0,
            account_id=self.account_id,
            product_id=self.product_id,
            kind=kind,
            label=label,
            currency=self.currency,
            quantity=part.quantity,
            unit_price=part.unit_price,
            amount=part.amount,
            billable_on=period.until - _ONE_DAY,
            discount_percent=self.discount_percent,
            discount_amount=None,
            discount_reason=self.discount_reason or None if self.discount_percent else None,
            period_from=period.first,
            period_to=period.until,
            item_id=self.item_id,
            price_version_id=None,
            buyer_reference_id=self.buyer_reference_id,
            origin_key=None,
        )


class UsageCharge(NamedTuple):
    """A charge with its key, which its events name; the fields are the columns of its COPY, in order."""

    id: int
    account_id: int
    product_id: int
    kind: str
    label: str
    currency: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    billable_on: dt.date
    discount_percent: Decimal
    discount_amount: Decimal | None
    discount_reason: str | None
    period_from: dt.date
    period_to: dt.date
    item_id: int
    price_version_id: int | None
    buyer_reference_id: int | None
    origin_key: str | None

    def to_come(self) -> ChargeRow:
        """The same as a charge that is not stored."""
        told = self._asdict()
        del told["id"]
        return ChargeRow(**told)


def less(rows: Iterable[UsageCharge], off: Decimal | None, reason: str) -> Iterator[UsageCharge]:
    """The charges of a period with an amount off all of them, taken from the first ones as far as it goes."""
    left = off or Decimal(0)
    for row in rows:
        taken = min(left, row.amount)
        left -= taken
        yield row._replace(discount_amount=taken, discount_reason=reason or None) if taken > 0 else row
