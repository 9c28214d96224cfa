"""The ledger: entries, the trial balance, one account, and the FEC that the tax administration asks for."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from encaisse.desk.fields import today
from encaisse.desk.forms import Form
from encaisse.desk.lists import files
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Menu, Route, Section
from encaisse.kernel.scope import Scope
from encaisse.ledger.operations import Fec, export_fec, export_journal
from encaisse.ledger.operations.journal import JournalFile
from encaisse.ledger.queries import entries as queries
from encaisse.ledger.queries.entries import BalanceRow, EntryDetail, EntryRow, PostingRow, Wanted
from encaisse.party import queries as party
from encaisse.party.queries import EntityRow
from encaisse.ui.lists import Asked, Column, Empty, Filter, Kind, Listing, Table
from encaisse.ui.shapes import Crumb, Fact, Money, Tab, Value, Words

JOURNALS: Final[Mapping[str, Words]] = {
    "VE": gettext_lazy("Sales"),
    "BQ": gettext_lazy("Bank"),
    "CA": gettext_lazy("Cash"),
    "OD": gettext_lazy("General"),
    "AN": gettext_lazy("Opening"),
}
KINDS: Final[Mapping[str, Words]] = {
    "invoice": gettext_lazy("Invoice"),
    "payment": gettext_lazy("Payment"),
    "payment_return": gettext_lazy("Payment returned"),
    "payment_withdrawn": gettext_lazy("Payment withdrawn"),
    "deposit": gettext_lazy("Security deposit"),
    "vat_collected": gettext_lazy("VAT collected"),
    "exchange": gettext_lazy("Exchange difference"),
    "advance_collected": gettext_lazy("Advance collected"),
    "advance_deducted": gettext_lazy("Advance deducted"),
    "opening": gettext_lazy("Opening entry"),
    "opening_withdrawn": gettext_lazy("Opening entry withdrawn"),
}


FILES: Final[Mapping[str, Words]] = {
    "fec": gettext_lazy("FEC, for the French tax office"),
    "journal": gettext_lazy("Journal, as CSV"),
}


class FecForm(Form):
    """Which file, of whose books."""

    file = forms.ChoiceField(
        label=gettext_lazy("File"), choices=[*FILES.items()], initial="fec", widget=forms.RadioSelect
    )

    legal_entity_id = forms.TypedChoiceField(label=gettext_lazy("Legal entity"), coerce=int)
    year = forms.TypedChoiceField(label=gettext_lazy("Year"), coerce=int)

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        entities = [(each.id, each.name) for each in party.whole_entities(scope)]
        this_year = today(scope).year
        self.fields["legal_entity_id"].choices = entities  # type: ignore[attr-defined]
        self.fields["year"].choices = [(year, str(year)) for year in range(this_year, this_year - 10, -1)]  # type: ignore[attr-defined]


def entries(request: ScopedRequest) -> HttpResponse:
    """Every entry, newest first."""
    page = {"table": _entries(request.scope, request.GET), "tabs": _tabs("entries")}
    return render(request, "desk/ledger.html", page)


def _entries(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    sellers = party.legal_entities(scope)
    listing = Listing(_entry_columns(), tuple(_filters(sellers)))
    asked = listing.asked(address, size)
    rows, total, more = queries.entries(
        scope, _wanted(asked, sellers), offset=asked.page.offset, limit=asked.page.size
    )
    empty = Empty(_("No entry yet"), _("Issuing an invoice or recording a payment writes its entry here."))
    shown = {"name": "entries", "caption": _("Entries"), "empty": empty}
    return listing.table(asked, rows, total=total, more=more, export_url=files("entries", asked), **shown)


def entry(request: ScopedRequest, entry_id: int) -> HttpResponse:
    """One entry with its lines."""
    found = queries.entry(request.scope, entry_id)
    shown = {
        "title": _("Entry of %(piece)s") % {"piece": found.entry.piece},
        "facts": _facts(found.entry),
        "table": _postings(found),
        "crumbs": (Crumb(_("Entries"), reverse("desk:entries")), Crumb(found.entry.piece)),
    }
    return render(request, "desk/entry.html", shown)


def balance(request: ScopedRequest) -> HttpResponse:
    """Every account with its debits, credits and balance."""
    page = {"table": _balance(request.scope, request.GET), "tabs": _tabs("balance")}
    return render(request, "desk/ledger.html", page)


def _balance(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    sellers = party.legal_entities(scope)
    listing = Listing(_balance_columns(address), tuple(_period(sellers)))
    asked = listing.asked(address, size)
    rows = queries.trial_balance(scope, _wanted(asked, sellers))
    empty = Empty(_("Nothing posted yet"), _("The balance sums up every entry by account."))
    shown = {"name": "balance", "caption": _("Trial balance"), "empty": empty, "totals": _sums(rows)}
    return listing.table(asked, rows, export_url=files("balance", asked), **shown)


def account(request: ScopedRequest, code: str) -> HttpResponse:
    """One account, movement by movement."""
    table = _movements(request.scope, request.GET, code=code)
    title = table.caption
    crumbs = (Crumb(_("Trial balance"), reverse("desk:balance")), Crumb(code))
    return render(request, "desk/ledger_account.html", {"table": table, "title": title, "crumbs": crumbs})


def _movements(scope: Scope, address: Mapping[str, str], size: int = 0, *, code: str) -> Table:
    sellers = party.legal_entities(scope)
    listing = Listing(_movement_columns(), tuple(_filters(sellers)), size=100)
    asked = listing.asked(address, size)
    rows, total = queries.account_ledger(
        scope, code, _wanted(asked, sellers), offset=asked.page.offset, limit=asked.page.size
    )
    shown = {"name": "movements", "caption": _("Account %(code)s") % {"code": code}}
    return listing.table(asked, rows, total=total, export_url=files("ledger_account", asked, code), **shown)


def fec(request: ScopedRequest) -> HttpResponseBase:
    """Choose a legal entity and a year, then take the file."""
    form = FecForm(request.scope, request.POST or None)
    if form.sent(lambda **said: _export(request.scope, **said)):
        lines = (f"{line}\r\n".encode() for line in form.outcome.lines)
        named = {"Content-Disposition": f'attachment; filename="{form.outcome.name}"'}
        kind = "csv" if form.outcome.name.endswith(".csv") else "plain"
        return StreamingHttpResponse(lines, content_type=f"text/{kind}; charset=utf-8", headers=named)
    return render(request, "desk/fec.html", {"form": form, "tabs": _tabs("fec")})


def _export(scope: Scope, file: str, **said: int) -> Fec | JournalFile:
    return export_journal(scope, **said) if file == "journal" else export_fec(scope, **said)


def _tabs(current: str) -> tuple[Tab, ...]:
    pages = (("entries", _("Entries")), ("balance", _("Trial balance")), ("fec", _("Files")))
    return tuple(Tab(label, reverse(f"desk:{name}"), current=name == current) for name, label in pages)


def _filters(sellers: tuple[EntityRow, ...]) -> Iterator[Filter]:
    yield Filter("q", _("Customer, number or reference"))
    yield Filter("journal", _("Journal"), tuple(JOURNALS.items()))
    yield from _period(sellers)


def _period(sellers: tuple[EntityRow, ...]) -> Iterator[Filter]:
    if len(sellers) > 1:
        yield Filter("entity", _("Legal entity"), tuple((each.code, each.name) for each in sellers))
    yield Filter("since", _("From"), kind=Kind.DATE)
    yield Filter("until", _("Until"), kind=Kind.DATE)


def _wanted(asked: Asked, sellers: tuple[EntityRow, ...]) -> Wanted:
    until = asked.date("until")
    return Wanted(
        text=asked.text("q"),
        journal=asked.text("journal"),
        entity_id=next((each.id for each in sellers if each.code == asked.text("entity")), None),
        date_from=asked.date("since"),
        date_to=until + dt.timedelta(days=1) if until else None,
    )


def _entry_columns() -> tuple[Column, ...]:
    return (
        Column("date", _("Date"), Kind.DATE, link=lambda row: reverse("desk:entry", args=[row.id])),
        Column("journal", _("Journal"), show=lambda row: JOURNALS[row.journal]),
        Column("piece", _("Document"), Kind.CODE, link=_piece),
        Column("kind", _("Kind"), show=lambda row: KINDS[row.kind]),
        Column("customer", _("Customer")),
        Column("official_number", _("FEC number"), Kind.NUMBER, show=_official_number),
        Column("amount_minor", _("Amount"), Kind.MONEY),
    )


def _official_number(row: EntryRow) -> str:
    """A name, not a quantity: written without spaces between thousands."""
    return str(row.official_number or "")


def _piece(row: EntryRow) -> str:
    if row.invoice_id:
        return reverse("desk:invoice", args=[row.invoice_id])
    if row.deposit_id:
        return reverse("desk:deposit", args=[row.deposit_id])
    return reverse("desk:payment", args=[row.payment_id])


def _balance_columns(address: Mapping[str, str]) -> tuple[Column, ...]:
    asked = {name: address[name] for name in ("entity", "since", "until") if address.get(name)}
    query = "?" + urlencode(asked) if asked else ""
    return (
        Column(
            "code",
            _("Account"),
            Kind.CODE,
            link=lambda row: reverse("desk:ledger_account", args=[row.code]) + query,
        ),
        Column(_named(), _("Name")),
        Column("debit_minor", _("Debit"), Kind.MONEY),
        Column("credit_minor", _("Credit"), Kind.MONEY),
        Column(
            "owed", _("Debit balance"), Kind.MONEY, show=lambda row: _debit(row.balance_minor, row.currency)
        ),
        Column(
            "owing",
            _("Credit balance"),
            Kind.MONEY,
            show=lambda row: _debit(-row.balance_minor, row.currency),
        ),
    )


def _sums(rows: Sequence[BalanceRow]) -> dict[str, Value]:
    """The last line, when every account is in one currency."""
    currencies = {row.currency for row in rows}
    if len(currencies) != 1:
        return {}
    (currency,) = currencies
    return {
        "debit_minor": Money(sum(row.debit_minor for row in rows), currency),
        "credit_minor": Money(sum(row.credit_minor for row in rows), currency),
        "owed": Money(sum(max(row.balance_minor, 0) for row in rows), currency),
        "owing": Money(sum(max(-row.balance_minor, 0) for row in rows), currency),
    }


def _movement_columns() -> tuple[Column, ...]:
    return (
        Column("date", _("Date"), Kind.DATE, link=lambda row: reverse("desk:entry", args=[row.entry_id])),
        Column("journal", _("Journal"), show=lambda row: JOURNALS[row.journal]),
        Column("piece", _("Document"), Kind.CODE),
        Column("customer", _("Customer")),
        Column("debit", _("Debit"), Kind.MONEY, show=lambda row: _debit(row.amount_minor, row.currency)),
        Column("credit", _("Credit"), Kind.MONEY, show=lambda row: _debit(-row.amount_minor, row.currency)),
        Column("balance_minor", _("Balance"), Kind.MONEY),
    )


def _debit(amount_minor: int, currency: str) -> Value:
    return Money(amount_minor, currency) if amount_minor > 0 else None


def _facts(row: EntryRow) -> tuple[Fact, ...]:
    return (
        Fact(_("Document"), row.piece, _piece(row)),
        Fact(_("Customer"), row.customer),
        Fact(_("Legal entity"), row.entity),
        Fact(_("Journal"), JOURNALS[row.journal]),
        Fact(_("Date"), row.date),
        Fact(_("Posted on"), row.posted_at),
        Fact(
            _("FEC number"),
            _official_number(row),
            note="" if row.official_number else _("Given once, by the first export."),
        ),
    )


def _postings(found: EntryDetail) -> Table:
    currency = found.entry.currency
    columns = (
        Column(
            "code", _("Account"), Kind.CODE, link=lambda row: reverse("desk:ledger_account", args=[row.code])
        ),
        Column(_named(), _("Name")),
        Column("billing_account", _("Billing account"), Kind.CODE, link=_billing_account),
        Column("debit", _("Debit"), Kind.MONEY, show=lambda row: _debit(row.amount_minor, currency)),
        Column("credit", _("Credit"), Kind.MONEY, show=lambda row: _debit(-row.amount_minor, currency)),
    )
    total = Money(found.entry.amount_minor, currency)
    totals: dict[str, Value] = {"debit": total, "credit": total}
    return Table(columns, found.postings, name="postings", caption=_("Lines"), totals=totals)


def _ledger_account(row: PostingRow | BalanceRow) -> str:
    return reverse("desk:ledger_account", args=[row.code])


def _billing_account(row: PostingRow) -> str:
    return reverse("desk:account", args=[row.billing_account_id]) if row.billing_account_id else ""


def _named() -> str:
    return "name_fr" if (get_language() or "").startswith("fr") else "name_en"


routes = [
    Route(
        "ledger",
        "entries",
        entries,
        "read_ledger",
        menu=Menu(Section.ACCOUNTS, gettext_lazy("Ledger")),
        table=_entries,
    ),
    Route("ledger/entries/<ent:entry_id>", "entry", entry, "read_ledger"),
    Route("ledger/balance", "balance", balance, "read_ledger", table=_balance),
    Route("ledger/accounts/<slug:code>", "ledger_account", account, "read_ledger", table=_movements),
    Route("ledger/fec", "fec", fec, "read_ledger", FORM),
]
