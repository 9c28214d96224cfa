"""Advances: what was asked before anything is sold, what is held of it, and what invoices deducted."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk.forms import Form
from encaisse.desk.lists import files, window
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, Menu, Route, Section
from encaisse.flows import end_advance
from encaisse.invoice.queries import advances as queries
from encaisse.invoice.queries.advances import AdvanceRow, DeductionRow, Wanted
from encaisse.invoice.queries.lists import InvoiceRow
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui.lists import Column, Empty, Filter, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Fact, Money, Status, Tone

STATES: Final = {
    "asked": Status(gettext_lazy("Waiting for payment"), Tone.DRAFT),
    "held": Status(gettext_lazy("To be deducted"), Tone.ACTIVE),
    "used": Status(gettext_lazy("Deducted"), Tone.GOOD),
    "given_back": Status(gettext_lazy("Given back"), Tone.CLOSED),
}


class Shown(NamedTuple):
    """What the page of an advance invoice says beside what every invoice says."""

    facts: tuple[Fact, ...]
    deductions: Table
    may_give_back: bool


class ReasonForm(Form):
    """Why money is given back or a contract abandoned."""

    reason = forms.CharField(max_length=200)


def advances(request: ScopedRequest) -> HttpResponse:
    """Every advance, the newest first."""
    return render(request, "desk/advances.html", {"table": _table(request.scope, request.GET)})


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    shown = _listing(scope)
    asked = shown.asked(address, size)
    wanted = Wanted(asked.text("q"), asked.text("state"), asked.text("entity"))
    found = queries.advances(scope, wanted, window=window(asked))
    empty = Empty(
        _("No advance yet"),
        _(
            "Where an offer asks for one, whoever subscribes to it is sent an advance invoice, and begins once"
            " it is paid."
        ),
        _("Offers and prices"),
        reverse("desk:offers"),
    )
    told: dict[str, Any] = {"name": "advances", "caption": _("Advances"), "empty": empty}
    return shown.table(asked, found.rows, total=found.total, export_url=files("advances", asked), **told)


def of_contract(scope: Scope, subscription_id: int) -> Table | None:
    """The advances of a contract, for its page; None when it never had any."""
    return _within(scope, Wanted(subscription_id=subscription_id), {"customer", "account", "contract"})


def of_account(scope: Scope, account_id: int) -> Table | None:
    """The advances of an account, for its page; None when it never had any."""
    return _within(scope, Wanted(account_id=account_id), {"customer", "account"})


def section(scope: Scope, document: InvoiceRow) -> Shown | None:
    """What the page of an advance invoice shows; None of any other document."""
    if document.kind != "advance" or document.state != "issued":
        return None
    found = queries.advance(scope, document.id)
    row = found.row
    columns = (
        Column(
            "number", _("Document"), Kind.CODE, show=lambda each: each.number or _("Draft"), link=_document
        ),
        Column("issue_date", _("Date"), Kind.DATE),
        Column("net_minor", _("Net"), Kind.MONEY),
        Column("tax_minor", _("VAT"), Kind.MONEY),
    )
    empty = Empty(_("Nothing was deducted yet"))
    caption = _("Deducted from")
    table = Table(columns, found.deductions, name="deductions", caption=caption, empty=empty)
    facts = (
        Fact(_("Advance"), STATES[row.state]),
        Fact(_("Contract"), row.contract or "", _contract(row)),
        Fact(_("Deducted"), Money(row.deducted_minor, row.currency)),
        Fact(_("Left to deduct"), Money(row.left_minor, row.currency)),
    )
    return Shown(facts, table, row.left_minor > 0 and scope.may("credit"))


def give_back(request: ScopedRequest, invoice_id: int) -> HttpResponse:
    """Credit what is left of an advance."""
    form = ReasonForm(request.POST)
    if form.sent(lambda reason: end_advance.give_back_advance(request.scope, invoice_id, reason)):
        messages.success(request, _("What is left of the advance is credited."))
        return redirect("desk:invoice", form.outcome)
    queries.advance(request.scope, invoice_id)
    messages.error(request, _("Say why."))
    return redirect("desk:invoice", invoice_id)


def abandon(request: ScopedRequest, subscription_id: int) -> HttpResponse:
    """Give up a contract that has not begun."""
    end_advance.abandon_contract(request.scope, subscription_id, request.POST.get("reason", ""))
    messages.success(request, _("The contract is abandoned."))
    return redirect("desk:contract", subscription_id)


def _within(scope: Scope, wanted: Wanted, hidden: set[str]) -> Table | None:
    rows = queries.advances_within(scope, wanted)
    columns = tuple(column for column in _columns() if column.key not in hidden)
    return Table(columns, rows, name="advances", caption=_("Advances")) if rows else None


def _listing(scope: Scope) -> Listing:
    entities = tuple((row.code, row.name) for row in party.legal_entities(scope))
    return Listing(
        columns=_columns(),
        filters=(
            Filter("q", _("Search")),
            Filter("state", _("State"), tuple((code, state.label) for code, state in STATES.items())),
            Filter("entity", _("Legal entity"), entities),
        ),
        sort=Sort("issue_date", descending=True),
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column("number", _("Advance"), Kind.CODE, sortable=True, link=_page),
        Column("issue_date", _("Date"), Kind.DATE, sortable=True),
        Column("customer", _("Customer"), sortable=True, link=_customer),
        Column("account", _("Account"), Kind.CODE, link=_account),
        Column("contract", _("Contract"), Kind.CODE, link=_contract),
        Column("gross_minor", _("Total"), Kind.MONEY, sortable=True),
        Column("settled_minor", _("Settled"), Kind.MONEY),
        Column("deducted_minor", _("Deducted"), Kind.MONEY),
        Column("left_minor", _("Left"), Kind.MONEY, sortable=True),
        Column("state", _("State"), Kind.STATUS, show=lambda row: STATES[row.state]),
    )


def _page(row: AdvanceRow) -> str:
    return reverse("desk:invoice", args=[row.id])


def _document(row: DeductionRow) -> str:
    return reverse("desk:invoice", args=[row.invoice_id])


def _customer(row: AdvanceRow) -> str:
    return reverse("desk:customer", args=[row.customer_id])


def _account(row: AdvanceRow) -> str:
    return reverse("desk:account", args=[row.account_id])


def _contract(row: AdvanceRow) -> str:
    return reverse("desk:contract", args=[row.subscription_id]) if row.subscription_id else ""


routes = [
    Route(
        "advances", "advances", advances, menu=Menu(Section.COLLECT, gettext_lazy("Advances")), table=_table
    ),
    Route("invoices/<inv:invoice_id>/give-back", "give_back_advance", give_back, "credit", BUTTON),
    Route("contracts/<sub:subscription_id>/abandon", "abandon_contract", abandon, "manage_contracts", BUTTON),
]
