"""Charges as pages show them."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from encaisse.charge.models import Charge
from encaisse.charge.rules import ChargeRow
from encaisse.kernel import money


class ChargeLine(NamedTuple):
    """One charge of the segment `item_id`; amounts are in main units of `currency`, before the discount."""

    id: int
    kind: str
    item_id: int | None
    account: str
    label: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    discount_percent: Decimal
    discount_amount: Decimal | None
    currency: str
    period_from: dt.date | None
    period_to: dt.date | None
    billable_on: dt.date

    @property
    def net_minor(self) -> int:
        """What it comes to by itself, discount taken off and rounded half-up as on an invoice."""
        off = self.discount_amount or Decimal(0)
        return money.to_minor(self.amount * (100 - self.discount_percent) / 100 - off, self.currency)

    @classmethod
    def to_come(cls, row: ChargeRow, account: str) -> "ChargeLine":
        """A charge that is not made yet, of the account of that reference."""
        said = {name: getattr(row, name) for name in cls._fields if name not in {"id", "account"}}
        return cls(id=0, account=account, **said)


def newest() -> int:
    """The key of the charge made last, 0 when there is none."""
    return Charge.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def made_of(item_ids: Iterable[int], *, after: int = 0) -> tuple[ChargeLine, ...]:
    """The charges of these segments with a key beyond `after`, by the day from which they may be billed."""
    fields = ("account__reference" if name == "account" else name for name in ChargeLine._fields)
    rows = Charge.objects.filter(item_id__in=list(item_ids), pk__gt=after).order_by("billable_on", "pk")
    return tuple(ChargeLine(*row) for row in rows.values_list(*fields))
