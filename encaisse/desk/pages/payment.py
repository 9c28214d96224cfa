"""One payment: what it settled, what is left, and laying it on invoices or taking it back."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from encaisse.allocation import queries as allocation
from encaisse.allocation.queries import AllocationRow, OpenInvoice
from encaisse.desk import states, stories
from encaisse.desk.fields import today
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, Route
from encaisse.flows.return_payment import return_payment
from encaisse.flows.settle import settle_with_payment, take_back
from encaisse.insight.queries.timeline import of_payment
from encaisse.kernel.references import key_of, public_id
from encaisse.payment import queries
from encaisse.payment.queries import PaymentRow
from encaisse.ui.lists import Column, Empty, Kind, Table
from encaisse.ui.shapes import Crumb, Fact, Money


class OpenChoice(NamedTuple):
    """An open invoice to tick, by its public reference."""

    invoice: str
    id: int
    number: str
    issue_date: dt.date
    due_date: dt.date | None
    open_minor: int
    currency: str


def payment(request: ScopedRequest, payment_id: int) -> HttpResponse:
    """Facts on top, what it settled, and what is still to be laid on what."""
    row = queries.payment(request.scope, payment_id)
    allocations = allocation.allocations_of_payment(request.scope, payment_id)
    may_allocate = request.scope.may("allocate")
    opened = allocation.open_items(request.scope, row.account_id) if row.left_minor and may_allocate else []
    shown = {
        "payment": row,
        "title": title(row),
        "state": states.payment(row),
        "facts": _facts(row),
        "amounts": _amounts(row),
        "settled": _settled([each for each in allocations if each.is_standing], may_take_back=may_allocate),
        "opened": _opened(opened, row.currency),
        "may_allocate": may_allocate,
        "may_return": row.state == "received" and request.scope.may("record_payment"),
        "moments": stories.moments(of_payment(request.scope, payment_id)),
        "crumbs": (Crumb(_("Payments"), reverse("desk:payments")), Crumb(title(row))),
    }
    return render(request, "desk/payment.html", shown)


def allocate(request: ScopedRequest, payment_id: int) -> HttpResponse:
    """Lay what is left on the invoices ticked, oldest first; on the oldest of the account when none is."""
    ticked = [key_of("inv", each) for each in request.POST.getlist("invoice")]
    shares = settle_with_payment(payment_id, scope=request.scope, invoice_ids=ticked)
    count = len(shares)
    said = ngettext("Laid on %(count)s invoice.", "Laid on %(count)s invoices.", count) % {"count": count}
    messages.success(request, said)
    return redirect("desk:payment", payment_id)


def unallocate(request: ScopedRequest, payment_id: int) -> HttpResponse:
    """Take back the allocations ticked."""
    queries.payment(request.scope, payment_id)
    for each in request.POST.getlist("id"):
        if each.isascii() and each.isdigit():
            take_back(int(each), scope=request.scope)
    return redirect("desk:payment", payment_id)


def send_back(request: ScopedRequest, payment_id: int) -> HttpResponse:
    """The money did not stay."""
    return_payment(
        payment_id, returned_on=today(request.scope), actor=request.scope.actor, scope=request.scope
    )
    messages.success(request, _("The payment is returned; what it settled is open again."))
    return redirect("desk:payment", payment_id)


def title(row: PaymentRow) -> str:
    """How a payment is called: its method and its reference."""
    return " ".join(part for part in (str(states.METHODS[row.method]), row.reference) if part)


def _facts(row: PaymentRow) -> tuple[Fact, ...]:
    return (
        Fact(_("Customer"), row.customer, reverse("desk:customer", args=[row.customer_id])),
        Fact(_("Billing account"), row.account, reverse("desk:account", args=[row.account_id])),
        Fact(_("Legal entity"), row.entity),
        Fact(_("Method"), states.METHODS[row.method]),
        Fact(_("Reference"), row.reference),
        Fact(_("Received on"), row.received_on),
        Fact(_("Recorded on"), row.recorded_at),
        Fact(_("By"), row.actor),
    )


def _amounts(row: PaymentRow) -> tuple[Fact, ...]:
    return (
        Fact(_("Amount"), Money(row.amount_minor, row.currency)),
        Fact(_("Allocated"), Money(row.allocated_minor, row.currency)),
        Fact(_("To allocate"), Money(row.left_minor, row.currency)),
    )


def _settled(rows: Sequence[AllocationRow], *, may_take_back: bool) -> Table:
    columns = (
        Column("invoice", _("Invoice"), Kind.CODE, link=_invoice),
        Column("allocated_on", _("Allocated on"), Kind.DATE),
        Column("actor", _("By")),
        Column("amount_minor", _("Amount"), Kind.MONEY),
    )
    empty = Empty(_("Nothing settled yet"), _("What is laid on invoices will stand here."))
    choice: dict[str, Any] = {"select": "id", "form": "take-back"} if may_take_back else {}
    return Table(columns, rows, name="settled", caption=_("Settled invoices"), empty=empty, **choice)


def _invoice(row: AllocationRow) -> str:
    return reverse("desk:invoice", args=[row.invoice_id])


def _opened(opened: Sequence[OpenInvoice], currency: str) -> Table:
    columns = (
        Column("number", _("Number"), Kind.CODE, link=lambda row: reverse("desk:invoice", args=[row.id])),
        Column("issue_date", _("Issued on"), Kind.DATE),
        Column("due_date", _("Due on"), Kind.DATE),
        Column("open_minor", _("Still due"), Kind.MONEY),
    )
    rows = [
        OpenChoice(
            public_id("inv", each.id),
            each.id,
            each.number,
            each.issue_date,
            each.due_date,
            each.open_minor,
            each.currency,
        )
        for each in opened
        if each.currency == currency
    ]
    empty = Empty(_("Nothing is open"), _("What is left stays on the account for the next invoice."))
    return Table(
        columns,
        rows,
        name="opened",
        caption=_("Open invoices"),
        empty=empty,
        select="invoice",
        form="allocate",
    )


routes = [
    Route("payments/<pay:payment_id>", "payment", payment),
    Route("payments/<pay:payment_id>/allocate", "allocate_payment", allocate, "allocate", BUTTON),
    Route("payments/<pay:payment_id>/take-back", "take_back_payment", unallocate, "allocate", BUTTON),
    Route("payments/<pay:payment_id>/return", "return_payment", send_back, "record_payment", BUTTON),
]
