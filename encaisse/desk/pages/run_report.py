"""What a run bills, cut by kind, offer, product, tax, way of paying and account; and the same as a file."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.adapters.spreadsheet import csv_file, workbook
from encaisse.billing.queries import runs as billing
from encaisse.desk import states
from encaisse.desk.pages.runs import DAY, head
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Route
from encaisse.desk.selections import named
from encaisse.insight.queries.run_comparison import Change, Comparison, run_comparison
from encaisse.insight.queries.run_report import ALLOWANCES, Bundle, Cut, Report, run_report
from encaisse.kernel.money import from_minor
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Scope
from encaisse.ui import formats, words
from encaisse.ui.lists import Column, Empty, Kind, Table
from encaisse.ui.shapes import Crumb, Value, Words

# What the last run billed, as the columns of the page and of the file name it.
BEFORE: Final[dict[str, Words]] = {
    "documents_before": gettext_lazy("Documents last time"),
    "net_before_minor": gettext_lazy("Net last time"),
    "gross_before_minor": gettext_lazy("Total last time"),
    "difference_minor": gettext_lazy("Difference"),
    "percent": gettext_lazy("Difference in percent"),
}
FORMATS: Final = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def report(request: ScopedRequest, run_id: int) -> HttpResponse:
    """The report, each figure with its documents behind it."""
    found = billing.run_detail(request.scope, run_id)
    tables, last = _read(request.scope, run_id)
    page = {
        **head(found, "report"),
        "tables": tables,
        "last": last
        and Crumb(formats.date(last.cutoff_date - DAY), reverse("desk:run_report", args=[last.run_id])),
        "comparisons": _comparisons(last) if last else (),
        "is_issued": found.run.state == "complete",
        "file": reverse("desk:run_report_file", args=[run_id]),
    }
    return render(request, "desk/run_report.html", page)


def file(request: ScopedRequest, run_id: int) -> HttpResponse:
    """The report as CSV or, asked for `form=xlsx`, as a workbook: one row a figure, amounts in main units."""
    form = "xlsx" if request.GET.get("form") == "xlsx" else "csv"
    tables, last = _read(request.scope, run_id)
    titles = [_("Cut by"), _("Code"), _("Name"), _("Currency"), _("Documents"), _("Lines")]
    amounts = [_("Net"), _("Taxes"), _("Total"), *(str(label) for label in BEFORE.values() if last)]
    rows = [[*titles, *amounts], *_lines(tables), *_changed(last)]
    content = workbook(rows) if form == "xlsx" else csv_file(rows, comma=formats.in_french())
    saved = {"Content-Disposition": f'attachment; filename="{public_id("run", run_id)}.{form}"'}
    return HttpResponse(content, content_type=FORMATS[form], headers=saved)


def _read(scope: Scope, run_id: int) -> tuple[tuple[Table, ...], Comparison | None]:
    found = run_report(scope, run_id)
    return _tables(found, run_id), run_comparison(scope, run_id, found)


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


def _name(row: Cut | Change) -> str:
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


def _comparisons(found: Comparison) -> tuple[Table, ...]:
    return (
        _comparison("totals", _("In all"), found.totals, lambda row: _("Documents")),
        _comparison("kinds", _("By kind"), found.kinds, lambda row: states.INVOICE_KINDS[row.code]),
        _comparison("offers", _("By offer"), found.offers, _name),
        _comparison("products", _("By product"), found.products, _name),
        _comparison(
            "accounts",
            _("Largest accounts"),
            found.accounts,
            lambda row: f"{row.names[0]} ({row.code})",
            lambda row: reverse("desk:account", args=[row.key]),
        ),
    )


def _comparison(
    name: str,
    title: str,
    found: Sequence[Change],
    called: Callable[[Any], Any],
    link: Callable[[Any], str] | None = None,
) -> Table:
    columns = (
        Column("name", _("Name"), show=called, link=link),
        Column("documents", _("Documents"), Kind.NUMBER),
        Column("documents_before", BEFORE["documents_before"], Kind.NUMBER),
        Column("net_minor", _("Net"), Kind.MONEY),
        Column("net_before_minor", BEFORE["net_before_minor"], Kind.MONEY),
        Column("difference_minor", BEFORE["difference_minor"], Kind.MONEY),
        Column("percent", BEFORE["percent"], Kind.NUMBER, show=_percent),
        Column("gross_minor", _("Total"), Kind.MONEY),
        Column("gross_before_minor", BEFORE["gross_before_minor"], Kind.MONEY),
    )
    return Table(columns, found, name=f"last-{name}", caption=title)


def _percent(row: Change) -> Value:
    return None if row.percent is None else formats.percent(row.percent)


def _changed(last: Comparison | None) -> Iterable[list[Any]]:
    """The comparison as rows of the file, in the columns of the report and its own."""
    for table in _comparisons(last) if last else ():
        for row in table.rows:
            before = (row.net_before_minor, row.gross_before_minor, row.difference_minor)
            yield [
                _("%(cut)s, against the last run") % {"cut": table.caption},
                row.code,
                str(table.columns[0].value(row)),
                row.currency,
                row.documents,
                None,
                from_minor(row.net_minor, row.currency),
                from_minor(row.gross_minor - row.net_minor, row.currency),
                from_minor(row.gross_minor, row.currency),
                row.documents_before,
                *(from_minor(amount, row.currency) for amount in before),
                row.percent,
            ]


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
