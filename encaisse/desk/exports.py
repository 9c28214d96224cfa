"""Lists as files: every row that the address finds, as CSV or as a workbook, in cells that keep their types.

A route that names the function which makes its table can be exported. A list of one page or few is sent at once; a
longer one is written by a job, which reads it page after page in memory that does not grow.
"""

import datetime as dt
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from html import unescape
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone, translation
from django.utils.html import strip_tags
from django.utils.safestring import SafeString
from django.utils.text import slugify
from django.utils.translation import gettext as _

from encaisse.access.queries.users import scope_of_actor
from encaisse.adapters.spreadsheet import Cell, Heading, Holds, csv_lines, write_workbook
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Route
from encaisse.flows import job_files
from encaisse.kernel import clock, jobs
from encaisse.kernel.errors import NotFound
from encaisse.kernel.jobs import Asked, Tell
from encaisse.kernel.money import from_minor
from encaisse.kernel.scope import Scope
from encaisse.ui import formats
from encaisse.ui.lists import Column, Kind, Table
from encaisse.ui.shapes import Lines, Money, Status, Value

EXPORT: Final = "desk.export"
AT_ONCE: Final = 1_000
PAGE: Final = 2_000
FORMS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_HOLDS: Final = {
    Kind.MONEY: Holds.AMOUNT,
    Kind.NUMBER: Holds.NUMBER,
    Kind.DATE: Holds.DATE,
    Kind.INSTANT: Holds.INSTANT,
}
_WIDTHS: Final = {Kind.TEXT: 28.0, Kind.STATUS: 20.0, Kind.CODE: 20.0, Kind.INSTANT: 18.0}


class _File(NamedTuple):
    """What one export writes: its name without an ending, its form, its headings, and its rows as they come."""

    name: str
    form: str
    title: str
    headings: Sequence[Heading]
    rows: Iterable[Sequence[Cell]]

    @property
    def full_name(self) -> str:
        return f"{self.name}.{self.form}"


def routes(listed: Iterable[Route]) -> list[Route]:
    """The address of the file of each list, beside the list's own."""
    return [_route_of(route) for route in listed if route.table]


def register() -> None:
    """Workers know how to write a long list."""
    jobs.register_whole(EXPORT, write)


def write(asked: Asked, tell: Tell) -> Mapping[str, Any]:
    """The whole list that was asked for is in a file. Raises NotPermitted, NotFound, TooLongForAWorkbook."""
    facts = asked.facts
    with translation.override(facts["language"]), timezone.override(settings.READER_TIME_ZONE):
        scope, route = scope_of_actor(asked.actor), _route(facts["route"])
        if route.permission:
            scope.require(route.permission)
        pages = _pages(route, scope, facts["address"], facts["keys"], tell)
        made = _file(next(pages), pages, facts["form"])
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "made")
            _save(made, path)
            return job_files.keep(path, made.full_name)


def _route_of(route: Route) -> Route:
    def export(request: ScopedRequest, **keys: Any) -> HttpResponseBase:
        """The list as a file: at once when it is short, else by a job."""
        return _export(route, request, keys)

    address, name = f"{route.address}/export", f"{route.name}_export"
    return Route(address, name, export, route.permission, ("POST",))


def _export(route: Route, request: ScopedRequest, keys: Mapping[str, Any]) -> HttpResponseBase:
    form = request.POST.get("form", "")
    form = form if form in FORMS else "csv"
    first = _table(route)(request.scope, request.GET, AT_ONCE, **keys)
    if not first.next_url:
        return _answer(_file(first, iter(()), form))
    job_id = jobs.start(
        EXPORT,
        request.scope.actor,
        title=str(first.caption),
        route=route.name,
        keys=dict(keys),
        address=dict(request.GET.items()),
        form=form,
        language=translation.get_language() or settings.LANGUAGE_CODE,
    )
    messages.success(request, _("The list is long: it is being written. You may leave this page."))
    return redirect("desk:job", job_id)


def _answer(made: _File) -> HttpResponseBase:
    saved = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(made.full_name)}"}
    if made.form == "csv":
        lines = csv_lines(made.headings, made.rows, comma=formats.in_french())
        return HttpResponse(b"".join(lines), content_type=FORMS["csv"], headers=saved)
    content = BytesIO()
    write_workbook(content, made.title, made.headings, made.rows)
    return HttpResponse(content.getvalue(), content_type=FORMS["xlsx"], headers=saved)


def _save(made: _File, path: Path) -> None:
    if made.form == "xlsx":
        write_workbook(path, made.title, made.headings, made.rows)
        return
    with path.open("wb") as file:
        file.writelines(csv_lines(made.headings, made.rows, comma=formats.in_french()))


def _pages(
    route: Route, scope: Scope, address: Mapping[str, str], keys: Mapping[str, Any], tell: Tell
) -> Iterator[Table]:
    """The list page by page, each read when the one before is written."""
    number, after, done = 1, "", 0
    while True:
        page = {**address, "page": str(number), "after": after}
        table = _table(route)(scope, page, PAGE, **keys)
        done += len(table.rows)
        tell(done, max(table.total or 0, done))
        yield table
        if not table.next_url:
            return
        after = table.next_after
        number += not after


def _file(first: Table, others: Iterator[Table], form: str) -> _File:
    columns = first.columns
    with_currency = any(column.kind is Kind.MONEY for column in columns)
    headings = [_heading(column) for column in columns]
    if with_currency:
        headings.append(Heading(_("Currency"), width=10.0))
    rows = (_cells(columns, row, with_currency=with_currency) for row in _rows(chain([first], others)))
    title = str(first.caption or first.name)
    name = f"{slugify(title) or first.name}-{clock.today(settings.READER_TIME_ZONE).isoformat()}"
    return _File(name, form, title, headings, rows)


def every_row(route: Route, scope: Scope, address: Mapping[str, str]) -> Iterator[Any]:
    """The rows that an address finds, read page after page."""
    return _rows(_pages(route, scope, address, {}, lambda done, total: None))


def list_named(scope: Scope, name: str) -> Route:
    """The list of this name, which stands by itself. Raises NotFound, NotPermitted."""
    route = _route(name)
    if not route.table or "<" in route.address:
        raise NotFound(noun="list")
    if route.permission:
        scope.require(route.permission)
    return route


def _rows(tables: Iterable[Table]) -> Iterator[Any]:
    """Every row once: what came in at the top while a page was written pushed others over to the next."""
    before: frozenset[int] = frozenset()
    for table in tables:
        yield from (row for row in table.rows if getattr(row, "id", None) not in before)
        before = frozenset(row.id for row in table.rows if hasattr(row, "id"))


def _heading(column: Column) -> Heading:
    title = str(column.label)
    return Heading(
        title, _HOLDS.get(column.kind, Holds.TEXT), max(_WIDTHS.get(column.kind, 14.0), len(title) + 3)
    )


def _cells(columns: Sequence[Column], row: Any, *, with_currency: bool) -> list[Cell]:
    values = [column.exact(row) if column.exact else column.value(row) for column in columns]
    money = [value for value in values if isinstance(value, Money)]
    currency = money[0].currency if money else ""
    cells = [_cell(value, currency) for value in values]
    return [*cells, currency] if with_currency else cells


def _cell(value: Value | Decimal, currency: str) -> Cell:
    """The value in its own type; an amount of another currency than its row's is a text that names it."""
    match value:
        case Money() if value.currency == currency:
            return from_minor(value.amount_minor, value.currency)
        case dt.datetime():
            return timezone.localtime(value)
        case bool() | None:
            return _text(value)
        case int() | Decimal() | dt.date():
            return value
    return _text(value)


def _text(value: Value | Decimal) -> str | None:
    match value:
        case None:
            return None
        case Lines():
            return " ; ".join(filter(None, map(_text, value.values)))
        case Status():
            return str(value.label)
        case bool():
            return _("Yes") if value else _("No")
        case Money():
            return formats.money(value.amount_minor, value.currency)
        case dt.date():
            return formats.date(value)
        case SafeString():
            return unescape(strip_tags(value))
    return str(value)


def _table(route: Route) -> Callable[..., Table]:
    if route.table is None:
        raise NotFound(noun="list")
    return route.table


def _route(name: str) -> Route:
    from encaisse.desk.urls import ROUTES  # noqa: PLC0415 - which gathers the routes made here

    found = next((route for route in ROUTES if route.name == name), None)
    if found is None:
        raise NotFound(noun="list")
    return found
