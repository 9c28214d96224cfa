"""Discounts of whole documents: a section of an account's page, and the forms that grant and end one."""

import datetime as dt
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.billing.operations.discounts import end, grant
from encaisse.billing.queries.discounts import DiscountRow, discounts
from encaisse.desk.fields import AmountField, DayField, today
from encaisse.desk.forms import Form
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Route
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.party.queries import AccountRow
from encaisse.ui import formats
from encaisse.ui.lists import Column, Empty, Kind, Table
from encaisse.ui.shapes import Crumb

DAY: Final = dt.timedelta(days=1)


class DiscountForm(Form):
    """What is taken off, why and when."""

    percent = AmountField(
        label=gettext_lazy("In %"),
        min_value=Decimal("0.0001"),
        max_value=Decimal(100),
        max_digits=7,
        decimal_places=4,
        required=False,
    )
    amount = AmountField(
        label=gettext_lazy("Or an amount without tax"),
        help_text=gettext_lazy("Off each document, never more than what it bills."),
        min_value=Decimal("0.01"),
        max_digits=14,
        decimal_places=2,
        required=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"), help_text=gettext_lazy("It is printed on the invoice."), max_length=100
    )
    since = DayField(label=gettext_lazy("From the invoices of"))
    until = DayField(label=gettext_lazy("To the invoices of"), required=False)

    def clean(self) -> dict[str, Any]:
        """The arguments of the operation: a percent or an amount, and the half-open period."""
        said = dict(super().clean() or self.cleaned_data)
        if (said.get("percent") is None) == (said.get("amount") is None) and not self.errors:
            self.add_error("percent", _("Give either a percentage or an amount."))
        since, until = said.pop("since", None), said.pop("until", None)
        return {**said, "period": (since, until + DAY if until else None)}


class EndForm(Form):
    """Its last day."""

    until = DayField(label=gettext_lazy("To the invoices of"))

    def clean(self) -> dict[str, Any]:
        """The day after, since ends are exclusive."""
        until = (super().clean() or self.cleaned_data).get("until")
        return {"valid_to": until + DAY} if until else {}


def section(scope: Scope, account_id: int) -> Table:
    """The discounts of one account, for its page; who may bill can end each."""
    columns = (
        Column("reason", _("Reason"), link=_page if scope.may("bill") else None),
        Column("off", _("Off each document"), show=_off),
        Column("valid_from", _("From"), Kind.DATE),
        Column("valid_to", _("To"), Kind.DATE, show=lambda row: row.valid_to and row.valid_to - DAY),
    )
    empty = Empty(_("No discount"), _("What is taken off each invoice of this account would stand here."))
    title, found = _("Discounts of whole documents"), discounts(scope, account_id)
    return Table(columns, found, name="discounts", caption=title, empty=empty)


def new_discount(request: ScopedRequest, account_id: int) -> HttpResponse:
    """Grant one."""
    found = party.account(request.scope, account_id).row
    form = DiscountForm(request.POST or None, initial={"since": today(request.scope)})
    if form.sent(lambda **said: grant(request.scope, account_id, **said)):
        messages.success(request, _("The discount is granted."))
        return redirect("desk:account", account_id)
    return _shown(request, found, form, _("New discount"))


def discount(request: ScopedRequest, account_id: int, discount_id: int) -> HttpResponse:
    """End one: documents dated later go without it."""
    found = party.account(request.scope, account_id).row
    row = next((each for each in discounts(request.scope, account_id) if each.id == discount_id), None)
    if row is None:
        raise NotFound(noun="discount")
    form = EndForm(request.POST or None, initial={"until": today(request.scope)})
    if form.sent(lambda **said: end(request.scope, discount_id, **said)):
        messages.success(request, _("The discount has its end."))
        return redirect("desk:account", account_id)
    return _shown(request, found, form, row.reason)


def _shown(request: ScopedRequest, account: AccountRow, form: Form, title: str) -> HttpResponse:
    address = reverse("desk:account", args=[account.id])
    crumbs = (
        Crumb(_("Customers"), reverse("desk:customers")),
        Crumb(account.reference, address),
        Crumb(title),
    )
    page = {"form": form, "crumbs": crumbs, "title": title, "back": address}
    return render(request, "desk/discount.html", page)


def _off(row: DiscountRow) -> str:
    if row.amount is not None:
        return formats.price(row.amount, row.currency)
    return formats.percent(row.percent or Decimal(0))


def _page(row: DiscountRow) -> str:
    return reverse("desk:discount", args=[row.account_id, row.id])


routes = [
    Route("accounts/<ba:account_id>/discounts/new", "new_discount", new_discount, "bill", FORM),
    Route("accounts/<ba:account_id>/discounts/<int:discount_id>", "discount", discount, "bill", FORM),
]
