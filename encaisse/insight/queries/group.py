"""A group of legal entities in one currency: what each billed, collected and is owed, and all of them together.

Figures of a period are read from the sums that the ledger keeps by day; what is late, from what is open.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from django.db.models import F, Q, Sum

from encaisse.currency.queries import rates_on
from encaisse.currency.rules import Rate, converted
from encaisse.insight.queries.dashboard import NO_BANDS, Standing, owed
from encaisse.kernel import clock
from encaisse.kernel.scope import Scope
from encaisse.ledger.models import DaySum, Journal
from encaisse.ledger.rules import RECEIVABLE, VAT_WAITING
from encaisse.party.queries import EntityRow, outside_sandboxes, whole_entities

MONEY: Final = (Journal.BANK, Journal.CASH)
_OWED: Final = Q(account__code__startswith=RECEIVABLE)
_VAT: Final = Q(account__code__startswith="4457") & ~Q(account__code__startswith=VAT_WAITING)


class Period(NamedTuple):
    """The days from `start` up to and without `end`."""

    start: dt.date
    end: dt.date


class Figures(NamedTuple):
    """What one legal entity, or all, come to in one currency.

    Billed without and with taxes, less credit notes; money collected less what went back; VAT become due in the
    period; what customers owe at its end by the books; what is late today, with the bands of `invoice.BANDS`.
    """

    net_minor: int = 0
    gross_minor: int = 0
    collected_minor: int = 0
    vat_minor: int = 0
    owed_minor: int = 0
    overdue_minor: int = 0
    bands: tuple[tuple[str, int], ...] = NO_BANDS


class GroupRow(NamedTuple):
    """One legal entity: in the currency of its books, and in the group's by the rates of what it has there.

    Where no rate ties what it has to the group's currency, there are no figures in it: `lacking` names the currencies.
    """

    entity: EntityRow
    own: Figures
    shown: Figures | None
    rates: tuple[Rate, ...]
    lacking: tuple[str, ...]


class Consolidation(NamedTuple):
    """Every entity that the asker sees whole, and those that have figures in the currency together."""

    currency: str
    period: Period
    rows: tuple[GroupRow, ...]
    total: Figures


def group(scope: Scope, currency: str, period: Period) -> Consolidation:
    """The group in this currency at the rates of the last day of the period, sandboxes apart. Raises NotPermitted."""
    scope.require("read_ledger")
    scope = outside_sandboxes(scope)
    entities = whole_entities(scope)
    own = _own(entities, period)
    late: dict[int, list[Standing]] = defaultdict(list)
    for standing in owed(scope) if entities else ():
        late[standing.entity_id].append(standing)
    rates = rates_on(currency, period.end - dt.timedelta(1))
    rows = tuple(_row(entity, own[entity.id], late[entity.id], (currency, rates)) for entity in entities)
    return Consolidation(currency, period, rows, _total(row.shown for row in rows if row.shown))


def _own(entities: Iterable[EntityRow], period: Period) -> dict[int, Figures]:
    """What the books say of each, by days."""
    within = Q(date__gte=period.start, date__lt=period.end)
    until = DaySum.objects.filter(date__lt=period.end, legal_entity__in=[each.id for each in entities])
    named = until.filter(_OWED | within & (Q(account__code__startswith="7") | _VAT)).order_by()

    def balance(side: str, other: str, when: Q) -> Sum:
        return Sum(F(f"{side}_minor") - F(f"{other}_minor"), filter=when, default=0)

    sums = named.values_list("legal_entity_id").annotate(
        net=balance("credit", "debit", within & Q(account__code__startswith="7", journal=Journal.SALES)),
        gross=balance("debit", "credit", within & _OWED & Q(journal=Journal.SALES)),
        collected=balance("credit", "debit", within & _OWED & Q(journal__in=MONEY)),
        vat=balance("credit", "debit", within & _VAT),
        owed=balance("debit", "credit", _OWED),
    )
    found = {key: Figures._make((*map(int, moved), 0, NO_BANDS)) for key, *moved in sums}
    return {each.id: found.get(each.id, Figures()) for each in entities}


def _row(
    entity: EntityRow, own: Figures, late: list[Standing], told: tuple[str, Mapping[str, Rate]]
) -> GroupRow:
    currency, rates = told
    books = rates_on(entity.currency, clock.today(entity.timezone)) if late else {}
    tied = [each for each in late if each.currency in {entity.currency, *books}]
    own = _with_late(own, tied, entity.currency, books)
    has = {entity.currency, *(each.currency for each in late)} - {currency}
    lacking = tuple(sorted(has - rates.keys()))
    used = tuple(rates[each] for each in sorted(has & rates.keys()))
    if lacking:
        return GroupRow(entity, own, None, used, lacking)
    moved = (_converted(amount, entity.currency, currency, rates) for amount in own[:5])
    shown = _with_late(Figures._make((*moved, 0, NO_BANDS)), late, currency, rates)
    return GroupRow(entity, own, shown, used, ())


def _with_late(
    figures: Figures, late: Iterable[Standing], currency: str, rates: Mapping[str, Rate]
) -> Figures:
    bands = dict(NO_BANDS)
    overdue_minor = 0
    for each in late:
        overdue_minor += _converted(each.overdue_minor, each.currency, currency, rates)
        for band, amount_minor in each.bands:
            bands[band] += _converted(amount_minor, each.currency, currency, rates)
    return figures._replace(overdue_minor=overdue_minor, bands=tuple(bands.items()))


def _converted(amount_minor: int, start: str, currency: str, rates: Mapping[str, Rate]) -> int:
    return amount_minor if start == currency else converted(amount_minor, start, rates[start])


def _total(figures: Iterable[Figures]) -> Figures:
    """All of them together: a sum of what is shown, so that the columns add up."""
    total = Figures()
    for each in figures:
        bands = dict(total.bands)
        for band, amount_minor in each.bands:
            bands[band] += amount_minor
        sums = (a + b for a, b in zip(total[:6], each[:6], strict=True))
        total = Figures._make((*sums, tuple(bands.items())))
    return total
