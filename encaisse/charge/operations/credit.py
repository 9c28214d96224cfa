"""Charges that give back what was billed in advance and is no longer held."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from encaisse.catalog.queries import price_book
from encaisse.catalog.rules.pricing import Pricing
from encaisse.charge.errors import BilledElsewhere
from encaisse.charge.models import Charge, ChargeKind
from encaisse.charge.rules import ChargeRow, fraction, kept, price_of, rated_amount
from encaisse.kernel import sql
from encaisse.subscription.rules.periods import Grid, whole_period


class Beyond(NamedTuple):
    """A row of `charged_beyond.sql`: a charge, the segment that it is of, and until when it is kept so far."""

    charge_id: int
    item_id: int
    account_id: int
    product_id: int
    language: str
    label: str
    currency: str
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal
    discount_amount: Decimal | None
    discount_reason: str | None
    period_from: dt.date
    period_to: dt.date
    billable_on: dt.date
    price_version_id: int | None
    buyer_reference_id: int | None
    ends_on: dt.date
    offer_id: int
    held: Decimal
    agreed_price: Decimal | None
    discount_whole: Decimal | None
    unit: str
    every: int
    anchor_date: dt.date
    is_prorated: bool
    kept_until: dt.date

    def kept(self, whole: Decimal, of_days: int, until: dt.date) -> Decimal:
        """What is kept of an amount of a whole period when the segment is held until that day."""
        days = (min(until, self.period_to) - self.period_from).days
        return kept(whole, days, of_days, is_prorated=self.is_prorated)


def charged_beyond(event_id: int) -> list[Beyond]:
    """The charges that reach beyond the ends of the segments that the event ended.

    Call it once the segments are locked. Raises BilledElsewhere when one was billed beyond its end, but not by
    charges of ours, which nothing here can give back.
    """
    for ends_on, through, unit, every, anchor, is_prorated, charged_from in sql.rows(
        "charge", "billed_elsewhere", {"event_id": event_id}
    ):
        whole = whole_period(Grid(anchor, unit, every), ends_on)
        begins = ends_on if is_prorated or ends_on == whole.first else whole.until
        if through > begins and (charged_from is None or charged_from > begins):
            raise BilledElsewhere(until=charged_from or through)
    return [Beyond._make(row) for row in sql.rows("charge", "charged_beyond", {"event_id": event_id})]


@transaction.atomic
def give_back(charges: Iterable[Beyond]) -> int:
    """What is no longer held of each charge is credited, by a charge of the opposite sign. Returns how many.

    What a charge and its credits leave is what would have been charged had the end been known: unit price × days
    held / days of the whole period, half-up to six decimals, however often it is cut. Nothing is given back of a
    period that is not prorated and has begun.
    """
    beyond = list(charges)
    versions = {
        each.pricing.version_id: each.pricing
        for prices in price_book({one.offer_id for one in beyond}).values()
        for each in prices
    }
    rows = [row for one in beyond if (row := _credit(one, versions))]
    return sql.copy_rows(Charge, ChargeRow, rows)


def _credit(one: Beyond, versions: dict[int, Pricing]) -> ChargeRow | None:
    first = max(one.ends_on, one.period_from)
    whole = whole_period(Grid(one.anchor_date, one.unit, one.every), one.period_from)
    price = one.unit_price
    if one.agreed_price is not None:
        price = one.agreed_price
    elif one.price_version_id is not None:
        price = price_of(versions[one.price_version_id], one.held).unit_price
    before = one.kept(price, whole.days, one.kept_until)
    unit_price = before - one.kept(price, whole.days, first)
    if not unit_price or one.kept_until <= first:
        return None
    days = (one.kept_until - first).days
    label = one.label
    if one.is_prorated and days != whole.days:
        label = f"{label} {fraction(one.language, days, whole.days, price, one.currency)}"
    amount = -rated_amount(one.quantity, unit_price)
    return ChargeRow(
        account_id=one.account_id,
        product_id=one.product_id,
        kind=ChargeKind.CREDIT,
        label=label,
        currency=one.currency,
        quantity=-one.quantity,
        unit_price=unit_price,
        amount=amount,
        billable_on=one.billable_on,
        discount_percent=one.discount_percent,
        discount_amount=_discount(one, whole.days, first, amount),
        discount_reason=one.discount_reason,
        period_from=first,
        period_to=one.kept_until,
        item_id=one.item_id,
        price_version_id=one.price_version_id,
        buyer_reference_id=one.buyer_reference_id,
    )


def _discount(one: Beyond, of_days: int, first: dt.date, amount: Decimal) -> Decimal | None:
    if one.discount_whole is None:
        return None
    before = one.kept(one.discount_whole, of_days, one.kept_until)
    return -min(before - one.kept(one.discount_whole, of_days, first), -amount)
