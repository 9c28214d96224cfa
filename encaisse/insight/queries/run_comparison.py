"""A run beside the last one of its kind: what more or less it bills, of what, and to whom."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NamedTuple

from django.db.models import Count, Sum

from encaisse.billing.models import Run
from encaisse.billing.queries.runs import last_alike
from encaisse.insight.queries.run_report import AccountSum, Bundle, Cut, Report, run_report
from encaisse.invoice.models import Invoice, InvoiceState
from encaisse.kernel.scope import Scope

_TENTH: Final = Decimal("0.1")
_Figures = tuple[int, int, int]
_NOTHING: Final[_Figures] = (0, 0, 0)


class Change(NamedTuple):
    """One thing in one currency, billed by a run and by the last one: `_before` is nothing where it was not billed.

    `key` is that of the row of the catalogue or of the account; `names` are (French, English).
    """

    key: int | None
    code: str
    names: tuple[str, str]
    currency: str
    documents: int
    net_minor: int
    gross_minor: int
    documents_before: int
    net_before_minor: int
    gross_before_minor: int

    @property
    def difference_minor(self) -> int:
        """How much more is billed than last time, net."""
        return self.net_minor - self.net_before_minor

    @property
    def percent(self) -> Decimal | None:
        """The difference in percent of last time's net, to a tenth. None where nothing was billed."""
        if not self.net_before_minor:
            return None
        share = Decimal(self.difference_minor * 100) / abs(self.net_before_minor)
        return share.quantize(_TENTH, ROUND_HALF_UP)


class Comparison(NamedTuple):
    """What changed since the last run of the same selection that was issued; accounts are the largest of this one."""

    run_id: int
    cutoff_date: dt.date
    totals: tuple[Change, ...]
    kinds: tuple[Change, ...]
    offers: tuple[Change, ...]
    products: tuple[Change, ...]
    accounts: tuple[Change, ...]


def run_comparison(scope: Scope, run_id: int, found: Report) -> Comparison | None:
    """The report of a run beside that of the last one. None when there was none. Raises NotFound."""
    last = last_alike(scope, run_id)
    if last is None:
        return None
    before = run_report(scope, last.pk)
    return Comparison(
        run_id=last.pk,
        cutoff_date=last.cutoff_date,
        totals=_changes(_cuts(found.totals), _cuts(before.totals)),
        kinds=_changes(_bundles(found.kinds), _bundles(before.kinds)),
        offers=_changes(_cuts(found.offers), _cuts(before.offers)),
        products=_changes(_cuts(found.products), _cuts(before.products)),
        accounts=_accounts(scope, last, found.accounts),
    )


class _Thing(NamedTuple):
    key: int | None
    code: str
    names: tuple[str, str]
    currency: str


_Figured = Mapping[_Thing, _Figures]


def _cuts(rows: Iterable[Cut]) -> _Figured:
    return {
        _Thing(row.key, row.code, row.names, row.currency): (row.documents, row.net_minor, row.gross_minor)
        for row in rows
    }


def _bundles(rows: Iterable[Bundle]) -> _Figured:
    return {
        _Thing(None, row.code, ("", ""), row.currency): (row.documents, row.net_minor, row.gross_minor)
        for row in rows
    }


def _changes(now: _Figured, before: _Figured) -> tuple[Change, ...]:
    """Every thing of either run, as this one lists them, then what is billed no more."""
    things = dict.fromkeys([*now, *before])
    return tuple(Change(*thing, *now.get(thing, _NOTHING), *before.get(thing, _NOTHING)) for thing in things)


def _accounts(scope: Scope, last: Run, largest: Iterable[AccountSum]) -> tuple[Change, ...]:
    now = {
        _Thing(row.id, row.reference, (row.customer, row.customer), row.currency): (
            row.documents, row.net_minor, row.gross_minor,
        )
        for row in largest
    }  # fmt: skip
    billed = dict(_billed(scope, last, [thing.key for thing in now if thing.key]))
    return tuple(
        Change(*thing, *figures, *billed.get((thing.key, thing.currency), _NOTHING))
        for thing, figures in now.items()
    )


def _billed(scope: Scope, run: Run, keys: list[int]) -> Iterator[tuple[tuple[int | None, str], _Figures]]:
    made = Invoice.objects.visible_to(scope).filter(run_id=run.pk, account_id__in=keys)
    sums = (
        made.exclude(state=InvoiceState.CANCELLED)
        .order_by()
        .values_list("account_id", "currency")
        .annotate(made=Count("*"), net=Sum("net_minor"), gross=Sum("gross_minor"))
    )
    for account_id, currency, documents, net, gross in sums:
        yield (account_id, currency), (documents, net, gross)
