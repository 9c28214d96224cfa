"""Contracts: what customers hold, since when, and up to when it is billed."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from encaisse.catalog.queries import offer_names
from encaisse.currency.rules import Exchange
from encaisse.deposit.queries.deposits import Wanted
from encaisse.desk import contract_words, exchanges
from encaisse.desk.lists import acting, files, lines, window
from encaisse.desk.pages import advances, contract_events, deposits
from encaisse.desk.pages.usage import of_contract, period_table
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Menu, Route, Section
from encaisse.flows.change_contract import preview_charges
from encaisse.insight.queries.contracts import story
from encaisse.insight.queries.usage import usage_by_period
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.subscription import queries
from encaisse.subscription.queries import ContractDetail, ContractRow, ItemRow
from encaisse.ui import formats, words
from encaisse.ui.lists import Column, Empty, Filter, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Crumb, Fact, Status, Tone, Value

STATES = {
    "waiting": Status(gettext_lazy("Waiting"), Tone.DRAFT),
    "active": Status(gettext_lazy("Active"), Tone.GOOD),
    "suspended": Status(gettext_lazy("Suspended"), Tone.WARN),
    "ended": Status(gettext_lazy("Ended"), Tone.CLOSED),
}
OPEN = ("active", "suspended")
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
            Filter("offer", _("Offer"), tuple((row.code, row.code) for row in offer_names(scope))),
        ),
        sort=Sort("reference"),
    )


def contracts(request: ScopedRequest) -> HttpResponse:
    """Everything that is held."""
    may = request.scope.may("manage_contracts")
    return render(request, "desk/contracts.html", {"table": _listed(request.scope, request.GET), "may": may})


def _listed(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    shown = listing(scope)
    asked = shown.asked(address, size)
    wanted = queries.Wanted(
        asked.text("q"), asked.text("state"), asked.text("entity"), offer=asked.text("offer")
    )
    found = queries.contracts(scope, wanted, window=window(asked))
    empty = Empty(_("No contract yet"), _("A contract says which offer an account holds, and since when."))
    told = {"name": "contracts", "caption": _("Contracts"), "empty": empty}
    table = shown.table(asked, found.rows, total=found.total, export_url=files("contracts", asked), **told)
    return acting(scope, "contracts", asked, table)


def contract(request: ScopedRequest, subscription_id: int) -> HttpResponse:
    """One contract and what it holds."""
    page = queries.contract(request.scope, subscription_id)
    may = page.row.state in OPEN and request.scope.may("manage_contracts")
    until = contract_events.horizon(request.scope, page.row.start_date)
    coming = preview_charges(request.scope, subscription_id, horizon=until)
    shown = {
        "contract": page.row,
        "may": may,
        "state": STATES[page.row.state],
        "facts": _facts(page),
        "items": _items(page, may=may),
        "coming": contract_words.charges(
            coming,
            name="coming",
            caption=_("Charges to come"),
            empty=_("Nothing is billed until then."),
            exchange=page.exchange,
        ),
        "until": last_day(until),
        "advances": advances.of_contract(request.scope, subscription_id),
        "may_abandon": page.row.state == "waiting" and request.scope.may("manage_contracts"),
        "moments": contract_words.moments(story(request.scope, subscription_id)),
        "usage": period_table(usage_by_period(request.scope, subscription_id)),
        "all_usage": of_contract(subscription_id),
        "deposits": deposits.section(request.scope, Wanted(subscription_id=subscription_id)),
        "all_deposits": deposits.listed(contract=subscription_id),
        "ask_deposit": deposits.to_ask(request.scope, contract=subscription_id) if may else "",
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


def _facts(page: ContractDetail) -> tuple[Fact, ...]:
    row = page.row
    order, contract_number, service = page.order
    waits = row.state == "waiting"
    conditions = (
        Fact(
            contract_words.CONDITIONS[each.kind],
            _("there since %(day)s") % {"day": formats.date(each.met_on)} if each.met_on else _("waited for"),
        )
        for each in page.conditions
    )
    return (
        *(conditions if waits else ()),
        Fact(_("Customer"), row.customer, _customer(row)),
        Fact(_("Account"), row.account, _account(row)),
        Fact(_("Legal entity"), row.entity),
        Fact(_("Since"), row.start_date),
        Fact(_("Last day"), last_day(row.end_date), note="" if row.end_date else _("until it is ended")),
        Fact(_("Then"), contract_words.RENEWALS[page.renewal] if row.end_date else ""),
        Fact(_("Term"), contract_words.months(page.term_months)),
        Fact(_("Notice"), contract_words.days(page.notice_days)),
        Fact(_("Billed up to"), last_day(row.billed_through)),
        *exchanges.fact(page.exchange),
        Fact(_("Purchase order"), order),
        Fact(_("Buyer's contract"), contract_number),
        Fact(_("Buyer reference or service code"), service),
    )


def _items(page: ContractDetail, *, may: bool) -> Table:
    columns = (
        Column("position", _("No."), Kind.NUMBER),
        Column("offer", _("Offer"), show=_offer, link=lambda row: _offer_page(page, row)),
        Column("starts_on", _("From"), Kind.DATE),
        Column("ends_on", _("Last day"), Kind.DATE, show=lambda row: last_day(row.ends_on)),
        Column("quantity", _("Quantity"), Kind.NUMBER, show=lambda row: formats.number(row.quantity)),
        Column("unit_price", _("Unit price"), Kind.NUMBER, show=lambda row: _unit_price(row, page.exchange)),
        Column("discount_percent", _("Discount"), Kind.NUMBER, show=_discount),
        Column("recurrence", _("Recurrence"), show=_recurrence),
        Column("period_minor", _("Per period"), Kind.MONEY, show=lambda row: _per_period(row, page.exchange)),
        Column("billed_through", _("Billed up to"), Kind.DATE, show=_billed_through),
        *((Column("act", _("Change"), show=_acts),) if may else ()),
    )
    return Table(columns, page.items, name="items", caption=_("What it holds"))


def _offer(item: ItemRow) -> str:
    name = item.name_fr if (get_language() or "").startswith("fr") else item.name_en
    return f"{name} ({item.offer})"


def _offer_page(page: ContractDetail, item: ItemRow) -> str:
    """The offer, with its prices in the customer's currency where that is another."""
    address = reverse("desk:offer", args=[item.offer_id])
    return f"{address}?account={public_id('ba', page.row.account_id)}" if page.exchange else address


def _unit_price(item: ItemRow, exchange: Exchange | None) -> Value:
    if item.unit_price is None:
        return _("by tiers")
    price = formats.price(item.unit_price, item.currency)
    if item.agreed_price is not None:
        return _("%(price)s, agreed") % {"price": price}
    other = exchange.price(item.unit_price, item.currency) if exchange else None
    return (
        lines((price, formats.price(other, exchange.currency))) if exchange and other is not None else price
    )


def _discount(item: ItemRow) -> str | None:
    if item.discount_amount:
        return formats.price(item.discount_amount, item.currency)
    return formats.percent(item.discount_percent.normalize()) if item.discount_percent else None


def _billed_through(item: ItemRow) -> dt.date | None:
    return last_day(item.billed_through) if item.billed_through > item.starts_on else None


def _acts(item: ItemRow) -> Value:
    if item.ends_on is not None or item.kind == "one_shot":
        return None
    here = f"?position={item.position}"
    return lines(
        format_html(
            '<a href="{}{}">{}</a>', reverse(f"desk:{name}", args=[item.subscription_id]), here, label
        )
        for name, label in (("change_contract", _("Change")), ("give_up_contract", _("Give up")))
    )


def _recurrence(item: ItemRow) -> str:
    if item.kind == "one_shot":
        return _("Once")
    return f"{words.recurrence(item.period_unit, item.period_count)}, {words.TIMINGS[item.timing]}"


def _per_period(item: ItemRow, exchange: Exchange | None) -> Value:
    return exchanges.both(item.period_minor, item.currency, exchange)


routes = [
    Route(
        "contracts",
        "contracts",
        contracts,
        menu=Menu(Section.FOLLOW, gettext_lazy("Contracts")),
        table=_listed,
    ),
    Route("contracts/<sub:subscription_id>", "contract", contract),
]
