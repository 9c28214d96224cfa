"""The chart of accounts, and what is posted where."""

from collections.abc import Mapping
from typing import Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk.forms import Form
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Menu, Route, Section
from encaisse.ledger import operations
from encaisse.ledger.queries import chart as queries
from encaisse.ledger.queries.chart import AccountRow, Posted
from encaisse.ui import words
from encaisse.ui.lists import Column, Kind, Table
from encaisse.ui.shapes import Crumb, Status, Tone, Words

POSTED: Final[Mapping[str, Words]] = {
    "receivable": gettext_lazy("What customers owe"),
    "waiting": gettext_lazy("VAT that waits for payment"),
    "method": gettext_lazy("Payment method"),
    "tax": gettext_lazy("Tax"),
    "product": gettext_lazy("Product"),
}


class AccountForm(Form):
    """An account: its code and its names."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Digits of the plan comptable général. One that exists is renamed."),
        max_length=10,
    )
    name_fr = forms.CharField(label=gettext_lazy("Name in French"), max_length=200)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200)


def chart(request: ScopedRequest) -> HttpResponse:
    """Every account, everything that posts, and what has no account yet."""
    rows = queries.mappings(request.scope)
    missing = [row for row in rows if not row.is_there]
    told = {
        "accounts": _accounts(request),
        "mappings": _mappings(rows),
        "missing": sorted({r.account for r in missing}),
    }
    return render(request, "desk/chart.html", told)


def account(request: ScopedRequest) -> HttpResponse:
    """One account more, or other names for one."""
    asked = request.GET.get("code", "")
    known = next((row for row in queries.chart(request.scope) if row.code == asked), None)
    initial = {"code": asked} | ({"name_fr": known.name_fr, "name_en": known.name_en} if known else {})
    form = AccountForm(request.POST or None, initial=initial)
    if form.sent(lambda **told: operations.save_account(request.scope, told.pop("code"), **told)):
        messages.success(request, _("Saved."))
        return redirect("desk:chart")
    crumbs = (Crumb(_("Chart of accounts"), reverse("desk:chart")), Crumb(_("Account")))
    return render(request, "desk/chart_account.html", {"form": form, "crumbs": crumbs})


def _accounts(request: ScopedRequest) -> Table:
    columns = (
        Column("code", _("Account"), Kind.CODE, link=_page),
        Column("name_fr", _("Name in French")),
        Column("name_en", _("Name in English")),
        Column("is_used", _("State"), Kind.STATUS, show=_state),
    )
    return Table(columns, queries.chart(request.scope), name="chart", caption=_("Accounts"))


def _mappings(rows: tuple[Posted, ...]) -> Table:
    columns = (
        Column("kind", _("What"), show=lambda row: POSTED[row.kind]),
        Column("name", _("Which"), show=_which),
        Column("account", _("Posted to"), Kind.CODE),
        Column("is_there", _("State"), Kind.STATUS, show=_there),
    )
    return Table(columns, rows, name="mappings", caption=_("What is posted where"))


def _page(row: AccountRow) -> str:
    return f"{reverse('desk:chart_account')}?code={row.code}"


def _which(row: Posted) -> Words:
    return words.PAYMENT_METHODS.get(row.name, row.name) if row.kind == "method" else row.name


def _state(row: AccountRow) -> Status:
    return Status(_("In use"), Tone.GOOD) if row.is_used else Status(_("Nothing posted yet"), Tone.DRAFT)


def _there(row: Posted) -> Status:
    return Status(_("In the chart"), Tone.GOOD) if row.is_there else Status(_("Not in the chart"), Tone.BAD)


routes = [
    Route(
        "chart", "chart", chart, "configure", menu=Menu(Section.SETTINGS, gettext_lazy("Chart of accounts"))
    ),
    Route("chart/account", "chart_account", account, "configure", FORM),
]
