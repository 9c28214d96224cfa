"""Charges of what recurs: every period that has come due, once."""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from encaisse.charge.models import Charge, ChargeKind
from encaisse.charge.rules import ChargeRow, prorated, rated_amount
from encaisse.kernel import sql
from encaisse.subscription.rules.periods import Grid, Period, Segment, periods_due


class DueItem(NamedTuple):
    """A row of `items_due.sql`."""

    item_id: int
    account_id: int
    product_id: int
    label: str
    currency: str
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal
    anchor_date: dt.date
    unit: str
    count: int
    timing: str
    billed_through: dt.date
    until: dt.date | None

    def segment(self) -> Segment:
        """What its periods depend on."""
        return Segment(
            Grid(self.anchor_date, self.unit, self.count), self.timing, self.billed_through, self.until
        )


@transaction.atomic(savepoint=False)
def rate_recurring(
    *, legal_entity_id: int, first_account: int, last_account: int, cutoff_date: dt.date
) -> int:
    """Every period due before `cutoff_date` of the items of these accounts is a charge, once.

    Moves the items' `billed_through`. Repeatable: an item and the first day of a period make a charge unique.
    Returns the number of charges.
    """
    where = {"legal_entity_id": legal_entity_id, "first_account": first_account, "last_account": last_account}
    rows: list[ChargeRow] = []
    through: dict[int, dt.date] = {}
    for record in sql.binary_rows("charge", "items_due", where | {"cutoff_date": cutoff_date}):
        item = DueItem(*record)
        for period in periods_due(item.segment(), cutoff_date):
            rows.append(_recurring(item, period))
            through[item.item_id] = period.until
    sql.copy_rows(Charge, ChargeRow, rows)
    moved = {"items": list(through), "dates": list(through.values())}
    sql.execute("charge", "move_billed_through", moved)
    return len(rows)


def _recurring(item: DueItem, period: Period) -> ChargeRow:
    # In arrears a period can be billed from its last day on, in advance from its first.
    billable_on = period.first if item.timing == "advance" else period.until - dt.timedelta(days=1)
    unit_price = prorated(item.unit_price, period.days, period.of_days)
    return ChargeRow(
        account_id=item.account_id,
        product_id=item.product_id,
        kind=ChargeKind.RECURRING,
        label=item.label,
        currency=item.currency,
        quantity=item.quantity,
        unit_price=unit_price,
        amount=rated_amount(item.quantity, unit_price),
        billable_on=billable_on,
        discount_percent=item.discount_percent,
        period_from=period.first,
        period_to=period.until,
        item_id=item.item_id,
    )
