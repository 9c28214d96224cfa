"""Where the business stands today: what is owed and how late, what came in, by legal entity and currency."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from django.db.models import Count, F, Min, Q, Sum

from encaisse.billing.queries.runs import RunDetail, run_detail, runs
from encaisse.invoice.models import Invoice, InvoiceKind
from encaisse.invoice.queries.lists import BANDS, OPEN, OVERDUE, business_days, late
from encaisse.kernel.scope import Scope
from encaisse.party.models import LegalEntity
from encaisse.party.queries import outside_sandboxes
from encaisse.payment.models import Payment, PaymentQuerySet, PaymentState

NO_BANDS: Final = tuple((band, 0) for band in BANDS)


class Standing(NamedTuple):
    """One legal entity in one currency, amounts in its minor units. `bands` has the keys of `invoice.BANDS`.

    Owed is what open invoices still claim; credit notes not yet used and payments to allocate stand apart.
    """

    entity_id: int
    entity_code: str
    entity: str
    currency: str
    owed_minor: int = 0
    owed_documents: int = 0
    overdue_minor: int = 0
    overdue_documents: int = 0
    oldest_days: int = 0
    bands: tuple[tuple[str, int], ...] = NO_BANDS
    received_minor: int = 0
    received_payments: int = 0
    left_minor: int = 0


class Dashboard(NamedTuple):
    """Standings, largest debt first; the month that `received` covers, half-open; the last mass run."""

    standings: tuple[Standing, ...]
    month_from: dt.date
    month_to: dt.date
    last_run: RunDetail | None


def dashboard(scope: Scope) -> Dashboard:
    """What the asker's accounts amount to, on each legal entity's own date, sandboxes apart."""
    scope = outside_sandboxes(scope)
    days = business_days()
    parts = (_owed(scope, days), _received(scope, days), _left(scope))
    month = _month(max(days.values(), default=dt.date.min))
    return Dashboard(_standings(parts), *month, _last_run(scope))


def owed(scope: Scope) -> tuple[Standing, ...]:
    """As the dashboard stands, of what open invoices still claim alone: what came in is not asked for."""
    scope = outside_sandboxes(scope)
    return _standings([_owed(scope, business_days())])


def _standings(parts: Iterable[Mapping[tuple[int, str], Mapping[str, Any]]]) -> tuple[Standing, ...]:
    facts: dict[tuple[int, str], dict[str, Any]] = {}
    for part in parts:
        for place, found in part.items():
            facts.setdefault(place, {}).update(found)
    sellers = {
        key: (code, name)
        for key, code, name in LegalEntity.objects.values_list("pk", "code", "identity__name")
    }
    standings = (
        Standing(entity, *sellers[entity], currency, **found) for (entity, currency), found in facts.items()
    )
    return tuple(sorted(standings, key=lambda each: (-each.owed_minor, each.entity, each.currency)))


def _owed(scope: Scope, days: Mapping[int, dt.date]) -> dict[tuple[int, str], dict[str, Any]]:
    opened = Invoice.objects.visible_to(scope).still_open().filter(kind=InvoiceKind.INVOICE)
    sums = opened.values("legal_entity_id", "currency").annotate(
        owed_minor=Sum(OPEN),
        owed_documents=Count("*"),
        overdue_minor=Sum(OPEN, filter=late(OVERDUE, days), default=0),
        overdue_documents=Count("pk", filter=late(OVERDUE, days)),
        oldest=Min("due_date"),
        **{band: Sum(OPEN, filter=late(limits, days), default=0) for band, limits in BANDS.items()},
    )
    return {_place(row): _aged(row, days[row["legal_entity_id"]]) for row in sums.order_by()}


def _aged(row: Mapping[str, Any], today: dt.date) -> dict[str, Any]:
    names = ("owed_minor", "owed_documents", "overdue_minor", "overdue_documents")
    aged = {name: row[name] for name in names}
    oldest = row["oldest"] or today
    bands = tuple((band, row[band]) for band in BANDS)
    return {**aged, "bands": bands, "oldest_days": max(0, (today - oldest).days)}


def _received(scope: Scope, days: Mapping[int, dt.date]) -> dict[tuple[int, str], dict[str, Any]]:
    month = Q(pk__in=())
    for entity, today in days.items():
        first, after = _month(today)
        month |= Q(legal_entity_id=entity, received_on__gte=first, received_on__lt=after)
    sums = _stayed(scope).received_here().filter(month).values("legal_entity_id", "currency")
    found = sums.annotate(received_minor=Sum("amount_minor"), received_payments=Count("*")).order_by()
    return {
        _place(row): {name: row[name] for name in ("received_minor", "received_payments")} for row in found
    }


def _left(scope: Scope) -> dict[tuple[int, str], dict[str, Any]]:
    unused = _stayed(scope).filter(allocated_minor__lt=F("amount_minor"))
    sums = unused.values("legal_entity_id", "currency")
    found = sums.annotate(left_minor=Sum(F("amount_minor") - F("allocated_minor"))).order_by()
    return {_place(row): {"left_minor": row["left_minor"]} for row in found}


def _stayed(scope: Scope) -> PaymentQuerySet:
    return Payment.objects.visible_to(scope).filter(state=PaymentState.RECEIVED)


def _place(row: Mapping[str, Any]) -> tuple[int, str]:
    return row["legal_entity_id"], row["currency"]


def _month(day: dt.date) -> tuple[dt.date, dt.date]:
    first = day.replace(day=1)
    return first, (first + dt.timedelta(days=31)).replace(day=1)


def _last_run(scope: Scope) -> RunDetail | None:
    found, _ = runs(scope, kind="mass", limit=1)
    return run_detail(scope, found[0].id) if found else None
