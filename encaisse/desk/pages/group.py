"""The group: what every legal entity billed, collected and is owed, in one currency, together and apart."""

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from encaisse.currency.rules import Rate
from encaisse.desk import states
from encaisse.desk.fields import today
from encaisse.desk.lists import files
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Menu, Route, Section
from encaisse.insight.queries.group import Consolidation, Figures, Period, group
from encaisse.kernel.money import CURRENCIES
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import formats
from encaisse.ui.lists import Asked, Column, Empty, Filter, Kind, Listing, Table
from encaisse.ui.shapes import Band, Figure, Money, Value, Words

DAY: Final = dt.timedelta(1)
NAMES: Final[Mapping[str, Words]] = {
    "net_minor": gettext_lazy("Billed without taxes"),
    "gross_minor": gettext_lazy("Billed with taxes"),
    "collected_minor": gettext_lazy("Collected"),
    "vat_minor": gettext_lazy("VAT due"),
    "owed_minor": gettext_lazy("Owed by customers"),
    "overdue_minor": gettext_lazy("Overdue today"),
}


class Shown(NamedTuple):
    """One legal entity as a line shows it, in one currency."""

    name: str
    code: str
    currency: str
    figures: Figures | None
    rates: tuple[Rate, ...]
    lacking: tuple[str, ...]


def page(request: ScopedRequest) -> HttpResponse:
    """All entities together on top, then each of them in the group's currency and in its own."""
    found, table = _found(request.scope, request.GET)
    lacking = [row for row in found.rows if row.lacking]
    shown = {
        "table": table,
        "figures": _figures(found) if found.rows else (),
        "bands": tuple(Band(states.SETTLEMENTS[band], amount, "") for band, amount in found.total.bands),
        "currency": found.currency,
        "own": _own(found)
        if len({row.entity.currency for row in found.rows} | {found.currency}) > 1
        else None,
        "lacking": ", ".join(f"{row.entity.name} ({', '.join(row.lacking)})" for row in lacking),
        "may_record": request.scope.may("configure"),
    }
    return render(request, "desk/group.html", shown)


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    return _found(scope, address, size)[1]


def _found(scope: Scope, address: Mapping[str, str], size: int = 0) -> tuple[Consolidation, Table]:
    entities = party.whole_entities(scope)
    listing = Listing(tuple(_columns()), tuple(_filters()))
    asked = listing.asked(address, size)
    own = [each.currency for each in entities]
    currency = asked.text("currency") or max(own, key=own.count, default="EUR")
    found = group(scope, currency, _period(scope, asked))
    rows = [
        Shown(row.entity.name, row.entity.code, currency, row.shown, row.rates, row.lacking)
        for row in found.rows
    ]
    total = Shown("", "", currency, found.total, (), ())
    caption = _("In %(currency)s, from %(first)s to %(last)s") % {
        "currency": currency,
        "first": formats.date(found.period.start),
        "last": formats.date(found.period.end - DAY),
    }
    shown: dict[str, Any] = {"name": "group", "caption": caption, "empty": _empty()}
    if rows:
        shown["totals"] = {name: _amount(total, name) for name in NAMES}
    return found, listing.table(asked, rows, export_url=files("group", asked), **shown)


def _period(scope: Scope, asked: Asked) -> Period:
    """From the first of January to today, unless the address says otherwise."""
    last = asked.date("until") or today(scope)
    return Period(asked.date("since") or last.replace(month=1, day=1), last + DAY)


def _filters() -> Iterator[Filter]:
    yield Filter(
        "currency", _("Currency"), tuple((code, code) for code in sorted(CURRENCIES)), unasked=_("Most used")
    )
    yield Filter("since", _("From"), kind=Kind.DATE)
    yield Filter("until", _("Until"), kind=Kind.DATE)


def _columns(*, is_own: bool = False) -> Iterator[Column]:
    yield Column("name", _("Legal entity"), link=_ledger)
    for name, label in NAMES.items():
        yield Column(name, label, Kind.MONEY, show=partial(_amount, name=name))
    if not is_own:
        yield Column("rates", _("Rate"), show=_rates)


def _own(found: Consolidation) -> Table:
    rows = [
        Shown(row.entity.name, row.entity.code, row.entity.currency, row.own, (), ()) for row in found.rows
    ]
    caption = _("Each in the currency of its books")
    return Table(tuple(_columns(is_own=True)), rows, name="group_own", caption=caption)


def _figures(found: Consolidation) -> tuple[Figure, ...]:
    count = sum(1 for row in found.rows if row.shown)
    told = {"count": formats.number(count)}
    note = ngettext("%(count)s legal entity", "%(count)s legal entities", count) % told
    return tuple(
        Figure(
            label, Money(getattr(found.total, name), found.currency), "", note if name == "net_minor" else ""
        )
        for name, label in NAMES.items()
    )


def _amount(row: Shown, name: str) -> Value:
    return Money(getattr(row.figures, name), row.currency) if row.figures else None


def _rates(row: Shown) -> str:
    """Each rate used, from when on, and who says so; or which one is missing."""
    if row.lacking:
        return _("No rate recorded for %(currencies)s") % {"currencies": ", ".join(row.lacking)}
    told = (
        _("%(units)s %(base)s = %(rate)s %(quote)s on %(day)s, %(source)s")
        % {
            "units": formats.number(rate.units),
            "base": rate.base,
            "rate": formats.number(rate.rate),
            "quote": rate.quote,
            "day": formats.date(rate.valid_from),
            "source": rate.source,
        }
        for rate in row.rates
    )
    return " · ".join(told)


def _ledger(row: Shown) -> str:
    return f"{reverse('desk:balance')}?{urlencode({'entity': row.code})}"


def _empty() -> Empty:
    return Empty(
        _("No legal entity to put together"),
        _("Each company that sells, and whose customers you see all of, has its line here."),
    )


routes = [
    Route(
        "group", "group", page, "read_ledger", menu=Menu(Section.FOLLOW, gettext_lazy("Group")), table=_table
    ),
]
