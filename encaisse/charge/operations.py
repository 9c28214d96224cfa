"""Every write of charges."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from encaisse.charge.models import Charge, ChargeKind
from encaisse.charge.rules import ChargeRow, rated_amount
from encaisse.kernel import sql
from encaisse.subscription.rules import Period, RecurringItem, periods_due


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
    start_date: dt.date
    end_date: dt.date | None
    months: int
    timing: str
    billed_through: dt.date

    def recurrence(self) -> RecurringItem:
        """What its periods depend on."""
        return RecurringItem(self.start_date, self.end_date, self.months, self.timing, self.billed_through)


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
        for period in periods_due(item.recurrence(), cutoff_date):
            rows.append(_recurring(item, period))
            through[item.item_id] = period.until
    sql.copy_rows(Charge, ChargeRow, rows)
    moved = {"items": list(through), "dates": list(through.values())}
    sql.execute("charge", "move_billed_through", moved)
    return len(rows)


class ManualLine(NamedTuple):
    """A charge written by a person."""

    product_id: int
    label: str
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal = Decimal(0)


@transaction.atomic
def record_manual(
    *,
    account_id: int,
    currency: str,
    lines: Iterable[ManualLine],
    billable_on: dt.date,
    origin: str | None = None,
) -> int:
    """Each line is a charge of the account, billable from that day on. Returns how many.

    `origin` makes a repeated call refuse (IntegrityError): its lines have keys of their own.
    """
    rows = [
        ChargeRow(
            account_id, line.product_id, ChargeKind.MANUAL, line.label, currency, line.quantity, line.unit_price,
            rated_amount(line.quantity, line.unit_price), line.discount_percent, None, None, billable_on,
            None, None, f"{origin}/{position}" if origin else None,
        )
        for position, line in enumerate(lines, 1)
    ]  # fmt: skip
    return sql.copy_rows(Charge, ChargeRow, rows)


def _recurring(item: DueItem, period: Period) -> ChargeRow:
    # In arrears a period can be billed from its last day on, in advance from its first.
    billable_on = period.first if item.timing == "advance" else period.until - dt.timedelta(days=1)
    return ChargeRow(
        item.account_id, item.product_id, ChargeKind.RECURRING, item.label, item.currency, item.quantity,
        item.unit_price, rated_amount(item.quantity, item.unit_price), item.discount_percent, period.first,
        period.until, billable_on, item.item_id, None, None,
    )  # fmt: skip
