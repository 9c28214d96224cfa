"""Charges that a person writes."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from django.db import transaction

from encaisse.charge.models import Charge, ChargeKind
from encaisse.charge.rules import ChargeRow, rated_amount
from encaisse.kernel import sql


class ManualLine(NamedTuple):
    """A charge written by a person. Its discount is a percentage or an amount; its period is half-open."""

    product_id: int
    label: str
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal = Decimal(0)
    discount_amount: Decimal | None = None
    discount_reason: str | None = None
    period_from: dt.date | None = None
    period_to: dt.date | None = None


@transaction.atomic
def record_manual(
    *,
    account_id: int,
    currency: str,
    lines: Iterable[ManualLine],
    billable_on: dt.date,
    origin: str | None = None,
    buyer_reference_id: int | None = None,
) -> int:
    """Each line is a charge of the account, billable from that day on, under the reference if one is given.

    `origin` makes a repeated call refuse (IntegrityError): its lines have keys of their own. Returns how many.
    """
    rows = [
        ChargeRow(
            account_id=account_id,
            product_id=line.product_id,
            kind=ChargeKind.MANUAL,
            label=line.label,
            currency=currency,
            quantity=line.quantity,
            unit_price=line.unit_price,
            amount=rated_amount(line.quantity, line.unit_price),
            discount_percent=line.discount_percent,
            discount_amount=line.discount_amount,
            discount_reason=line.discount_reason,
            period_from=line.period_from,
            period_to=line.period_to,
            billable_on=billable_on,
            buyer_reference_id=buyer_reference_id,
            origin_key=f"{origin}/{position}" if origin else None,
        )
        for position, line in enumerate(lines, 1)
    ]
    return sql.copy_rows(Charge, ChargeRow, rows)
