"""Where a page of a long account begins: found by the sums of its days, so that nothing before it is read."""

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from django.db.models import F, QuerySet, Sum

from encaisse.ledger.models import DaySum


class Place(NamedTuple):
    """The days that hold one page, how many postings of the first day come before it, what was moved before that day
    by currency, and how many postings there are in all.
    """

    first: dt.date
    last: dt.date
    skipped: int
    opening: Mapping[str, int]
    total: int


def place(days: "QuerySet[DaySum]", offset: int, limit: int) -> Place | None:
    """The place of the postings from `offset` on, `limit` of them. None when there are not so many."""
    moved = days.order_by("date").values_list("date", "legal_entity__currency")
    rows = list(moved.annotate(many=Sum("postings"), sum=Sum(F("debit_minor") - F("credit_minor"))))
    first, last, before, seen = None, None, 0, 0
    opening: Counter[str] = Counter()
    by_day: dict[dt.date, list[tuple[str, int, int]]] = {}
    for date, *figures in rows:
        by_day.setdefault(date, []).append(tuple(figures))
    for date, sums in by_day.items():
        many = sum(count for _currency, count, _sum in sums)
        if first is None and seen + many > offset:
            first, before = date, seen
        if first is None:
            opening.update({currency: moved_minor for currency, _count, moved_minor in sums})
        if seen < offset + limit:
            last = date
        seen += many
    if first is None or last is None:
        return None
    return Place(first, last, offset - before, opening, seen)
