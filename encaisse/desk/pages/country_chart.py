"""The chart of a country: under which of its accounts the books of an entity there show each account."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk.forms import Form
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Route
from encaisse.kernel.scope import Scope
from encaisse.ledger import operations
from encaisse.ledger.queries import countries as queries
from encaisse.ledger.queries.countries import CountryRow
from encaisse.ui import words
from encaisse.ui.lists import Column, Kind, Table
from encaisse.ui.shapes import Crumb


class CountryAccountForm(Form):
    """What accounts begin with, and what the country calls them."""

    listed = forms.CharField(
        label=gettext_lazy("Accounts that begin with"),
        help_text=gettext_lazy("Of the chart that everything is posted by; the longest beginning wins."),
        max_length=10,
    )
    code = forms.CharField(label=gettext_lazy("Account in the country"), max_length=10)
    name_fr = forms.CharField(label=gettext_lazy("Name in French"), max_length=200)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=200)


def country_account(request: ScopedRequest) -> HttpResponse:
    """Say under which account of the country something is shown, past entries too."""
    chart, _mark, listed = request.GET.get("of", "").partition(":")
    known = next(
        (row for row in queries.country_accounts(request.scope, chart) if row.listed == listed), None
    )
    initial = known._asdict() if known else {"listed": listed}
    form = CountryAccountForm(request.POST or None, initial=initial)
    form.fields["listed"].disabled = known is not None
    if form.sent(lambda **told: operations.save_country_account(request.scope, CountryRow(chart, **told))):
        messages.success(request, _("Saved."))
        return redirect("desk:chart")
    crumbs = (Crumb(_("Chart of accounts"), reverse("desk:chart")), Crumb(words.country(chart)))
    return render(request, "desk/country_account.html", {"form": form, "known": known, "crumbs": crumbs})


def tables(scope: Scope) -> Iterator[tuple[str, Table, str]]:
    """Of each country in use: its name, its accounts, and where another one is told."""
    columns = (
        Column("listed", _("Posted to"), Kind.CODE, link=lambda row: _page(row.chart, row.listed)),
        Column("code", _("Account in the country"), Kind.CODE),
        Column("name_fr", _("Name in French")),
        Column("name_en", _("Name in English")),
    )
    for chart in queries.charts_in_use(scope):
        name = words.country(chart)
        caption = _("Accounts in the books of %(country)s") % {"country": name}
        rows = queries.country_accounts(scope, chart)
        yield name, Table(columns, rows, name=f"chart_{chart}", caption=caption), _page(chart, "")


def _page(chart: str, listed: str) -> str:
    return f"{reverse('desk:country_account')}?{urlencode({'of': f'{chart}:{listed}'})}"


routes = [Route("chart/country", "country_account", country_account, "configure", FORM)]
