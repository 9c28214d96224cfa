"""Items whose next period may be due, as rating reads them: in the text of COPY, of which one is taken apart for all
that are rated alike."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final, NamedTuple

from encaisse.charge.rules import ChargeRow
from encaisse.kernel import sql

_NULL: Final = r"\N"


class Due(NamedTuple):
    """A row of `items_due.sql`. `shape` is all that its charges depend on, beside the prices of its customer."""

    item_id: str
    account_id: str
    customer_id: str
    buyer_reference_id: str
    shape: str

    def owes(self, charge: ChargeRow) -> ChargeRow:
        """A charge that is nobody's yet, as this item's."""
        reference = None if self.buyer_reference_id == _NULL else int(self.buyer_reference_id)
        return charge._replace(
            account_id=int(self.account_id), item_id=int(self.item_id), buyer_reference_id=reference
        )


class Shape(NamedTuple):
    """What a segment and its offer say that rating depends on."""

    offer_id: int
    offer: str
    product_id: int
    language: str
    label: str
    is_one_shot: bool
    currency: str
    quantity: Decimal
    unit_price: Decimal | None
    discount_percent: Decimal
    discount_amount: Decimal | None
    discount_reason: str
    period_unit: str
    period_count: int
    timing: str
    is_prorated: bool
    anchor_date: dt.date
    billed_through: dt.date
    ends_on: dt.date | None
    until: dt.date | None


def items_due(asked: dict[str, Any]) -> list[Due]:
    """The items due of a part of a chunk, by account and by key."""
    width = len(Due._fields) - 1
    return [Due._make(line.split("\t", width)) for line in sql.text_rows("charge", "items_due", asked)]


def shape_of(text: str) -> Shape:
    """The shape that such a text says."""
    fields = zip(_READERS, text.split("\t"), strict=True)
    return Shape._make(None if field == _NULL else read(field) for read, field in fields)


def _is_true(field: str) -> bool:
    return field == "t"


_DAY: Final = dt.date.fromisoformat
_READERS: Final[tuple[Callable[[str], Any], ...]] = (
    int, sql.plain, int, str, sql.plain, _is_true,
    str, Decimal, Decimal, Decimal, Decimal, sql.plain,
    str, int, str, _is_true, _DAY, _DAY, _DAY, _DAY,
)  # fmt: skip
