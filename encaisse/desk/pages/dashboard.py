"""Where everything stands, and the search over everything."""

from collections.abc import Iterator
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from encaisse.desk import states
from encaisse.desk.fields import read_amount
from encaisse.desk.pages import books, documents, invoices, payments, runs
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Menu, Route, Section
from encaisse.insight.queries.books import books as last_check
from encaisse.insight.queries.dashboard import Dashboard, Standing, dashboard
from encaisse.insight.queries.search import CustomerHit, Hits, search
from encaisse.kernel.scope import Scope
from encaisse.ui import formats
from encaisse.ui.lists import LONGEST_VALUE, Column, Kind, Table
from encaisse.ui.shapes import Band, Fact, Figure, Money, Tone, Words


class Shown(NamedTuple):
    """One legal entity in one currency as the page shows it."""

    title: str
    currency: str
    figures: tuple[Figure, ...]
    bands: tuple[Band, ...]


def home(request: ScopedRequest) -> HttpResponse:
    """What is owed, what came in, the last run and the books."""
    found = dashboard(request.scope)
    shown = {
        "standings": [_shown(each, found) for each in found.standings],
        "run": _last_run(found),
        "books": _books(request.scope),
        "documents": documents.alarm_facts(request.scope),
        "may_bill": request.scope.may("bill"),
    }
    return render(request, "desk/dashboard.html", shown)


def find(request: ScopedRequest) -> HttpResponse:
    """Customers, documents and payments that a text or an amount finds."""
    text = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_VALUE]
    hits = search(request.scope, text, read_amount(text))
    return render(request, "desk/search.html", {"text": text, "tables": list(_tables(hits))})


def _shown(each: Standing, found: Dashboard) -> Shown:
    title = f"{each.entity} · {each.currency}"
    bands = tuple(
        Band(states.SETTLEMENTS[band], amount, _documents(each, state=band)) for band, amount in each.bands
    )
    return Shown(title, each.currency, _figures(each, found), bands)


def _figures(each: Standing, found: Dashboard) -> tuple[Figure, ...]:
    month = {"since": found.month_from.isoformat()}
    late = ngettext("up to %(days)s day", "up to %(days)s days", each.oldest_days)
    return (
        Figure(
            _("Outstanding"),
            Money(each.owed_minor, each.currency),
            _documents(each, state="open", kind="invoice"),
            _count(each.owed_documents),
        ),
        Figure(
            _("Overdue"),
            Money(each.overdue_minor, each.currency),
            _documents(each, state="overdue"),
            f"{_count(each.overdue_documents)}, {late % {'days': each.oldest_days}}"
            if each.overdue_minor
            else "",
            Tone.BAD if each.overdue_minor else Tone.DRAFT,
        ),
        Figure(
            _("Received this month"),
            Money(each.received_minor, each.currency),
            _payments(each, **month),
            ngettext("%(count)s payment", "%(count)s payments", each.received_payments)
            % {"count": formats.number(each.received_payments)},
        ),
        Figure(_("To allocate"), Money(each.left_minor, each.currency), _payments(each, state="left")),
    )


def _count(documents: int) -> str:
    return ngettext("%(count)s invoice", "%(count)s invoices", documents) % {
        "count": formats.number(documents)
    }


def _documents(each: Standing, **narrowed: str) -> str:
    return _list("desk:invoices", each, narrowed)


def _payments(each: Standing, **narrowed: str) -> str:
    return _list("desk:payments", each, narrowed)


def _list(name: str, each: Standing, narrowed: dict[str, str]) -> str:
    return f"{reverse(name)}?{urlencode({**narrowed, 'entity': each.entity_code, 'currency': each.currency})}"


def _last_run(found: Dashboard) -> dict[str, Any] | None:
    detail = found.last_run
    if detail is None:
        return None
    run, outcomes = detail.run, detail.outcomes
    page = reverse("desk:run", args=[run.id])
    return {
        "url": page,
        "facts": (
            Fact(_("Bills until"), runs.until(run), page),
            Fact(_("State"), states.RUNS[run.state]),
            Fact(_("Invoices"), outcomes.invoiced),
            Fact(
                _("Exceptions"),
                outcomes.exceptions,
                reverse("desk:run_exceptions", args=[run.id]) if outcomes.exceptions else "",
            ),
        ),
    }


def _books(scope: Scope) -> tuple[Fact, ...]:
    if not scope.may("read_ledger"):
        return ()
    found = last_check(scope)
    return (
        Fact(_("State"), books.verdict(found), reverse("desk:books")),
        Fact(_("Last check"), found.check.at if found.check else None),
    )


def _tables(hits: Hits) -> Iterator[tuple[Words, Table]]:
    if hits.customers:
        names = (
            Column("name", _("Customer"), link=_customer),
            Column("reference", _("Reference"), Kind.CODE),
        )
        yield _("Customers"), Table(names, hits.customers, name="customers", caption=_("Customers"))
    if hits.invoices:
        yield _("Invoices"), Table(invoices.columns(), hits.invoices, name="invoices", caption=_("Invoices"))
    if hits.payments:
        yield _("Payments"), Table(payments.columns(), hits.payments, name="payments", caption=_("Payments"))


def _customer(hit: CustomerHit) -> str:
    return reverse("desk:customer", args=[hit.id])


routes = [
    Route("", "dashboard", home, menu=Menu(Section.FOLLOW, gettext_lazy("Dashboard"))),
    Route("search", "search", find),
]
