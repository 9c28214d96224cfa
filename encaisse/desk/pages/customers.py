"""Customers: the list with what each owes, and the page of one."""

from collections.abc import Iterable, Mapping
from itertools import chain
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk.lists import acting, amounts, files, window
from encaisse.desk.pages import contracts
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Menu, Route, Section
from encaisse.desk.stories import moments
from encaisse.insight.queries import accounts as insight
from encaisse.insight.queries.accounts import Balance
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import formats, words
from encaisse.ui.lists import Column, Empty, Filter, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Crumb, Fact, Figure, Money, Value


def listing(scope: Scope) -> Listing:
    """What the list of customers shows and can be asked."""
    return Listing(
        columns=(
            Column("name", _("Customer"), sortable=True, link=_page),
            Column("reference", _("Reference"), Kind.CODE, sortable=True),
            Column("rep", _("Sales representative"), sortable=True),
            Column("since_date", _("Customer since"), Kind.DATE, sortable=True),
            Column("accounts", _("Accounts"), Kind.NUMBER),
            Column("overdue", _("Overdue"), Kind.MONEY, show=lambda row: overdue(row.balances)),
            Column("balance", _("Balance"), Kind.MONEY, show=lambda row: balance(row.balances)),
        ),
        filters=(
            Filter("q", _("Search")),
            Filter(
                "rep", _("Sales representative"), tuple((row.code, row.name) for row in party.reps(scope))
            ),
            entity_filter(scope),
        ),
        sort=Sort("name"),
    )


def customers(request: ScopedRequest) -> HttpResponse:
    """Everyone we sell to."""
    shown = {"table": _table(request.scope, request.GET), "may": request.scope.may("edit_accounts")}
    return render(request, "desk/customers.html", shown)


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    shown = listing(scope)
    asked = shown.asked(address, size)
    wanted = party.Wanted(asked.text("q"), asked.text("rep"), asked.text("entity"))
    found = insight.customers(scope, wanted, window=window(asked))
    empty = Empty(
        _("No customer yet"), _("Customers come in with an import, or are made here one at a time.")
    )
    told = {"name": "customers", "caption": _("Customers"), "empty": empty}
    table = shown.table(asked, found.rows, total=found.total, export_url=files("customers", asked), **told)
    return acting(scope, "customers", asked, table)


def customer(request: ScopedRequest, customer_id: int) -> HttpResponse:
    """One customer: what is owed, the accounts, the contracts, the people, and what happened."""
    page = insight.customer(request.scope, customer_id)
    found = page.customer
    shown = {
        "customer": found,
        "may": request.scope.may("edit_accounts"),
        "figures": figures(page.balances, customer=public_id("cus", found.id)),
        "facts": _facts(found),
        "accounts": _accounts(page),
        "contacts": _contacts(found),
        "contracts": contracts.table(page.contracts, own_customer=True),
        "moments": moments(page.happenings),
        "crumbs": (Crumb(_("Customers"), reverse("desk:customers")), Crumb(found.name)),
    }
    return render(request, "desk/customer.html", shown)


def entity_filter(scope: Scope) -> Filter:
    """The choice of a legal entity among those that the scope covers."""
    return Filter(
        "entity", _("Legal entity"), tuple((row.code, row.name) for row in party.legal_entities(scope))
    )


def figures(balances: Iterable[Balance], **whose: str) -> tuple[Figure, ...]:
    """What is owed, by currency; `whose` narrows the lists that the figures lead to."""
    return tuple(chain.from_iterable(_figures(each, whose) for each in balances))


def _figures(each: Balance, whose: Mapping[str, str]) -> tuple[Figure, ...]:
    def behind(route: str, state: str) -> str:
        return f"{reverse(route)}?{urlencode({**whose, 'state': state, 'currency': each.currency})}"

    return (
        Figure(_("Balance"), Money(each.balance_minor, each.currency), behind("desk:invoices", "open")),
        Figure(_("Overdue"), Money(each.overdue_minor, each.currency), behind("desk:invoices", "overdue")),
        Figure(
            _("Still to be used"),
            Money(each.unused_minor, each.currency),
            behind("desk:payments", "left"),
            _("payments and credit notes not yet laid on invoices") if each.unused_minor else "",
        ),
    )


def balance(balances: Iterable[Balance]) -> Value:
    """What is owed in the end, a line per currency."""
    return amounts(Money(each.balance_minor, each.currency) for each in balances)


def overdue(balances: Iterable[Balance]) -> Value:
    """What is late, a line per currency; nothing when nothing is."""
    return amounts(Money(each.overdue_minor, each.currency) for each in balances if each.overdue_minor)


def _page(row: insight.OwingCustomer) -> str:
    return reverse("desk:customer", args=[row.id])


def _facts(found: party.CustomerDetail) -> tuple[Fact, ...]:
    limit = None
    if found.credit_limit_minor is not None:
        limit = Money(found.credit_limit_minor, found.credit_currency)
    return (
        Fact(_("Reference"), found.reference),
        Fact(_("Sales representative"), found.rep, note=found.group or ""),
        Fact(_("Language"), words.LANGUAGES.get(found.language, found.language)),
        Fact(_("Customer since"), found.since_date),
        Fact(_("Credit limit"), limit),
        Fact(_("Credit category"), found.credit_category),
        Fact(_("Category"), _category(found.category)),
    )


def _category(category: party.CategoryName | None) -> str:
    if category is None:
        return ""
    return category.name_fr if formats.in_french() else category.name_en


def _accounts(page: insight.CustomerPage) -> Table:
    columns = (
        Column("reference", _("Account"), Kind.CODE, show=lambda row: row.account.reference, link=_account),
        Column("entity", _("Legal entity"), show=lambda row: row.account.entity),
        Column("terms", _("Terms"), show=lambda row: words.terms(row.account.terms)),
        Column("overdue", _("Overdue"), Kind.MONEY, show=lambda row: overdue(row.balances)),
        Column("balance", _("Balance"), Kind.MONEY, show=lambda row: balance(row.balances)),
    )
    return Table(columns, page.accounts, name="accounts", caption=_("Billing accounts"))


def _account(row: insight.OwingAccount) -> str:
    return reverse("desk:account", args=[row.account.id])


def _contacts(found: party.CustomerDetail) -> Table:
    columns = (
        Column("name", _("Name")),
        Column("role", _("Role"), show=lambda row: words.CONTACTS.get(row.role, row.role)),
        Column("email", _("E-mail"), link=lambda row: f"mailto:{row.email}" if row.email else ""),
        Column("phone", _("Telephone"), Kind.CODE),
    )
    empty = Empty(_("No contact"), _("Documents go to the recipients of each billing account."))
    return Table(columns, found.contacts, name="contacts", caption=_("Contacts"), empty=empty)


routes = [
    Route(
        "customers",
        "customers",
        customers,
        menu=Menu(Section.FOLLOW, gettext_lazy("Customers")),
        table=_table,
    ),
    Route("customers/<cus:customer_id>", "customer", customer),
]
