"""The cut-offs that were computed: what each came to, and the lines that it is made of."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from django.db.models import Count, QuerySet, Sum

from encaisse.kernel.lists import Window
from encaisse.kernel.scope import Scope
from encaisse.ledger.models import CutOff, CutOffLine
from encaisse.ledger.queries.countries import countries
from encaisse.ledger.rules import ACCRUED, DEFERRED, Cut, CutSum, cut_off_entry

_SUMMED: Final = ("figure", "revenue_account", "product", "name_fr", "name_en")


class KeptCutOff(NamedTuple):
    """The cut-off of a day as it was computed: its sums by figure, account and product, and by whom and when."""

    id: int
    currency: str
    on: dt.date
    computed_at: dt.datetime
    computed_by: str
    sums: tuple[CutSum, ...]
    chart: str

    @property
    def reversed_on(self) -> dt.date:
        """The day after, on which the opposite entry takes it back."""
        return self.on + dt.timedelta(days=1)

    @property
    def entry(self) -> Mapping[str, int]:
        """What each account of its country is posted at the end of the day, debit positive."""
        posted = cut_off_entry(self._by_account(DEFERRED), self._by_account(ACCRUED))
        return countries().entry(self.chart, posted)

    def total(self, figure: str) -> int:
        """What the lines of a figure come to."""
        return sum(each.cut_minor for each in self.sums if each.figure == figure)

    def lines(self, figure: str) -> int:
        """How many lines a figure has."""
        return sum(each.lines for each in self.sums if each.figure == figure)

    def by_product(self, figure: str) -> list[tuple[str, str, str, int]]:
        """Code, names and sum of each product, the largest first."""
        found: dict[tuple[str, str, str], int] = {}
        for each in self.sums:
            if each.figure == figure:
                names = (each.product, each.name_fr, each.name_en)
                found[names] = found.get(names, 0) + each.cut_minor
        return sorted(((*names, total) for names, total in found.items()), key=lambda row: -row[3])

    def _by_account(self, figure: str) -> Iterable[tuple[str, int]]:
        return ((each.revenue_account, each.cut_minor) for each in self.sums if each.figure == figure)


def kept(scope: Scope, legal_entity_id: int, on: dt.date) -> KeptCutOff | None:
    """What was computed last for the day, of the accounts that the scope sees; None before the first time.

    Raises NotPermitted.
    """
    scope.require("read_ledger")
    visible = CutOff.objects.visible_to(scope).select_related("legal_entity")
    found = visible.filter(legal_entity=legal_entity_id, on=on).first()
    if found is None:
        return None
    # Whoever sees everything reads the sums as they were kept: summing a hundred thousand lines takes too long.
    told = map(CutSum._make, found.sums) if scope.sees_every_customer else _summed(scope, found.pk)
    about = (found.pk, found.currency, found.on, found.computed_at, found.computed_by)
    return KeptCutOff(*about, tuple(told), found.legal_entity.chart)


def lines(scope: Scope, cut_off_id: int, figure: str, window: Window | None = None) -> tuple[Cut, ...]:
    """The lines of a figure, in order: those of the window, or all of them."""
    found = _visible(scope, cut_off_id).filter(figure=figure).order_by("position")
    if window:
        found = found[window.offset : window.offset + window.size]
    told = countries()
    return tuple(
        cut._replace(revenue_account=told.code(chart, cut.revenue_account))
        for chart, *columns in found.values_list("cut_off__legal_entity__chart", *_COLUMNS)
        for cut in (Cut._make(columns),)
    )


def _visible(scope: Scope, cut_off_id: int) -> "QuerySet[CutOffLine]":
    return CutOffLine.objects.visible_to(scope).filter(cut_off_id=cut_off_id)


def _summed(scope: Scope, cut_off_id: int) -> Iterable[CutSum]:
    rows = _visible(scope, cut_off_id).order_by(*_SUMMED).values_list(*_SUMMED)
    return (CutSum(*row) for row in rows.annotate(lines=Count("*"), total=Sum("cut_minor")))


_COLUMNS: Final = tuple("billing_account_id" if name == "account_id" else name for name in Cut._fields)
