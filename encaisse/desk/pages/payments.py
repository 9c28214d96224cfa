"""Payments: the list, and recording a new one."""

import datetime as dt
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.allocation import queries as allocation
from encaisse.desk import states
from encaisse.desk.fields import AmountField, DayField, today
from encaisse.desk.forms import Form
from encaisse.desk.lists import acting, files
from encaisse.desk.pages.invoices import NARROWED, narrowed
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Menu, Route, Section
from encaisse.flows.take_payment import take_payment
from encaisse.insight.queries.search import account_named
from encaisse.kernel.money import CURRENCIES, decimals, from_minor, to_minor
from encaisse.kernel.references import key_of, public_id
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.queries import AccountRow, EntityRow
from encaisse.payment import queries
from encaisse.payment.queries import PaymentRow, Wanted
from encaisse.ui import formats
from encaisse.ui.lists import Asked, Column, Empty, Filter, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Crumb, Words

STATES: Final[Mapping[str, Words]] = {
    "left": gettext_lazy("To allocate"),
    "received": gettext_lazy("Received"),
    "returned": gettext_lazy("Returned"),
}


class NewPayment(Form):
    """Money received: from whom, how much, how and when; and for which invoices, when the payer said so."""

    account = forms.CharField(
        label=gettext_lazy("Account or invoice"),
        help_text=gettext_lazy("The reference of a billing account or of a customer, or an invoice number."),
        max_length=100,
    )
    amount = AmountField(label=gettext_lazy("Amount"), min_value=Decimal(0), decimal_places=3, max_digits=15)
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=list(states.RECEIVED))
    received_on = DayField(label=gettext_lazy("Received on"))
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        help_text=gettext_lazy("As it stands on the statement or on the cheque."),
        max_length=140,
        required=False,
    )
    invoices = forms.MultipleChoiceField(
        label=gettext_lazy("For these invoices"),
        help_text=gettext_lazy("None ticked, it settles the oldest first."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, scope: Scope, account: AccountRow | None, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.scope = scope
        self.payer = account
        opened = allocation.open_items(scope, account.id) if account else []
        choices = [(public_id("inv", each.id), _choice(each)) for each in opened]
        if choices:
            self.fields["invoices"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["invoices"]

    def clean_account(self) -> AccountRow:
        """The account named."""
        found = account_named(self.scope, self.cleaned_data["account"])
        if found is None:
            raise forms.ValidationError(_("No account, customer or invoice has this reference."))
        return party.account(self.scope, found).row

    def clean(self) -> dict[str, Any]:
        """The arguments of the flow, the amount in minor units of the account's currency."""
        said = super().clean() or self.cleaned_data
        account, amount = said.pop("account", None), said.pop("amount", None)
        said["invoice_ids"] = [key_of("inv", each) for each in said.pop("invoices", ())]
        if account is None or amount is None:
            return said
        amount_minor = to_minor(amount, account.currency)
        if from_minor(amount_minor, account.currency) != amount:
            places = decimals(account.currency)
            self.add_error(
                "amount",
                _("%(currency)s has %(places)s decimals.") % {"currency": account.currency, "places": places},
            )
        return {**said, "account_id": account.id, "currency": account.currency, "amount_minor": amount_minor}


def columns() -> tuple[Column, ...]:
    """The columns of a list of payments."""
    return (
        Column("received_on", _("Received on"), Kind.DATE, sortable=True, link=page),
        Column("customer", _("Customer"), link=lambda row: reverse("desk:customer", args=[row.customer_id])),
        Column("method", _("Method"), show=lambda row: states.METHODS[row.method]),
        Column("reference", _("Reference"), Kind.CODE),
        Column("state", _("State"), Kind.STATUS, show=states.payment),
        Column("amount_minor", _("Amount"), Kind.MONEY, sortable=True),
        Column("left_minor", _("To allocate"), Kind.MONEY, sortable=True),
    )


def page(row: PaymentRow) -> str:
    """The address of a payment."""
    return reverse("desk:payment", args=[row.id])


def payments(request: ScopedRequest) -> HttpResponse:
    """Everything received, newest first."""
    sellers = party.legal_entities(request.scope)
    table = _table(request.scope, request.GET)
    # What is too long to count is too long to sum.
    totals = [] if table.total is None else queries.received(request.scope, _wanted(table.asked, sellers))
    page = {"table": table, "totals": totals, "may_record": request.scope.may("record_payment")}
    return render(request, "desk/payments.html", page)


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    sellers = party.legal_entities(scope)
    listing = Listing(columns(), tuple(_filters(address, sellers)), Sort("received_on", descending=True))
    asked = listing.asked(address, size)
    offset, limit = asked.page.offset, asked.page.size
    found = queries.payments(scope, _wanted(asked, sellers), sort=str(asked.sort), offset=offset, limit=limit)
    empty = _empty(may_record=scope.may("record_payment"))
    shown: dict[str, Any] = {"name": "payments", "caption": _("Payments"), "empty": empty}
    shown |= {"total": found.total, "more": found.more, "export_url": files("payments", asked)}
    table = listing.table(asked, found.rows, **shown)
    return acting(scope, "payments", asked, table)


def new_payment(request: ScopedRequest) -> HttpResponse:
    """Record money received by hand; it is booked and allocated at once."""
    account = _account(request)
    form = NewPayment(request.scope, account, request.POST or None, initial=_initial(request, account))
    if form.sent(lambda **said: take_payment(**said, scope=request.scope, actor=request.scope.actor)):
        messages.success(request, _("The payment is recorded."))
        return redirect("desk:payment", form.outcome)
    crumbs = (Crumb(_("Payments"), reverse("desk:payments")), Crumb(_("New payment")))
    return render(request, "desk/new_payment.html", {"form": form, "account": account, "crumbs": crumbs})


def _account(request: ScopedRequest) -> AccountRow | None:
    reference = request.GET.get("account", "")
    return party.account(request.scope, key_of("ba", reference)).row if reference else None


def _initial(request: ScopedRequest, account: AccountRow | None) -> dict[str, Any]:
    said: dict[str, Any] = {"received_on": today(request.scope)}
    if account is None:
        return said
    return {**said, "account": account.reference, "invoices": request.GET.getlist("invoice")}


def _choice(each: allocation.OpenInvoice) -> str:
    return _("%(number)s of %(day)s: %(open)s still due") % {
        "number": each.number,
        "day": formats.date(each.issue_date),
        "open": formats.money(each.open_minor, each.currency),
    }


def _filters(address: Mapping[str, str], sellers: tuple[EntityRow, ...]) -> Iterator[Filter]:
    yield Filter("q", _("Customer or reference"))
    yield Filter("state", _("State"), tuple(STATES.items()))
    yield Filter("method", _("Method"), tuple(states.METHODS.items()))
    if len(sellers) > 1:
        yield Filter("entity", _("Legal entity"), tuple((each.code, each.name) for each in sellers))
    yield Filter("since", _("Received from"), kind=Kind.DATE)
    yield Filter("until", _("Received until"), kind=Kind.DATE)
    if (currency := address.get("currency", "")) in CURRENCIES:
        yield Filter("currency", _("Currency"), ((currency, currency),))
    for name in ("customer", "account"):
        if reference := address.get(name):
            _prefix, label, choice = NARROWED[name]
            yield Filter(name, label, ((reference, choice),))


def _wanted(asked: Asked, sellers: tuple[EntityRow, ...]) -> Wanted:
    state, until = asked.text("state"), asked.date("until")
    return Wanted(
        text=asked.text("q"),
        state="" if state == "left" else state,
        only_left=state == "left",
        method=asked.text("method"),
        currency=asked.text("currency"),
        entity_id=next((each.id for each in sellers if each.code == asked.text("entity")), None),
        customer_id=narrowed(asked, "customer"),
        account_id=narrowed(asked, "account"),
        received_from=asked.date("since"),
        received_to=until + dt.timedelta(days=1) if until else None,
    )


def _empty(*, may_record: bool) -> Empty:
    action = (_("Record a payment"), reverse("desk:new_payment")) if may_record else ("", "")
    return Empty(
        _("No payment yet"), _("Record what was received; it settles the oldest invoices first."), *action
    )


routes = [
    Route(
        "payments",
        "payments",
        payments,
        menu=Menu(Section.COLLECT, gettext_lazy("Payments")),
        table=_table,
    ),
    Route("payments/new", "new_payment", new_payment, "record_payment", FORM),
]
