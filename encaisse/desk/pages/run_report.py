"""What a run bills, cut by kind, offer, product, tax, way of paying and account; and the same as a file."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from encaisse.adapters.spreadsheet import csv_file, workbook
from encaisse.billing.queries import runs as billing
from encaisse.desk import states
from encaisse.desk.pages.runs import head
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Route
from encaisse.desk.selections import named
from encaisse.insight.queries.run_report import ALLOWANCES, Bundle, Cut, Report, run_report
from encaisse.kernel.money import from_minor
from encaisse.kernel.references import public_id
from encaisse.ui import formats, words
from encaisse.ui.lists import Column, Empty, Kind, Table

FORMATS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def report(request: ScopedRequest, run_id: int) -> HttpResponse:
    """The report, each figure with its documents behind it."""
    found = billing.run_detail(request.scope, run_id)
    tables = _tables(run_report(request.scope, run_id), run_id)
    page = {
        **head(found, "report"),
        "tables": tables,
        "is_issued": found.run.state == "complete",
        "file": reverse("desk:run_report_file", args=[run_id]),
    }
    return render(request, "desk/run_report.html", page)


def file(request: ScopedRequest, run_id: int) -> HttpResponse:
    """The report as CSV or, asked for `form=xlsx`, as a workbook: one row a figure, amounts in main units."""
    form = "xlsx" if request.GET.get("form") == "xlsx" else "csv"
    tables = _tables(run_report(request.scope, run_id), run_id)
    titles = [_("Cut by"), _("Code"), _("Name"), _("Currency"), _("Documents"), _("Lines")]
    rows = [[*titles, _("Net"), _("Taxes"), _("Total")], *_lines(tables)]
    content = workbook(rows) if form == "xlsx" else csv_file(rows, comma=formats.in_french())
    saved = {"Content-Disposition": f'attachment; filename="{public_id("run", run_id)}.{form}"'}
    return HttpResponse(content, content_type=FORMATS[form], headers=saved)


def _tables(found: Report, run_id: int) -> tuple[Table, ...]:
    return (
        _table("total", _("In all"), found.totals, lambda row: _("Documents"), _link(run_id)),
        _table(
            "kind",
            _("By kind"),
            found.kinds,
            lambda row: states.INVOICE_KINDS[row.code],
            _link(run_id, "kind"),
        ),
        _table("offer", _("By offer"), found.offers, _name, _link(run_id, "offer")),
        _table("product", _("By product"), found.products, _name, _link(run_id, "product")),
        _table("tax", _("By tax"), found.taxes, _name, _link(run_id, "tax")),
        _table(
            "method",
            _("By way of paying"),
            found.methods,
            lambda row: words.PAYMENT_METHODS[row.code],
            _link(run_id, "method"),
        ),
        _table(
            "account",
            _("Largest accounts"),
            found.accounts,
            lambda row: f"{row.customer} ({row.reference})",
            lambda row: _documents(run_id, account=public_id("ba", row.id)),
        ),
    )


def _table(
    name: str,
    title: str,
    found: Sequence[Any],
    called: Callable[[Any], Any],
    link: Callable[[Any], str],
) -> Table:
    lines = (
        (Column("lines", _("Lines"), Kind.NUMBER),) if name in {"offer", "product", "tax", "total"} else ()
    )
    columns = (
        Column("name", _("Name"), show=called, link=link),
        Column("documents", _("Documents"), Kind.NUMBER),
        *lines,
        Column("net_minor", _("Net"), Kind.MONEY),
        Column("tax_minor", _("Taxes"), Kind.MONEY),
        Column("gross_minor", _("Total"), Kind.MONEY),
    )
    empty = Empty(_("No invoice"), _("What this run makes will be summed up here."))
    return Table(columns, found, name=name, caption=title, empty=empty)


def _name(row: Cut) -> str:
    if row.key == ALLOWANCES:
        return _("Discounts of whole documents")
    return f"{named(row.names)} ({row.code})" if row.code else _("No offer")


def _link(run_id: int, name: str = "") -> Callable[[Cut | Bundle], str]:
    def address(row: Cut | Bundle) -> str:
        narrowed = {"currency": row.currency}
        if name and not row.code:
            return ""
        return _documents(run_id, **narrowed, **({name: row.code} if name else {}))

    return address


def _documents(run_id: int, **narrowed: str) -> str:
    return f"{reverse('desk:invoices')}?{urlencode({'run': public_id('run', run_id), **narrowed})}"


def _lines(tables: Iterable[Table]) -> Iterable[list[Any]]:
    for table in tables:
        for row in table.rows:
            amounts = (row.net_minor, row.tax_minor, row.gross_minor)
            yield [
                str(table.caption),
                str(getattr(row, "code", "") or getattr(row, "reference", "")),
                str(table.columns[0].value(row)),
                row.currency,
                row.documents,
                getattr(row, "lines", None),
                *(from_minor(amount, row.currency) for amount in amounts),
            ]


routes = [
    Route("runs/<run:run_id>/report", "run_report", report),
    Route("runs/<run:run_id>/report/file", "run_report_file", file),
]
