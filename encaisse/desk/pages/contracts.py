"""Contracts: what customers hold, since when, and up to when it is billed."""

import datetime as dt
from collections.abc import Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from encaisse.desk import words
from encaisse.desk.lists import window
from encaisse.desk.pages.usage import of_contract, period_table
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Menu, Route, Section
from encaisse.insight.queries.usage import usage_by_period
from encaisse.kernel.money import from_minor, to_minor
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.subscription import queries
from encaisse.subscription.queries import ContractRow, ItemRow
from encaisse.ui import formats
from encaisse.ui.lists import Column, Empty, Filter, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Crumb, Fact, Money, Status, Tone, Value

STATES = {
    "active": Status(gettext_lazy("Active"), Tone.GOOD),
    "ended": Status(gettext_lazy("Ended"), Tone.CLOSED),
}
ONE_DAY = dt.timedelta(days=1)


def listing(scope: Scope) -> Listing:
    """What the list of contracts shows and can be asked."""
    entities = tuple((row.code, row.name) for row in party.legal_entities(scope))
    return Listing(
        columns=_columns(),
        filters=(
            Filter("q", _("Search")),
            Filter("state", _("State"), tuple((code, state.label) for code, state in STATES.items())),
            Filter("entity", _("Legal entity"), entities),
        ),
        sort=Sort("reference"),
    )


def contracts(request: ScopedRequest) -> HttpResponse:
    """Everything that is held."""
    shown = listing(request.scope)
    asked = shown.asked(request.GET)
    wanted = queries.Wanted(asked.text("q"), asked.text("state"), asked.text("entity"))
    found = queries.contracts(request.scope, wanted, window=window(asked))
    empty = Empty(_("No contract yet"), _("A contract says which offer an account holds, and since when."))
    rows = shown.table(
        asked, found.rows, total=found.total, name="contracts", caption=_("Contracts"), empty=empty
    )
    return render(request, "desk/contracts.html", {"table": rows})


def contract(request: ScopedRequest, subscription_id: int) -> HttpResponse:
    """One contract and what it holds."""
    page = queries.contract(request.scope, subscription_id)
    shown = {
        "contract": page.row,
        "state": STATES[page.row.state],
        "facts": _facts(page.row),
        "items": _items(page.items),
        "usage": period_table(usage_by_period(request.scope, subscription_id)),
        "all_usage": of_contract(subscription_id),
        "crumbs": (Crumb(_("Contracts"), reverse("desk:contracts")), Crumb(page.row.reference)),
    }
    return render(request, "desk/contract.html", shown)


def table(rows: Sequence[ContractRow], *, own_customer: bool = False) -> Table:
    """Contracts within another page; the customer's own does not repeat the customer."""
    hidden = {"customer"} if own_customer else {"customer", "account"}
    columns = tuple(column for column in _columns() if column.key not in hidden)
    return Table(columns, rows, name="contracts", caption=_("Contracts"), empty=Empty(_("No contract")))


def _columns() -> tuple[Column, ...]:
    return (
        Column("reference", _("Contract"), Kind.CODE, sortable=True, link=_page),
        Column("customer", _("Customer"), sortable=True, link=_customer),
        Column("account", _("Account"), Kind.CODE, link=_account),
        Column("offers", _("Offers"), Kind.CODE),
        Column("start_date", _("Since"), Kind.DATE, sortable=True),
        Column("end_date", _("Last day"), Kind.DATE, sortable=True, show=lambda row: last_day(row.end_date)),
        Column(
            "billed_through",
            _("Billed up to"),
            Kind.DATE,
            sortable=True,
            show=lambda row: last_day(row.billed_through),
        ),
        Column("state", _("State"), Kind.STATUS, show=lambda row: STATES[row.state]),
    )


def last_day(end: dt.date | None) -> dt.date | None:
    """The day before an exclusive end, which is what people say."""
    return end - ONE_DAY if end else None


def _page(row: ContractRow) -> str:
    return reverse("desk:contract", args=[row.id])


def _customer(row: ContractRow) -> str:
    return reverse("desk:customer", args=[row.customer_id])


def _account(row: ContractRow) -> str:
    return reverse("desk:account", args=[row.account_id])


def _facts(row: ContractRow) -> tuple[Fact, ...]:
    return (
        Fact(_("Customer"), row.customer, _customer(row)),
        Fact(_("Account"), row.account, _account(row)),
        Fact(_("Legal entity"), row.entity),
        Fact(_("Since"), row.start_date),
        Fact(_("Last day"), last_day(row.end_date), note="" if row.end_date else _("until it is ended")),
        Fact(_("Billed up to"), last_day(row.billed_through)),
    )


def _items(items: Sequence[ItemRow]) -> Table:
    columns = (
        Column("offer", _("Offer"), show=_offer),
        Column("quantity", _("Quantity"), Kind.NUMBER, show=lambda row: formats.number(row.quantity)),
        Column("unit_price", _("Unit price"), Kind.MONEY, show=_unit_price),
        Column("discount_percent", _("Discount"), Kind.NUMBER, show=_discount),
        Column("recurrence", _("Recurrence"), show=_recurrence),
        Column("period_minor", _("Per period"), Kind.MONEY, show=_per_period),
        Column("billed_through", _("Billed up to"), Kind.DATE, show=lambda row: last_day(row.billed_through)),
    )
    return Table(columns, items, name="items", caption=_("What it holds"))


def _offer(item: ItemRow) -> str:
    name = item.name_fr if (get_language() or "").startswith("fr") else item.name_en
    return f"{name} ({item.offer})"


def _unit_price(item: ItemRow) -> Value:
    minor = to_minor(item.unit_price, item.currency)
    if from_minor(minor, item.currency) == item.unit_price:
        return Money(minor, item.currency)
    return f"{formats.number(item.unit_price)} {item.currency}"


def _discount(item: ItemRow) -> str | None:
    return formats.percent(item.discount_percent.normalize()) if item.discount_percent else None


def _recurrence(item: ItemRow) -> str:
    return f"{words.recurrence(item.period_unit, item.period_count)}, {words.TIMINGS[item.timing]}"


def _per_period(item: ItemRow) -> Money:
    return Money(item.period_minor, item.currency)


routes = [
    Route("contracts", "contracts", contracts, menu=Menu(Section.FOLLOW, gettext_lazy("Contracts"))),
    Route("contracts/<sub:subscription_id>", "contract", contract),
]
