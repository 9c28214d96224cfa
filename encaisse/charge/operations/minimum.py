"""What completes a period to its minimum when it is first charged, and what late usage changes of that.

The first time it is a charge of kind `minimum`, one for each item and period. Late usage then gives back what it
makes superfluous, as a `credit`; should a price by volume make the period cheaper, a further `minimum` completes it
again. Both have an `origin_key`, which counts them.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final, NamedTuple

from encaisse.catalog.rules.pricing import Rated
from encaisse.charge.models import ChargeKind
from encaisse.charge.operations.usage_items import UsageCharge, UsageItem
from encaisse.kernel import sql
from encaisse.subscription.rules.periods import Period
from encaisse.usage.rules.minimum import Minimum, change, lacking

_ONE: Final = Decimal(1)


class Charged(NamedTuple):
    """What was charged of a period before: of usage, of what completes it, and by how many charges."""

    used: Decimal
    completed: Decimal
    changes: int


def charged(periods: Iterable[tuple[UsageItem, Period]]) -> dict[tuple[int, Period], Charged]:
    """What was charged of these periods before, by item and period."""
    asked = {(item.item_id, period.first): (item.item_id, period) for item, period in periods}
    if not asked:
        return {}
    arrays = {
        "items": [item_id for item_id, _ in asked.values()],
        "firsts": [period.first for _, period in asked.values()],
        "untils": [period.until for _, period in asked.values()],
    }
    rows = sql.binary_rows("charge", "usage_completed", arrays)
    return {asked[item_id, first]: Charged(*found) for item_id, first, *found in rows}


def completion(item: UsageItem, period: Period, least: Minimum, used: Decimal) -> list[UsageCharge]:
    """What completes a period that is charged for the first time; nothing when its usage suffices."""
    amount = lacking(least.amount, used, item.currency)
    return [_completing(item, period, least, amount)] if amount else []


def late_completion(
    item: UsageItem, period: Period, least: Minimum, used: Decimal, before: Charged
) -> list[UsageCharge]:
    """What late usage of that amount changes of what completed its period; nothing when that stays."""
    moved = change(
        least.amount,
        before=before.used,
        after=before.used + used,
        completed=before.completed,
        currency=item.currency,
    )
    if not moved:
        return []
    origin = f"minimum/{item.item_id}/{period.first}/{before.changes}"
    if moved > 0:
        return [_completing(item, period, least, moved)._replace(origin_key=origin)]
    part = Rated(-_ONE, -moved, moved, None)
    row = item.charge(ChargeKind.CREDIT, item.wording().given_back(), part, period)
    return [row._replace(origin_key=origin)]


def _completing(item: UsageItem, period: Period, least: Minimum, amount: Decimal) -> UsageCharge:
    part = Rated(_ONE, amount, amount, None)
    return item.charge(ChargeKind.MINIMUM, item.wording().completed(least), part, period)
