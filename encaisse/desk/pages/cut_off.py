"""The cut-off of a day: what is billed ahead (487), what is earned and unbilled (418), and the entry that says so."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.adapters.spreadsheet import csv_file, workbook
from encaisse.desk.fields import today
from encaisse.desk.lists import window
from encaisse.desk.pages.run_report import FORMATS
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, Menu, Route, Section
from encaisse.desk.selections import named
from encaisse.flows.cut_off import compute_later
from encaisse.insight.queries.cut_off import DAY
from encaisse.kernel.errors import NotFound
from encaisse.kernel.money import from_minor
from encaisse.ledger.queries import cut_offs
from encaisse.ledger.queries.cut_offs import KeptCutOff
from encaisse.ledger.rules import ACCRUED, DEFERRED, Cut
from encaisse.party import queries as party
from encaisse.party.queries import EntityRow
from encaisse.ui import formats
from encaisse.ui.lists import Asked, Column, Empty, Filter, Kind, Listing, Table
from encaisse.ui.shapes import Figure, Money, Value, Words

NAMES: Final[dict[str, Words]] = {
    DEFERRED: gettext_lazy("Billed ahead (487)"),
    ACCRUED: gettext_lazy("Earned and not billed (418)"),
}
ENTRY: Final = "entry"


class Posted(NamedTuple):
    """One line of the entry as the page shows it; what does not concern a side is empty."""

    day: dt.date
    account: str
    debit: Value
    credit: Value


def page(request: ScopedRequest) -> HttpResponse:
    """Both figures as they were computed last, the list behind the one asked for, and the entry."""
    sellers = party.legal_entities(request.scope)
    listing = Listing(_columns(sellers, request), tuple(_filters(request, sellers)))
    asked = listing.asked(request.GET)
    found, figure = _kept(request, sellers, asked), _figure(asked)
    table = listing.table(
        asked,
        cut_offs.lines(request.scope, found.id, figure, window(asked)) if found else (),
        total=found.lines(figure) if found else 0,
        name="cut_off",
        caption=NAMES[figure],
        empty=_empty() if found else _not_computed(_day(request, asked)),
        totals=_totals(found, figure),
        is_of_a_day=True,
    )
    shown = {
        "table": table,
        "found": found,
        "computed_at": formats.instant(found.computed_at) if found else "",
        "figures": _figures(found, asked) if found else (),
        "products": _products(found, figure) if found else None,
        "entry": _entry(found) if found and request.scope.sees_every_customer else None,
        "compute": reverse("desk:compute_cut_off") + asked.address(),
        "file": reverse("desk:cut_off_file") + asked.address(),
        "workbook": reverse("desk:cut_off_file") + asked.address(form="xlsx"),
        "entry_file": reverse("desk:cut_off_file") + asked.address(figure=ENTRY),
    }
    return render(request, "desk/cut_off.html", shown)


def compute(request: ScopedRequest) -> HttpResponse:
    """Let a worker compute the day's anew."""
    sellers = party.legal_entities(request.scope)
    asked = Listing((), tuple(_filters(request, sellers))).asked(request.GET)
    seller = _seller(sellers, asked)
    if seller is None:
        raise NotFound(noun="legal_entity")
    return redirect("desk:job", compute_later(request.scope, seller.id, _day(request, asked)))


def file(request: ScopedRequest) -> HttpResponse:
    """The list as CSV or, asked for `form=xlsx`, as a workbook; asked for the entry, that and its reversal."""
    form = "xlsx" if request.GET.get("form") == "xlsx" else "csv"
    sellers = party.legal_entities(request.scope)
    asked = Listing((), tuple(_filters(request, sellers))).asked(request.GET)
    found = _kept(request, sellers, asked)
    if found is None:
        raise NotFound(noun="cut_off")
    is_entry = request.GET.get("figure") == ENTRY and request.scope.sees_every_customer
    figure = _figure(asked)
    lines = () if is_entry else cut_offs.lines(request.scope, found.id, figure)
    rows = list(_entry_lines(found) if is_entry else cut_lines(lines, found.currency))
    content = workbook(rows) if form == "xlsx" else csv_file(rows, comma=formats.in_french())
    name = f"{_('cut-off')}-{ENTRY if is_entry else figure}-{_day(request, asked):%Y-%m-%d}.{form}"
    saved = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=FORMATS[form], headers=saved)


def _kept(request: ScopedRequest, sellers: Sequence[EntityRow], asked: Asked) -> KeptCutOff | None:
    seller = _seller(sellers, asked)
    return cut_offs.kept(request.scope, seller.id, _day(request, asked)) if seller else None


def _seller(sellers: Sequence[EntityRow], asked: Asked) -> EntityRow | None:
    named = next((each for each in sellers if each.code == asked.text("entity")), None)
    return named or next(iter(sellers), None)


def _day(request: ScopedRequest, asked: Asked) -> dt.date:
    """The day asked for, else the last one of the month before."""
    return asked.date("on") or today(request.scope).replace(day=1) - DAY


def _figure(asked: Asked) -> str:
    return asked.text("figure") or DEFERRED


def _filters(request: ScopedRequest, sellers: Sequence[EntityRow]) -> Iterator[Filter]:
    yield Filter("on", _("At the end of"), kind=Kind.DATE)
    yield Filter("figure", _("Figure"), ((ACCRUED, NAMES[ACCRUED]),), unasked=NAMES[DEFERRED])
    if len(sellers) > 1:
        others = tuple((each.code, each.name) for each in sellers[1:])
        yield Filter("entity", _("Legal entity"), others, unasked=sellers[0].name)


def _columns(sellers: Sequence[EntityRow], request: ScopedRequest) -> tuple[Column, ...]:
    asked = request.GET.get("entity", "")
    currency = next((each.currency for each in sellers if each.code == asked), "") or (
        sellers[0].currency if sellers else "EUR"
    )
    return (
        Column("number", _("Document"), Kind.CODE, show=_document, link=_document_page),
        Column("customer", _("Customer"), link=lambda row: reverse("desk:customer", args=[row.customer_id])),
        Column("account", _("Account"), link=lambda row: reverse("desk:account", args=[row.account_id])),
        Column("label", _("Description")),
        Column("period", _("Period"), show=_period),
        Column("amount_minor", _("Net"), Kind.MONEY, show=lambda row: Money(row.amount_minor, currency)),
        Column("cut_minor", _("Cut off"), Kind.MONEY, show=lambda row: Money(row.cut_minor, currency)),
    )


def _document(row: Cut) -> str:
    return row.number or (_("Draft") if row.document_id else _("Not billed"))


def _document_page(row: Cut) -> str:
    return reverse("desk:invoice", args=[row.document_id]) if row.document_id else ""


def _period(row: Cut) -> str:
    if row.period_from and row.period_to:
        return formats.period(row.period_from, row.period_to)
    return formats.date(row.on)


def _totals(found: KeptCutOff | None, figure: str) -> dict[str, Value]:
    if found is None or not found.lines(figure):
        return {}
    return {"cut_minor": Money(found.total(figure), found.currency)}


def _figures(found: KeptCutOff, asked: Asked) -> tuple[Figure, ...]:
    at = _("at the end of %(day)s") % {"day": formats.date(found.on)}
    here = reverse("desk:cut_off")
    return tuple(
        Figure(
            NAMES[figure], Money(found.total(figure), found.currency), here + asked.address(figure=named), at
        )
        for figure, named in ((DEFERRED, ""), (ACCRUED, ACCRUED))
    )


def _products(found: KeptCutOff, figure: str) -> Table:
    columns = (
        Column("name", _("Product"), show=lambda row: f"{named((row[1], row[2]))} ({row[0]})"),
        Column("total", _("Cut off"), Kind.MONEY, show=lambda row: Money(row[3], found.currency)),
    )
    return Table(columns, found.by_product(figure), name="products", caption=_("By product"))


def _entry(found: KeptCutOff) -> Table:
    columns = (
        Column("day", _("Date"), Kind.DATE),
        Column("account", _("Account"), Kind.CODE),
        Column("debit", _("Debit"), Kind.MONEY),
        Column("credit", _("Credit"), Kind.MONEY),
    )
    empty = Empty(_("Nothing to post"), _("No amount crosses the end of this day."))
    return Table(columns, list(_postings(found)), name="entry", caption=_("Entry proposed"), empty=empty)


def _postings(found: KeptCutOff) -> Iterator[Posted]:
    """The entry of the day, then its opposite of the next."""
    for day, sign in ((found.on, 1), (found.reversed_on, -1)):
        for account, amount_minor in found.entry.items():
            amount = Money(abs(amount_minor), found.currency)
            is_debit = amount_minor * sign > 0
            yield Posted(day, account, amount if is_debit else None, None if is_debit else amount)


def _empty() -> Empty:
    return Empty(
        _("Nothing crosses the end of this day"),
        _(
            "What is billed for days to come, and what was supplied without being billed, stands here line by line."
        ),
    )


def _not_computed(day: dt.date) -> Empty:
    return Empty(
        _("Not computed yet for %(day)s") % {"day": formats.date(day)},
        _("A worker computes it once; the page then opens at once, until you have it computed again."),
    )


def cut_lines(lines: Iterable[Cut], currency: str) -> Iterator[list[Any]]:
    """The list as a spreadsheet takes it, its headings first; amounts in main units."""
    yield [
        _("Document"), _("Date"), _("Customer"), _("Account"), _("Product"), _("Offer"), _("Revenue account"),
        _("Description"), _("From"), _("To (exclusive)"), _("Currency"), _("Net"), _("Cut off"),
    ]  # fmt: skip
    for row in lines:
        days = (str(day or "") for day in (row.period_from, row.period_to))
        amounts = (from_minor(amount, currency) for amount in (row.amount_minor, row.cut_minor))
        sold = (row.product, row.offer, row.revenue_account, row.label)
        yield [_document(row), str(row.on), row.customer, row.account, *sold, *days, currency, *amounts]


def _entry_lines(found: KeptCutOff) -> Iterator[list[Any]]:
    yield [_("Date"), _("Account"), _("Debit"), _("Credit"), _("Currency")]
    for row in _postings(found):
        sides = (
            from_minor(side.amount_minor, side.currency) if isinstance(side, Money) else None
            for side in (row.debit, row.credit)
        )
        yield [str(row.day), row.account, *sides, found.currency]


routes = [
    Route("cut-off", "cut_off", page, "read_ledger", menu=Menu(Section.ACCOUNTS, gettext_lazy("Cut-off"))),
    Route("cut-off/compute", "compute_cut_off", compute, "read_ledger", BUTTON),
    Route("cut-off/file", "cut_off_file", file, "read_ledger"),
]
