"""What is owed of VAT: by legal entity, month and rate, the documents behind each figure, and what the accounts say.

All of it reads what the entries that the asker may see have booked, so that it equals their accounts to the cent.
Amounts are in the accounting currency of the legal entity; those of credit notes are negative.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from django.db.models import BigIntegerField, F, Func, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce, TruncMonth

from encaisse.invoice.models import Deduction, InvoiceKind, InvoiceTax
from encaisse.kernel.scope import Scope
from encaisse.ledger.models import CollectedVat, Entry, EntryKind, Posting
from encaisse.ledger.queries import vat_sums
from encaisse.ledger.queries.countries import charts_of, countries
from encaisse.ledger.queries.tax_accounts import TaxAccounts, tax_accounts
from encaisse.ledger.rules import VAT_WAITING
from encaisse.tax.models import Component


class Rate(NamedTuple):
    """What VAT is declared by: `kind` is `vat` or `other`, `category` EN 16931's, the rate in percent."""

    kind: str
    category: str
    rate: Decimal
    account: str

    @property
    def code(self) -> str:
        """What names it in an address; an account of its own does not matter there."""
        return f"{self.kind}-{self.category}-{self.rate.normalize():f}"


class VatRow(NamedTuple):
    """The VAT of one legal entity, month and rate.

    Billed and credited by documents of the month; due by those that are not on receipts and by what was
    collected; `waiting_minor` is what all months until the end of this one still leave in 44574.
    """

    entity_id: int
    month: dt.date
    rate: Rate
    billed_base_minor: int = 0
    billed_minor: int = 0
    credited_base_minor: int = 0
    credited_minor: int = 0
    due_base_minor: int = 0
    due_minor: int = 0
    waiting_minor: int = 0


class AccountCheck(NamedTuple):
    """What the rows of a year say of one account, and what is posted to it; `apart` names months that differ."""

    entity_id: int
    account: str
    said_minor: int
    posted_minor: int
    apart: tuple[dt.date, ...]


class VatYear(NamedTuple):
    """The VAT of one calendar year, newest month first, and whether it equals the accounts."""

    rows: tuple[VatRow, ...]
    checks: tuple[AccountCheck, ...]


class _Asked(NamedTuple):
    """Whose VAT: what is summed by day answers who sees every customer, the documents themselves anybody else."""

    scope: Scope
    entity_id: int | None

    @property
    def is_summed(self) -> bool:
        return self.scope.sees_every_customer

    @property
    def seen(self) -> QuerySet[Entry]:
        return _seen(*self)


_Key = tuple[int, dt.date, Rate]
_ByMonth = Mapping[dt.date, int]


def share(amount: Any, part: Any, whole: Any) -> Func:
    """`part` out of `whole` of an amount, rounded as the ledger rounds it."""
    return Func(amount, part, whole, function="ledger_share", output_field=BigIntegerField())


DEFERRED: Final = share("acc_tax_minor", "deferred_minor", "tax_minor")
DEFERRED_BASE: Final = share("base_minor", "deferred_minor", "tax_minor")
_CREDITED: Final = Q(invoice__kind=InvoiceKind.CREDIT_NOTE)
_RATE: Final = ("kind", "category", "rate", "tax_id", "component")


def vat_of_year(scope: Scope, year: int, *, until: dt.date, entity_id: int | None = None) -> VatYear:
    """The VAT of the months of a year that begin before `until`, and later ones with documents.

    Raises NotPermitted.
    """
    scope.require("read_ledger")
    start, end = dt.date(year, 1, 1), dt.date(year + 1, 1, 1)
    asked = _Asked(scope, entity_id)
    rows = _rows(asked, start, end)
    _add_waiting(rows, _opening(asked, start), _months(start, end, until, rows))
    ordered = sorted(rows.values(), key=_order)
    checks = tuple(_checks(asked, ordered, start, end))
    return _by_countries(VatYear(tuple(row for row in ordered if any(row[3:])), checks))


def _by_countries(found: VatYear) -> VatYear:
    """The same by the accounts of the country of each legal entity."""
    of = {row.entity_id for row in found.rows} | {check.entity_id for check in found.checks}
    charts, told = charts_of(of), countries()

    def code(entity_id: int, account: str) -> str:
        return told.code(charts[entity_id], account)

    return VatYear(
        tuple(
            row._replace(rate=row.rate._replace(account=code(row.entity_id, row.rate.account)))
            for row in found.rows
        ),
        tuple(check._replace(account=code(check.entity_id, check.account)) for check in found.checks),
    )


def rates(scope: Scope) -> dict[str, Rate]:
    """Every rate that there is, by its code, the highest first. Raises NotPermitted."""
    scope.require("read_ledger")
    rows = Component.objects.values_list("kind", "tax__category", "rate", "account").distinct()
    found = sorted(
        (Rate(*row) for row in rows), key=lambda rate: (rate.kind != "vat", -rate.rate, rate.category)
    )
    return {rate.code: rate for rate in found}


def booked(scope: Scope, entity_id: int | None = None) -> QuerySet[InvoiceTax]:
    """The taxes of the documents whose entries the scope may see."""
    return _booked(_seen(scope, entity_id))


def collected(scope: Scope, entity_id: int | None = None) -> QuerySet[CollectedVat]:
    """What was collected by the entries that the scope may see."""
    return CollectedVat.objects.filter(entry__in=_seen(scope, entity_id))


def declared_before(scope: Scope, entity_id: int | None = None) -> QuerySet[Deduction]:
    """What documents whose entries the scope may see deduct of advances, with which its VAT was declared."""
    return _deductions(_seen(scope, entity_id))


def _deductions(seen: QuerySet[Entry]) -> QuerySet[Deduction]:
    return Deduction.objects.filter(
        invoice__in=seen.filter(kind=EntryKind.ADVANCE_DEDUCTED).values("invoice")
    )


def _seen(scope: Scope, entity_id: int | None) -> QuerySet[Entry]:
    seen = Entry.objects.visible_to(scope)
    return seen.filter(legal_entity_id=entity_id) if entity_id else seen


def _booked(seen: QuerySet[Entry]) -> QuerySet[InvoiceTax]:
    return InvoiceTax.objects.filter(invoice__in=seen.filter(kind=EntryKind.INVOICE).values("invoice"))


def _rows(asked: _Asked, start: dt.date, end: dt.date) -> dict[_Key, VatRow]:
    rows: dict[_Key, VatRow] = {}
    if asked.is_summed:
        for entity_id, month, kind, category, rate, account, *sums in vat_sums.by_month(*asked, start, end):
            key = (entity_id, month, Rate(kind, category, rate, account))
            rows[key] = VatRow(*key, *map(int, sums))
        return rows
    seen = asked.seen
    sources = (
        *_of_documents(seen, start, end),
        *_of_collections(seen, start, end),
        *_of_deductions(seen, start, end),
    )
    for key, figures in sources:
        row = rows.get(key) or VatRow(*key)
        rows[key] = row._replace(**{name: getattr(row, name) + value for name, value in figures.items()})
    return rows


def _of_documents(
    seen: QuerySet[Entry], start: dt.date, end: dt.date
) -> Iterator[tuple[_Key, dict[str, int]]]:
    accounts = tax_accounts()
    of_period = _booked(seen).filter(invoice__issue_date__gte=start, invoice__issue_date__lt=end)
    sums = (
        of_period.order_by()
        .values_list(
            "invoice__legal_entity_id",
            TruncMonth("invoice__issue_date"),
            *_RATE,
            accounts.age("invoice__issue_date"),
        )
        .annotate(
            billed_base_minor=_sum("base_minor", ~_CREDITED),
            billed_minor=_sum("acc_tax_minor", ~_CREDITED),
            credited_base_minor=_sum("base_minor", _CREDITED),
            credited_minor=_sum("acc_tax_minor", _CREDITED),
            due_base_minor=Sum(F("base_minor") - DEFERRED_BASE),
            due_minor=Sum(F("acc_tax_minor") - DEFERRED),
            waiting_minor=Sum(DEFERRED),
        )
    )
    yield from _keyed(sums, VatRow._fields[3:], accounts)


def _of_collections(
    seen: QuerySet[Entry], start: dt.date, end: dt.date
) -> Iterator[tuple[_Key, dict[str, int]]]:
    of_period = CollectedVat.objects.filter(entry__in=seen.filter(date__gte=start, date__lt=end))
    accounts = tax_accounts()
    of_tax = [f"invoice_tax__{name}" for name in _RATE]
    age = accounts.age("entry__invoice__issue_date")
    sums = of_period.order_by().values_list(
        "entry__legal_entity_id", TruncMonth("entry__date"), *of_tax, age
    ).annotate(
        due_base=Sum("base_minor"), due=Sum("tax_minor"), waiting=-Sum("tax_minor")
    )  # fmt: skip
    yield from _keyed(sums, ("due_base_minor", "due_minor", "waiting_minor"), accounts)


def _of_deductions(
    seen: QuerySet[Entry], start: dt.date, end: dt.date
) -> Iterator[tuple[_Key, dict[str, int]]]:
    """What was billed and declared with advances is neither billed nor declared again."""
    of_period = _deductions(seen).filter(invoice__issue_date__gte=start, invoice__issue_date__lt=end)
    accounts = tax_accounts()
    of_tax = [f"advance_tax__{name}" for name in _RATE]
    credited = Q(invoice__kind=InvoiceKind.CREDIT_NOTE)
    sums = of_period.order_by().values_list(
        "invoice__legal_entity_id", TruncMonth("invoice__issue_date"), *of_tax, accounts.age("invoice__issue_date")
    ).annotate(
        billed_base=-_sum("net_minor", ~credited), billed=-_sum("tax_minor", ~credited),
        credited_base=-_sum("net_minor", credited), credited=-_sum("tax_minor", credited),
        due_base=-Sum("net_minor"), due=-Sum("tax_minor"),
    )  # fmt: skip
    names = (*VatRow._fields[3:7], "due_base_minor", "due_minor")
    yield from _keyed(sums, names, accounts)


def _keyed(
    sums: Iterable[tuple[Any, ...]], names: tuple[str, ...], accounts: TaxAccounts
) -> Iterator[tuple[_Key, dict[str, int]]]:
    for entity_id, month, kind, category, rate, tax_id, component, age, *figures in sums:
        key = (entity_id, month, Rate(kind, category, rate, accounts.accounts[tax_id, component, age]))
        yield key, dict(zip(names, map(int, figures), strict=True))


def _opening(asked: _Asked, start: dt.date) -> dict[tuple[int, Rate], int]:
    """What waited of each rate before the year."""
    if asked.is_summed:
        before = vat_sums.waiting_before(*asked, start)
        return {
            (key, Rate(kind, category, rate, account)): minor
            for key, kind, category, rate, account, minor in before
        }
    earlier, seen = dt.date(2000, 1, 1), asked.seen
    waiting: dict[tuple[int, Rate], int] = defaultdict(int)
    accounts = tax_accounts()
    deferring = _booked(seen).filter(invoice__issue_date__lt=start).exclude(deferred_minor=0)
    deferred = deferring.order_by().values_list(
        "invoice__legal_entity_id", Value(earlier), *_RATE, accounts.age("invoice__issue_date")
    ).annotate(waiting=Sum(DEFERRED))  # fmt: skip
    for (entity_id, _month, rate), figures in (
        *_keyed(deferred, ("waiting_minor",), accounts),
        *_of_collections(seen, earlier, start),
    ):
        waiting[entity_id, rate] += figures["waiting_minor"]
    return waiting


def _months(start: dt.date, end: dt.date, until: dt.date, rows: Iterable[_Key]) -> list[dt.date]:
    last = max((min(until, end), *(month for _, month, _ in rows)))
    months = [start.replace(month=number) for number in range(1, 13)]
    return [month for month in months if month <= last]


def _add_waiting(
    rows: dict[_Key, VatRow], opening: dict[tuple[int, Rate], int], months: list[dt.date]
) -> None:
    """What waits at the end of each month is what waited before it and what the month added."""
    for entity_id, rate in {(entity, rate) for entity, _, rate in rows} | opening.keys():
        waiting = opening.get((entity_id, rate), 0)
        for month in months:
            key = (entity_id, month, rate)
            row = rows.get(key) or VatRow(*key)
            waiting += row.waiting_minor
            rows[key] = row._replace(waiting_minor=waiting)


def _checks(asked: _Asked, rows: list[VatRow], start: dt.date, end: dt.date) -> Iterator[AccountCheck]:
    said: dict[tuple[int, str], dict[dt.date, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        said[row.entity_id, row.rate.account][row.month] += row.due_minor
        said[row.entity_id, VAT_WAITING][row.month] += row.waiting_minor
    posted = _posted(asked, {code for _, code in said}, start, end)
    for (entity_id, code), figures in sorted(said.items()):
        moves = posted.get((entity_id, code), {})
        if code != VAT_WAITING:
            yield _check(entity_id, code, figures, moves, sum)
        elif any(figures.values()) or any(moves.values()):
            yield _check(entity_id, code, figures, _balances(figures, moves, start), _last)


def _check(
    entity_id: int, code: str, said: _ByMonth, posted: _ByMonth, total: Callable[[Iterable[int]], int]
) -> AccountCheck:
    months = sorted({*said, *posted})
    apart = tuple(month for month in months if said.get(month, 0) != posted.get(month, 0))
    said_minor = total([said.get(month, 0) for month in months])
    return AccountCheck(entity_id, code, said_minor, total([posted.get(month, 0) for month in months]), apart)


def _balances(said: _ByMonth, moves: _ByMonth, start: dt.date) -> _ByMonth:
    """The balance at the end of each month that is said, from what came before the year and what each month moved."""
    return {month: sum(moved for at, moved in moves.items() if at <= month or at < start) for month in said}


def _last(values: Iterable[int]) -> int:
    return list(values)[-1]


def _posted(
    asked: _Asked, codes: set[str], start: dt.date, end: dt.date
) -> Mapping[tuple[int, str], _ByMonth]:
    """What is posted to each account in each month of the year, credit positive; to the waiting one, ever."""
    of_year = Q(account__code__in=codes)
    waiting = Q(account__code=VAT_WAITING)
    posted: dict[tuple[int, str], dict[dt.date, int]] = defaultdict(dict)
    if asked.is_summed:
        moved = of_year & Q(date__gte=start, date__lt=end) | waiting & Q(date__lt=start)
        sums = vat_sums.posted_by_month(*asked, moved)
    else:
        seen = asked.seen
        in_year = of_year & Q(entry__in=seen.filter(date__gte=start, date__lt=end))
        found = Posting.objects.filter(in_year | waiting & Q(entry__in=seen.filter(date__lt=start)))
        sums = (
            found.order_by()
            .values_list("entry__legal_entity_id", "account__code", TruncMonth("entry__date"))
            .annotate(moved=Sum("amount_minor"))
        )
    for entity_id, code, month, amount_minor in sums:
        posted[entity_id, code][month] = -int(amount_minor)
    return posted


def _sum(field: str, when: Q) -> Coalesce:
    return Coalesce(Sum(field, filter=when), 0)


def _order(row: VatRow) -> tuple[Any, ...]:
    return -row.month.toordinal(), row.entity_id, row.rate.kind != "vat", -row.rate.rate, row.rate.category
