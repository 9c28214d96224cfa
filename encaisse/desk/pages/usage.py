"""Usage: every event that was told, what waits to be rated, and what a contract used period by period."""

import csv
import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from io import StringIO
from typing import Final

from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext, pgettext_lazy

from encaisse.desk.lists import files, window
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Menu, Route, Section
from encaisse.insight.queries.usage import PeriodUsage
from encaisse.intake.rules import harmless
from encaisse.kernel.references import key_of, public_id
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import formats
from encaisse.ui.lists import Asked, Column, Empty, Filter, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Status, Tone, Value
from encaisse.usage import queries
from encaisse.usage.queries import MeterTotal, UsageRow, Wanted

STATES: Final = {
    "waiting": Status(gettext_lazy("To be rated"), Tone.ACTIVE),
    "charged": Status(gettext_lazy("Rated"), Tone.GOOD),
}


def listing(scope: Scope, address: Mapping[str, str]) -> Listing:
    """What the list of usage shows and can be asked."""
    return Listing(_columns(), tuple(_filters(scope, address)), Sort("received_at", descending=True))


def usage(request: ScopedRequest) -> HttpResponse:
    """Everything that was told, newest first, and what it comes to by meter."""
    rows = _table(request.scope, request.GET)
    page = {"table": rows, "totals": _totals(queries.totals(request.scope, _wanted(rows.asked)))}
    file = reverse("desk:usage_file") + rows.asked.address()
    return render(request, "desk/usage.html", {**page, "file": file})


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    shown = listing(scope, address)
    asked = shown.asked(address, size)
    found = queries.usage(scope, _wanted(asked), window=window(asked))
    told = {"name": "usage", "caption": pgettext("what was used", "Usage"), "empty": _empty(scope)}
    return shown.table(asked, found.rows, total=found.total, export_url=files("usage", asked), **told)


def file(request: ScopedRequest) -> StreamingHttpResponse:
    """The same events as a file, which can be imported again."""
    found = queries.every_usage(
        request.scope, _wanted(listing(request.scope, request.GET).asked(request.GET))
    )
    named = {
        "Content-Disposition": f'attachment; filename="{pgettext("what was used", "Usage").lower()}.csv"'
    }
    lines = _lines(found, comma=formats.in_french())
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=named)


def period_table(rows: Sequence[PeriodUsage]) -> Table:
    """What a contract used, within its page."""
    columns = (
        Column("meter", _("Meter"), Kind.CODE),
        Column("name_fr", _("Offer"), show=_offer),
        Column("period_from", _("Period"), show=_period),
        Column("times", _("Events"), Kind.NUMBER),
        Column("quantity", _("Quantity"), Kind.NUMBER, show=_quantity),
        Column("amount_minor", _("Charged"), Kind.MONEY),
    )
    return Table(
        columns,
        rows,
        name="periods",
        caption=pgettext("what was used", "Usage"),
        empty=Empty(_("Nothing used yet")),
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column("occurred_at", _("Occurred"), Kind.INSTANT, sortable=True),
        Column("contract", _("Contract"), Kind.CODE, sortable=True, link=_contract),
        Column("customer", _("Customer"), sortable=True, link=_customer),
        Column("meter", _("Meter"), Kind.CODE, sortable=True),
        Column("quantity", _("Quantity"), Kind.NUMBER, sortable=True, show=_quantity, exact=_exactly),
        Column("member", _("Member")),
        Column("source", _("Source"), Kind.CODE),
        Column("key", _("Key"), Kind.CODE),
        Column("received_at", _("Told"), Kind.INSTANT, sortable=True),
        Column("state", _("State"), Kind.STATUS, show=lambda row: STATES[_state(row)]),
    )


def _filters(scope: Scope, address: Mapping[str, str]) -> Iterator[Filter]:
    yield Filter("q", _("Contract, customer or key"))
    yield Filter("state", _("State"), tuple((code, state.label) for code, state in STATES.items()))
    yield Filter("meter", _("Meter"), tuple((meter, meter) for meter in queries.meters(scope)))
    yield Filter("source", _("Source"))
    sellers = party.legal_entities(scope)
    if len(sellers) > 1:
        yield Filter("entity", _("Legal entity"), tuple((each.code, each.name) for each in sellers))
    yield Filter("since", _("Occurred from"), kind=Kind.DATE)
    yield Filter("until", _("Occurred until"), kind=Kind.DATE)
    if reference := address.get("contract"):
        yield Filter("contract", _("Contract"), ((reference, _("This one")),))


def _wanted(asked: Asked) -> Wanted:
    contract, until = asked.text("contract"), asked.date("until")
    return Wanted(
        text=asked.text("q"),
        state=asked.text("state"),
        meter=asked.text("meter"),
        source=asked.text("source"),
        entity=asked.text("entity"),
        subscription_id=key_of("sub", contract) if contract else None,
        since=_begins(asked.date("since")),
        until=_begins(until + dt.timedelta(days=1) if until else None),
    )


def _begins(day: dt.date | None) -> dt.datetime | None:
    """The first instant of a day where the reader is, as the list shows its instants."""
    return dt.datetime.combine(day, dt.time(), get_current_timezone()) if day else None


def _totals(rows: Sequence[MeterTotal]) -> Table:
    columns = (
        Column("meter", _("Meter"), Kind.CODE),
        Column("times", _("Events"), Kind.NUMBER),
        Column("quantity", _("Quantity"), Kind.NUMBER, show=_quantity),
        Column("waiting", _("To be rated"), Kind.NUMBER),
    )
    return Table(columns, rows, name="totals", caption=_("By meter"))


def _empty(scope: Scope) -> Empty:
    text = _(
        "Each event says which contract used how much of what, and when; runs bill it once its period has ended."
    )
    if not scope.may("import"):
        return Empty(_("No usage yet"), text)
    return Empty(_("No usage yet"), text, _("Import a file"), reverse("desk:new_import"))


def _lines(rows: Iterable[UsageRow], *, comma: bool) -> Iterator[str]:
    headings = (
        _("Key"),
        _("Contract"),
        _("Meter"),
        _("Date and time"),
        _("Quantity"),
        _("Member"),
        _("Source"),
    )
    yield "\ufeff" + _line([*headings, _("State")], comma=comma)
    for row in rows:
        quantity = format(row.quantity.normalize(), "f")
        told = [
            row.key,
            row.contract,
            row.meter,
            row.occurred_at.astimezone(get_current_timezone()).isoformat(),
        ]
        said = [quantity.replace(".", ",") if comma else quantity, row.member, row.source]
        yield _line([*map(harmless, (*told, *said)), str(STATES[_state(row)].label)], comma=comma)


def _line(cells: list[str], *, comma: bool) -> str:
    line = StringIO()
    csv.writer(line, delimiter=";" if comma else ",").writerow(cells)
    return line.getvalue()


def _state(row: UsageRow) -> str:
    return "charged" if row.waiting_id is None else "waiting"


def _exactly(row: UsageRow) -> Decimal:
    return Decimal(row.quantity).normalize()


def _quantity(row: UsageRow | MeterTotal | PeriodUsage) -> str:
    return formats.number(Decimal(row.quantity))


def _offer(row: PeriodUsage) -> Value:
    return row.name_fr if formats.in_french() else row.name_en


def _period(row: PeriodUsage) -> Value:
    if row.period_from is None or row.period_to is None:
        return _("to be rated")
    return formats.period(row.period_from, row.period_to)


def _contract(row: UsageRow) -> str:
    return reverse("desk:contract", args=[row.contract_id])


def _customer(row: UsageRow) -> str:
    return reverse("desk:customer", args=[row.customer_id])


def of_contract(subscription_id: int) -> str:
    """The address of everything that a contract used."""
    return f"{reverse('desk:usage')}?contract={public_id('sub', subscription_id)}"


routes = [
    Route(
        "usage",
        "usage",
        usage,
        menu=Menu(Section.BILL, pgettext_lazy("what was used", "Usage")),
        table=_table,
    ),
    Route("usage/file", "usage_file", file),
]
