"""VAT: what is owed of it by month and rate, each figure with its documents, and whether the accounts agree."""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.adapters.spreadsheet import csv_file, workbook
from encaisse.desk.fields import today
from encaisse.desk.lists import files, window
from encaisse.desk.pages.run_report import FORMATS
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Menu, Route, Section
from encaisse.kernel.money import from_minor
from encaisse.kernel.scope import Scope
from encaisse.ledger.queries.vat import AccountCheck, Rate, VatRow, VatYear, rates, vat_of_year
from encaisse.ledger.queries.vat_documents import Document, Figure, Part, vat_documents
from encaisse.party import queries as party
from encaisse.party.queries import EntityRow
from encaisse.ui import formats
from encaisse.ui.lists import Asked, Column, Empty, Filter, Kind, Listing, Table
from encaisse.ui.shapes import Crumb, Money, Status, Tone, Value, Words

FIGURES: Final[dict[str, Words]] = {
    Figure.BILLED: gettext_lazy("VAT of invoices"),
    Figure.CREDITED: gettext_lazy("VAT of credit notes"),
    Figure.DUE: gettext_lazy("VAT due"),
    Figure.WAITING: gettext_lazy("VAT awaiting payment"),
}
# The amounts of a row, each with the figure whose documents it leads to.
AMOUNTS: Final[tuple[tuple[str, Figure, Words], ...]] = (
    ("billed_base_minor", Figure.BILLED, gettext_lazy("Base of invoices")),
    ("billed_minor", Figure.BILLED, gettext_lazy("VAT of invoices")),
    ("credited_base_minor", Figure.CREDITED, gettext_lazy("Base of credit notes")),
    ("credited_minor", Figure.CREDITED, gettext_lazy("VAT of credit notes")),
    ("due_base_minor", Figure.DUE, gettext_lazy("Base due")),
    ("due_minor", Figure.DUE, gettext_lazy("VAT due")),
    ("waiting_minor", Figure.WAITING, gettext_lazy("Awaiting payment")),
)
CATEGORIES: Final[dict[str, Words]] = {
    "AE": gettext_lazy("Reverse charge"),
    "E": gettext_lazy("Exempt"),
    "G": gettext_lazy("Export"),
    "K": gettext_lazy("Within the European Union"),
    "O": gettext_lazy("Outside the scope of VAT"),
    "Z": gettext_lazy("Zero rate"),
}
KINDS: Final[dict[str, Words]] = {
    "invoice": gettext_lazy("Invoice"),
    "credit_note": gettext_lazy("Credit note"),
    "vat_collected": gettext_lazy("Collection"),
    "advance": gettext_lazy("Advance invoice"),
    "advance_deducted": gettext_lazy("Advance deducted"),
}
YEARS: Final = 10
MONTH: Final = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])-01")


class Question(NamedTuple):
    """Which VAT the address asks for: of the sellers visible, one or all of them, in one year."""

    sellers: tuple[EntityRow, ...]
    entity: EntityRow | None
    year: int


def vat(request: ScopedRequest) -> HttpResponse:
    """The VAT of a year, and whether it equals the accounts."""
    sellers = party.legal_entities(request.scope)
    listing = Listing(_columns(sellers), tuple(_filters(request.scope, sellers)))
    asked = listing.asked(request.GET)
    question = _question(request.scope, sellers, asked)
    found = _read(request.scope, question)
    empty = Empty(
        _("No VAT in this year"), _("Invoices and credit notes add theirs here on the day of their issue.")
    )
    shown = {
        "table": listing.table(
            asked,
            found.rows,
            name="vat",
            caption=_("VAT by month and rate"),
            empty=empty,
            totals=_totals(found, sellers),
        ),
        "checks": _checks(found.checks, sellers) if found.checks else None,
        "file": reverse("desk:vat_file") + asked.address(),
        "workbook": reverse("desk:vat_file") + asked.address(form="xlsx"),
    }
    return render(request, "desk/vat.html", shown)


def file(request: ScopedRequest) -> HttpResponse:
    """The same as CSV or, asked for `form=xlsx`, as a workbook: one row a month and rate, amounts in main units."""
    form = "xlsx" if request.GET.get("form") == "xlsx" else "csv"
    sellers = party.legal_entities(request.scope)
    listing = Listing(_columns(sellers), tuple(_filters(request.scope, sellers)))
    question = _question(request.scope, sellers, listing.asked(request.GET))
    rows = list(vat_table(_read(request.scope, question).rows, sellers))
    content = workbook(rows) if form == "xlsx" else csv_file(rows, comma=formats.in_french())
    saved = {"Content-Disposition": f'attachment; filename="{_("VAT")}-{question.year}.{form}"'}
    return HttpResponse(content, content_type=FORMATS[form], headers=saved)


def documents(request: ScopedRequest) -> HttpResponse:
    """The documents and collections behind one figure."""
    table = _documents(request.scope, request.GET)
    month = table.asked.date("month") or today(request.scope)
    back = reverse("desk:vat") + "?" + urlencode({"year": month.year})
    page = {"table": table, "title": table.caption, "crumbs": (Crumb(_("VAT"), back), Crumb(table.caption))}
    return render(request, "desk/ledger_account.html", page)


def _documents(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    known, sellers = rates(scope), party.legal_entities(scope)
    present = today(scope).replace(day=1)
    filters = (*_of_figure(), *_of_month(address.get("month", ""), present), *_of_rate(known))
    listing = Listing(_document_columns(), (*filters, *_of_entity(sellers)), size=100)
    asked = listing.asked(address, size)
    entity = _entity(sellers, asked)
    part = Part(
        figure=Figure(asked.text("figure") or Figure.DUE),
        month=asked.date("month") or present,
        entity_id=entity.id if entity else None,
        rate=known.get(asked.text("rate")),
    )
    found = vat_documents(scope, part, window(asked))
    title = _("%(figure)s, %(month)s") % {"figure": FIGURES[part.figure], "month": formats.month(part.month)}
    totals = _document_totals(found.rows, found.base_minor, found.tax_minor)
    shown = {"name": "documents", "caption": title, "totals": totals}
    return listing.table(
        asked, found.rows, total=found.total, export_url=files("vat_documents", asked), **shown
    )


def _read(scope: Scope, question: Question) -> VatYear:
    entity_id = question.entity.id if question.entity else None
    return vat_of_year(scope, question.year, until=today(scope) + dt.timedelta(days=1), entity_id=entity_id)


def _question(scope: Scope, sellers: tuple[EntityRow, ...], asked: Asked) -> Question:
    return Question(sellers, _entity(sellers, asked), int(asked.text("year") or today(scope).year))


def _entity(sellers: Sequence[EntityRow], asked: Asked) -> EntityRow | None:
    return next((each for each in sellers if each.code == asked.text("entity")), None)


def _filters(scope: Scope, sellers: Sequence[EntityRow]) -> Iterator[Filter]:
    this_year = today(scope).year
    others = (year for year in range(this_year + 1, this_year - YEARS, -1) if year != this_year)
    years = tuple((str(year), str(year)) for year in others)
    yield Filter("year", _("Calendar year"), years, unasked=str(this_year))
    yield from _of_entity(sellers)


def _of_entity(sellers: Sequence[EntityRow]) -> Iterator[Filter]:
    if len(sellers) > 1:
        yield Filter("entity", _("Legal entity"), tuple((each.code, each.name) for each in sellers))


def _columns(sellers: Sequence[EntityRow]) -> tuple[Column, ...]:
    by_id = {each.id: each for each in sellers}
    entity = Column("entity", _("Legal entity"), show=lambda row: by_id[row.entity_id].name)
    return (
        Column("month", _("Month"), show=lambda row: formats.month(row.month)),
        *((entity,) if len(sellers) > 1 else ()),
        Column("rate", _("Rate"), show=lambda row: rate_name(row.rate)),
        *(_amount(name, figure, label, by_id) for name, figure, label in AMOUNTS),
    )


def _amount(name: str, figure: Figure, label: Words, sellers: dict[int, EntityRow]) -> Column:
    def link(row: VatRow) -> str:
        asked = {"figure": figure, "month": row.month.isoformat(), "rate": row.rate.code}
        entity = {"entity": sellers[row.entity_id].code} if len(sellers) > 1 else {}
        return f"{reverse('desk:vat_documents')}?{urlencode(asked | entity)}" if getattr(row, name) else ""

    def show(row: VatRow) -> Value:
        return Money(getattr(row, name), sellers[row.entity_id].currency)

    return Column(name, label, Kind.MONEY, show=show, link=link)


def rate_name(rate: Rate) -> str:
    """A rate as people name it: `20 %`, or why there is none."""
    if rate.kind != "vat":
        return _("Other tax, %(rate)s") % {"rate": formats.percent(rate.rate)}
    return str(CATEGORIES[rate.category]) if rate.category in CATEGORIES else formats.percent(rate.rate)


def _totals(found: VatYear, sellers: Sequence[EntityRow]) -> dict[str, Value]:
    """The last line when every amount is in one currency; what waits is that of the last month."""
    currencies = {each.currency for each in sellers if each.id in {row.entity_id for row in found.rows}}
    if len(currencies) != 1:
        return {}
    (currency,), last = currencies, max(row.month for row in found.rows)
    sums = {name: sum(getattr(row, name) for row in found.rows) for name, _figure, _label in AMOUNTS}
    sums["waiting_minor"] = sum(row.waiting_minor for row in found.rows if row.month == last)
    return {name: Money(amount_minor, currency) for name, amount_minor in sums.items()}


def _checks(checks: Sequence[AccountCheck], sellers: Sequence[EntityRow]) -> Table:
    by_id = {each.id: each for each in sellers}

    def money(name: str) -> Callable[[AccountCheck], Value]:
        return lambda row: Money(getattr(row, name), by_id[row.entity_id].currency)

    columns = (
        Column(
            "account",
            _("Account"),
            Kind.CODE,
            link=lambda row: reverse("desk:ledger_account", args=[row.account]),
        ),
        Column("entity", _("Legal entity"), show=lambda row: by_id[row.entity_id].name),
        Column("said_minor", _("On this page"), Kind.MONEY, show=money("said_minor")),
        Column("posted_minor", _("In the account"), Kind.MONEY, show=money("posted_minor")),
        Column("state", _("Check"), Kind.STATUS, show=_verdict),
    )
    return Table(columns, checks, name="checks", caption=_("Check against the accounts"))


def _verdict(row: AccountCheck) -> Status:
    if not row.apart:
        return Status(_("Equal to account %(code)s") % {"code": row.account}, Tone.GOOD)
    months = ", ".join(formats.month(month) for month in row.apart)
    return Status(
        _("Differs from account %(code)s: %(months)s") % {"code": row.account, "months": months}, Tone.BAD
    )


def vat_table(rows: Sequence[VatRow], sellers: Sequence[EntityRow]) -> Iterator[list[Any]]:
    """The rows as a spreadsheet takes them, their headings first."""
    titles = [_("Legal entity"), _("Month"), _("Rate"), _("Account"), _("Currency")]
    yield [*titles, *(str(label) for _name, _figure, label in AMOUNTS)]
    by_id = {each.id: each for each in sellers}
    for row in rows:
        seller = by_id[row.entity_id]
        said = [seller.code, f"{row.month:%Y-%m}", rate_name(row.rate), row.rate.account, seller.currency]
        yield [*said, *(from_minor(getattr(row, name), seller.currency) for name, _figure, _label in AMOUNTS)]


def _of_figure() -> Iterator[Filter]:
    figures = tuple((each.value, FIGURES[each]) for each in Figure if each is not Figure.DUE)
    yield Filter("figure", _("Figure"), figures, unasked=FIGURES[Figure.DUE])


def _of_month(asked: str, present: dt.date) -> Iterator[Filter]:
    """The months of the year asked for, else of the present one."""
    year = int(asked[:4]) if MONTH.fullmatch(asked) else present.year
    months = (dt.date(year, number, 1) for number in range(1, 13))
    others = tuple((each.isoformat(), formats.month(each)) for each in months if each != present)
    yield Filter("month", _("Month"), others, unasked=formats.month(present))


def _of_rate(known: dict[str, Rate]) -> Iterator[Filter]:
    yield Filter("rate", _("Rate"), tuple((code, rate_name(rate)) for code, rate in known.items()))


def _document_columns() -> tuple[Column, ...]:
    return (
        Column("date", _("Date"), Kind.DATE),
        Column("kind", _("Kind"), show=lambda row: KINDS[row.kind], link=_entry),
        Column(
            "number",
            _("Document"),
            Kind.CODE,
            link=lambda row: reverse("desk:invoice", args=[row.invoice_id]),
        ),
        Column("customer", _("Customer")),
        Column("rate", _("Rate"), Kind.NUMBER, show=lambda row: formats.percent(row.rate)),
        Column("base_minor", _("Base"), Kind.MONEY),
        Column("tax_minor", _("VAT"), Kind.MONEY),
    )


def _entry(row: Document) -> str:
    return reverse("desk:entry", args=[row.entry_id]) if row.entry_id else ""


def _document_totals(rows: Sequence[Document], base_minor: int, tax_minor: int) -> dict[str, Value]:
    currencies = {row.currency for row in rows}
    if len(currencies) != 1:
        return {}
    (currency,) = currencies
    return {"base_minor": Money(base_minor, currency), "tax_minor": Money(tax_minor, currency)}


routes = [
    Route("ledger/vat", "vat", vat, "read_ledger", menu=Menu(Section.ACCOUNTS, gettext_lazy("VAT"))),
    Route("ledger/vat/documents", "vat_documents", documents, "read_ledger", table=_documents),
    Route("ledger/vat/file", "vat_file", file, "read_ledger"),
]
