"""The page of a billing account: who it is, on what terms, what it owes and what came in."""

from collections.abc import Mapping, Sequence

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.deposit.queries.deposits import Wanted
from encaisse.desk import states
from encaisse.desk.lists import BREAK, acting, files, window
from encaisse.desk.pages import advances, contracts, deposits, discounts, vat_numbers
from encaisse.desk.pages.customers import entity_filter, figures
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Menu, Route, Section
from encaisse.desk.stories import moments
from encaisse.insight.queries import accounts as insight
from encaisse.insight.queries.vat_numbers import known_of
from encaisse.invoice.queries.lists import InvoiceRow
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.queries import AccountDetail, AccountRow
from encaisse.party.rules.nations import numbers_of
from encaisse.payment.queries import PaymentRow
from encaisse.ui import words
from encaisse.ui.lists import Column, Empty, Filter, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Crumb, Fact, Status, Tone


def listing(scope: Scope) -> Listing:
    """What the list of billing accounts shows and can be asked."""
    references = (
        (party.MISSING, _("Required and missing")),
        ("order", words.REQUIRED_REFERENCES["order"]),
        ("buyer", words.REQUIRED_REFERENCES["buyer"]),
    )
    return Listing(
        columns=(
            Column("reference", _("Account"), Kind.CODE, sortable=True, link=_page),
            Column("customer", _("Customer"), sortable=True),
            Column("entity", _("Legal entity")),
            Column("terms", _("Terms"), show=lambda row: words.terms(row.terms)),
            Column("exceeds_the_law", _("Warnings"), Kind.STATUS, show=_warning),
            Column("order_reference", _("Purchase order"), show=lambda row: row.references.order_reference),
            Column(
                "payment_method", _("Pays by"), show=lambda row: words.PAYMENT_METHODS[row.payment_method]
            ),
        ),
        filters=(
            Filter("q", _("Search")),
            entity_filter(scope),
            Filter("terms", _("Terms"), ((party.BEYOND_THE_LAW, _("Beyond the legal limit")),)),
            Filter("reference", _("Required reference"), references),
        ),
        sort=Sort("customer"),
    )


def accounts(request: ScopedRequest) -> HttpResponse:
    """Every billing account, and those whose terms or references want a look."""
    return render(request, "desk/accounts.html", {"table": _table(request.scope, request.GET)})


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    shown = listing(scope)
    asked = shown.asked(address, size)
    wanted = party.WantedAccounts(*(asked.text(name) for name in ("q", "entity", "terms", "reference")))
    found = party.billing_accounts(scope, wanted, window=window(asked))
    empty = Empty(_("No billing account yet"), _("Accounts come in with the import of customers."))
    told = {"name": "accounts", "caption": _("Billing accounts"), "empty": empty}
    table = shown.table(asked, found.rows, total=found.total, export_url=files("accounts", asked), **told)
    return acting(scope, "accounts", asked, table)


def _page(row: AccountRow) -> str:
    return reverse("desk:account", args=[row.id])


def _warning(row: AccountRow) -> Status:
    if row.exceeds_the_law:
        return Status(_("Beyond the legal limit"), Tone.WARN)
    if row.lacks_reference:
        return Status(_("Reference missing"), Tone.WARN)
    return Status("", Tone.CLOSED)


def account(request: ScopedRequest, account_id: int) -> HttpResponse:
    """One billing account with its open documents, payments and contracts."""
    page = insight.account(request.scope, account_id)
    known = known_of(page.account.identity)
    shown = {
        "account": page.account.row,
        "reference": public_id("ba", account_id),
        "may": request.scope.permissions,
        "figures": figures(page.balances, account=public_id("ba", account_id)),
        "terms": _terms(page.account),
        "identity": (*_identity(page.account), *vat_numbers.facts(known)),
        "has_number": known is not None,
        "documents": _documents(page.open_documents),
        "payments": _payments(page.payments),
        "contracts": contracts.table(page.contracts),
        "advances": advances.of_account(request.scope, account_id),
        "discounts": discounts.section(request.scope, account_id),
        "deposits": deposits.section(request.scope, Wanted(account_id=account_id)),
        "all_deposits": deposits.listed(account=account_id),
        "moments": moments(page.happenings),
        "crumbs": _crumbs(page.account),
    }
    return render(request, "desk/account.html", shown)


def _crumbs(found: AccountDetail) -> tuple[Crumb, ...]:
    return (
        Crumb(_("Customers"), reverse("desk:customers")),
        Crumb(found.row.customer, reverse("desk:customer", args=[found.row.customer_id])),
        Crumb(found.row.reference),
    )


def _terms(found: AccountDetail) -> tuple[Fact, ...]:
    row = found.row
    recipients = ((address,) for _channel, address in found.recipients)
    return (
        Fact(_("Customer"), row.customer, reverse("desk:customer", args=[row.customer_id])),
        Fact(_("Legal entity"), row.entity),
        Fact(_("Currency"), row.currency),
        Fact(_("Terms"), words.terms(row.terms)),
        Fact(_("Pays by"), words.PAYMENT_METHODS[row.payment_method]),
        Fact(_("IBAN"), _grouped(found.iban)),
        Fact(_("Purchase order"), row.references.order_reference),
        Fact(_("Buyer's contract"), row.references.contract_reference),
        Fact(_("Buyer reference or service code"), row.references.buyer_reference),
        Fact(
            _("Required reference"),
            row.requires_reference and words.REQUIRED_REFERENCES[row.requires_reference],
        ),
        Fact(_("Documents go to"), format_html_join(BREAK, "{}", recipients)),
    )


def _grouped(iban: str) -> str:
    return " ".join(iban[start : start + 4] for start in range(0, len(iban), 4))


def _identity(found: AccountDetail) -> tuple[Fact, ...]:
    identity = found.identity
    lines = ((line,) for line in (*found.address, words.country(identity.country)))
    return (
        Fact(_("Legal name"), " ".join(part for part in (identity.name, identity.legal_form) if part)),
        Fact(_("Address"), format_html_join(BREAK, "{}", lines)),
        Fact(_("SIREN"), identity.siren),
        Fact(_("SIRET"), identity.siret),
        Fact(_("VAT number"), identity.vat_number),
        *(Fact(name, number) for name, number in numbers_of(identity)),
    )


def _documents(rows: Sequence[InvoiceRow]) -> Table:
    columns = (
        Column("number", _("Number"), Kind.CODE, link=_invoice),
        Column("issue_date", _("Issued on"), Kind.DATE),
        Column("due_date", _("Due on"), Kind.DATE),
        Column("state", _("State"), Kind.STATUS, show=states.invoice),
        Column("gross_minor", _("Total"), Kind.MONEY),
        Column("open_minor", _("Still due"), Kind.MONEY),
    )
    empty = Empty(_("Nothing is owed"), _("Every document of this account is settled."))
    return Table(columns, rows, name="documents", caption=_("Open documents"), empty=empty)


def _payments(rows: Sequence[PaymentRow]) -> Table:
    columns = (
        Column("received_on", _("Received on"), Kind.DATE, link=_payment),
        Column("method", _("Method"), show=lambda row: states.METHODS[row.method]),
        Column("reference", _("Reference"), Kind.CODE),
        Column("state", _("State"), Kind.STATUS, show=states.payment),
        Column("amount_minor", _("Amount"), Kind.MONEY),
    )
    empty = Empty(_("No payment yet"), _("What this account pays will stand here."))
    return Table(columns, rows, name="payments", caption=_("Payments"), empty=empty)


def _invoice(row: InvoiceRow) -> str:
    return reverse("desk:invoice", args=[row.id])


def _payment(row: PaymentRow) -> str:
    return reverse("desk:payment", args=[row.id])


routes = [
    Route(
        "accounts",
        "accounts",
        accounts,
        menu=Menu(Section.FOLLOW, gettext_lazy("Billing accounts")),
        table=_table,
    ),
    Route("accounts/<ba:account_id>", "account", account),
]
