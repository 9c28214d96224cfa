"""VAT as it is summed by day and rate, for whoever sees every customer: no document need be read."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db.models import F, Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Scope
from encaisse.ledger.models import DaySum, VatSource, VatSum

_CREDITED: Final = Q(source=VatSource.CREDIT_NOTE)
_BY_RATE: Final = ("kind", "category", "rate", "account")


class Place(NamedTuple):
    """The days that hold one page, and how many rows of the first day come before it."""

    first: dt.date
    last: dt.date
    skipped: int


def by_month(scope: Scope, entity_id: int | None, start: dt.date, end: dt.date) -> Iterable[tuple[Any, ...]]:
    """Of each legal entity, month and rate with its account, every figure of a `VatRow`, in its order."""
    of_period = _sums(scope, entity_id).filter(date__gte=start, date__lt=end)
    rows = of_period.order_by().values_list("legal_entity_id", TruncMonth("date"), *_BY_RATE)
    return rows.annotate(
        billed_base=Sum("base_minor", filter=~_CREDITED, default=0),
        billed=Sum("tax_minor", filter=~_CREDITED, default=0),
        credited_base=Sum("base_minor", filter=_CREDITED, default=0),
        credited=Sum("tax_minor", filter=_CREDITED, default=0),
        due_base=Sum("due_base_minor"),
        due=Sum("due_minor"),
        waiting=Sum("waiting_minor"),
    )


def waiting_before(
    scope: Scope, entity_id: int | None, day: dt.date
) -> Iterable[tuple[int, str, str, Decimal, str, int]]:
    """Of each legal entity and rate with its account, what waited at the end of the day before."""
    earlier = _sums(scope, entity_id).filter(date__lt=day).exclude(waiting_minor=0)
    rows = earlier.order_by().values_list("legal_entity_id", *_BY_RATE)
    return [(*row[:-1], int(row[-1])) for row in rows.annotate(waiting=Sum("waiting_minor"))]


def posted_by_month(scope: Scope, entity_id: int | None, met: Q) -> Iterable[tuple[int, str, dt.date, int]]:
    """What postings moved by legal entity, account and month, of the sums that meet a condition."""
    found = DaySum.objects.filter(scope.entities() & met)
    found = found.filter(legal_entity_id=entity_id) if entity_id else found
    rows = found.order_by().values_list("legal_entity_id", "account__code", TruncMonth("date"))
    return rows.annotate(moved=Sum(F("debit_minor") - F("credit_minor")))


def placed(
    scope: Scope, entity_id: int | None, met: Q, counted: str, window: Window
) -> tuple[Place | None, int]:
    """Where the rows of one window stand, of the sums that meet a condition, and how many there are in all.

    `counted` is the column that counts them.
    """
    found = _sums(scope, entity_id).filter(met)
    first, last, before, seen = None, None, 0, 0
    for day, many in found.values_list("date").annotate(many=Sum(counted)).order_by("date"):
        if first is None and seen + many > window.offset:
            first, before = day, seen
        if seen < window.offset + window.size:
            last = day
        seen += many
    if first is None or last is None:
        return None, seen
    return Place(first, last, window.offset - before), seen


def whole(scope: Scope, entity_id: int | None, met: Q, *columns: str) -> tuple[int, ...]:
    """What these columns come to, of the sums that meet a condition."""
    summed = {column: Sum(column, default=0) for column in columns}
    found = _sums(scope, entity_id).filter(met).aggregate(**summed)
    return tuple(int(found[column]) for column in columns)


def _sums(scope: Scope, entity_id: int | None) -> QuerySet[VatSum]:
    seen = VatSum.objects.filter(scope.entities())
    return seen.filter(legal_entity_id=entity_id) if entity_id else seen
