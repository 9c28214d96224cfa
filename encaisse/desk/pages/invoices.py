"""The list of invoices and credit notes, filtered, sorted and summed as its address says."""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk import states, tagging
from encaisse.desk.fields import read_amount
from encaisse.desk.lists import acting, files, window
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import Menu, Route, Section
from encaisse.invoice.queries import lists
from encaisse.invoice.queries.detail import Related
from encaisse.invoice.queries.lists import InvoiceRow, Listed, Total, Wanted
from encaisse.kernel.money import CURRENCIES
from encaisse.kernel.references import key_of, public_id
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.queries import EntityRow
from encaisse.tag import queries as tags
from encaisse.ui import words
from encaisse.ui.lists import Asked, Column, Empty, Filter, Kind, Listing, Table
from encaisse.ui.shapes import Money, Value

# An address may narrow the list to one of these; the choice is offered only then.
NARROWED: Final = {
    "run": ("run", gettext_lazy("Billing run"), gettext_lazy("This run")),
    "customer": ("cus", gettext_lazy("Customer"), gettext_lazy("This customer")),
    "account": ("ba", gettext_lazy("Billing account"), gettext_lazy("This account")),
}
# What a line bills, by its code: the figures of a run lead there.
CODED: Final = {
    "offer": gettext_lazy("Offer"),
    "product": gettext_lazy("Product"),
    "tax": gettext_lazy("Tax"),
}


def title(row: InvoiceRow | Related) -> str:
    """The number, or what stands for it on a draft."""
    if row.number:
        return row.number
    return _("Draft credit note") if row.kind == "credit_note" else _("Draft")


def page(row: InvoiceRow | Related) -> str:
    """The address of a document."""
    return reverse("desk:invoice", args=[row.id])


def _open(row: InvoiceRow) -> Value:
    return Money(row.open_minor, row.currency) if row.state == "issued" else None


def columns(*, entities: bool = False) -> tuple[Column, ...]:
    """The columns of a list of documents; `entities` says who sells, when there are several."""
    seller = (Column("entity", _("Legal entity")),) if entities else ()
    return (
        Column("number", _("Number"), Kind.CODE, show=title, link=page),
        Column("kind", _("Kind"), show=lambda row: states.INVOICE_KINDS[row.kind], in_files=True),
        Column("customer", _("Customer"), link=lambda row: reverse("desk:customer", args=[row.customer_id])),
        Column("account", _("Billing account"), Kind.CODE, in_files=True),
        *seller,
        Column("issue_date", _("Issued on"), Kind.DATE, sortable=True),
        Column("due_date", _("Due on"), Kind.DATE, sortable=True),
        Column("state", _("State"), Kind.STATUS, show=states.invoice),
        Column("net_minor", _("Net"), Kind.MONEY, in_files=True),
        Column("tax_minor", _("Taxes"), Kind.MONEY, in_files=True),
        Column("gross_minor", _("Total"), Kind.MONEY, sortable=True),
        Column("open_minor", _("Still due"), Kind.MONEY, sortable=True, show=_open),
    )


def invoices(request: ScopedRequest) -> HttpResponse:
    """Every document, as the address narrows and sorts them."""
    table, totals = _found(request.scope, request.GET)
    page = {"table": table, "totals": totals, "may_bill": request.scope.may("bill")}
    return render(request, "desk/invoices.html", page)


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    return _found(scope, address, size)[0]


def _found(scope: Scope, address: Mapping[str, str], size: int = 0) -> tuple[Table, list[Total] | None]:
    sellers, names = party.legal_entities(scope), tags.in_use(scope)
    asked_for = (*_filters(address, sellers), *tagging.filters(names, address.get("tag", "")))
    listing = Listing(columns(entities=len(sellers) > 1), asked_for)
    asked = listing.asked(address, size)
    after = key_of("inv", asked.page.after) if asked.page.after else None
    wanted = _wanted(asked, sellers)
    if name := asked.text("tag"):
        wanted = wanted._replace(among=tags.tagged(scope, name))
    found = lists.invoices(scope, wanted, window=window(asked), after=after)
    shown = {"name": "invoices", "caption": _("Invoices"), "empty": _empty(scope)}
    shown |= {"export_url": files("invoices", asked), **_extent(found)}
    borne = tagging.column(scope, names, found.rows)
    table = listing.table(asked, found.rows, columns=(*listing.columns, *borne), **shown)
    return acting(scope, "invoices", asked, table), found.totals


def _filters(address: Mapping[str, str], sellers: tuple[EntityRow, ...]) -> Iterator[Filter]:
    drafts = tuple((name, status.label) for name, status in states.DRAFTS.items())
    yield Filter("q", _("Customer, number or amount"))
    yield Filter("state", _("State"), (*states.SETTLEMENTS.items(), *drafts))
    yield Filter("kind", _("Kind"), tuple(states.INVOICE_KINDS.items()))
    if len(sellers) > 1:
        yield Filter("entity", _("Legal entity"), tuple((each.code, each.name) for each in sellers))
    yield Filter("since", _("Issued from"), kind=Kind.DATE)
    yield Filter("until", _("Issued until"), kind=Kind.DATE)
    if (currency := address.get("currency", "")) in CURRENCIES:
        yield Filter("currency", _("Currency"), ((currency, currency),))
    for name, label in CODED.items():
        if code := address.get(name):
            yield Filter(name, label, ((code, code),))
    if (method := address.get("method", "")) in words.PAYMENT_METHODS:
        yield Filter("method", _("Pays by"), ((method, words.PAYMENT_METHODS[method]),))
    for name, (_prefix, label, choice) in NARROWED.items():
        if reference := address.get(name):
            yield Filter(name, label, ((reference, choice),))


def _wanted(asked: Asked, sellers: tuple[EntityRow, ...]) -> Wanted:
    text, state, until = asked.text("q"), asked.text("state"), asked.date("until")
    amount = _amount(text)
    keys: dict[str, Any] = {f"{name}_id": narrowed(asked, name) for name in NARROWED}
    keys |= {name: asked.text(name) for name in CODED}
    return Wanted(
        text=text if amount is None else "",
        amount=amount,
        state="" if state in states.SETTLEMENTS else state,
        settlement=state if state in states.SETTLEMENTS else "",
        kind=asked.text("kind"),
        currency=asked.text("currency"),
        payment_method=asked.text("method"),
        entity_id=next((each.id for each in sellers if each.code == asked.text("entity")), None),
        issued_from=asked.date("since"),
        issued_to=until + dt.timedelta(days=1) if until else None,
        **keys,
    )


def _amount(text: str) -> Decimal | None:
    # Digits alone are rather a number than an amount: cents or a sign make the difference.
    amount = read_amount(text)
    return amount if amount is not None and not text.isdigit() else None


def narrowed(asked: Asked, name: str) -> int | None:
    """The key of the row that the address narrows the list to, by its name in `NARROWED`. Raises NotFound."""
    reference = asked.text(name)
    return key_of(NARROWED[name][0], reference) if reference else None


def _extent(found: Listed) -> dict[str, Any]:
    """How many there are, or where the next page begins when nobody counted."""
    if found.totals is not None:
        return {"total": sum(total.documents for total in found.totals)}
    return {"next_after": public_id("inv", found.rows[-1].id) if found.more else ""}


def _empty(scope: Scope) -> Empty:
    action = (_("Prepare a billing run"), reverse("desk:new_run")) if scope.may("bill") else ("", "")
    return Empty(
        _("No invoice yet"),
        _("A billing run turns what is owed into invoices; you review them before they are issued."),
        *action,
    )


routes = [
    Route("invoices", "invoices", invoices, menu=Menu(Section.BILL, gettext_lazy("Invoices")), table=_table)
]
