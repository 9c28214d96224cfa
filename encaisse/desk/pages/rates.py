"""Exchange rates: those that hold today, those to come, and every record there ever was."""

from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.currency import operations, queries
from encaisse.currency.queries import RateRow
from encaisse.currency.rules import MOST_UNITS, RATE_DECIMALS, Told
from encaisse.desk import audit_words, exchanges
from encaisse.desk.fields import AmountField, DayField, today
from encaisse.desk.forms import Form
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import FORM, Menu, Route, Section
from encaisse.kernel.money import CURRENCIES
from encaisse.ui.lists import Column, Empty, Kind, Table
from encaisse.ui.shapes import Crumb

# So many records of one currency are a page; a program reads all of them.
SHOWN: Final = 100
_CHOICES: Final = [(each, each) for each in sorted(CURRENCIES)]


class RateForm(Form):
    """A rate as somebody reads it somewhere."""

    units = forms.IntegerField(
        label=gettext_lazy("Units"),
        help_text=gettext_lazy("Of how many units the rate is told: 1, or 100 or 1,000 of a small currency."),
        min_value=1,
        max_value=MOST_UNITS,
        initial=1,
    )
    base = forms.ChoiceField(label=gettext_lazy("Of this currency"), choices=_CHOICES, initial="EUR")
    rate = AmountField(
        label=gettext_lazy("Are worth"),
        help_text=gettext_lazy("With all its decimals, up to ten. Nothing is rounded before amounts are."),
        max_digits=20,
        decimal_places=RATE_DECIMALS,
    )
    quote = forms.ChoiceField(label=gettext_lazy("In this currency"), choices=_CHOICES, initial="MAD")
    valid_from = DayField(
        label=gettext_lazy("From"),
        help_text=gettext_lazy("Documents of this day and later are made at this rate, until a newer one."),
    )
    source = forms.CharField(
        label=gettext_lazy("Source"),
        help_text=gettext_lazy("Where it can be looked up: the central bank, your bank, a contract."),
        max_length=200,
    )


def rates(request: ScopedRequest) -> HttpResponse:
    """What holds today, what is to come, and the history of one currency or of all."""
    currency = request.GET.get("currency", "")
    day = today(request.scope)
    past = queries.rates(request.scope, currency=currency, limit=SHOWN + 1)
    none = Empty(
        _("No exchange rate yet"),
        _("An account billed in another currency than the books waits until one is recorded."),
    )
    coming = queries.coming(request.scope, day)
    told = {
        "current": _table(queries.current(request.scope, day), "current", _("In force today"), empty=none),
        "coming": _table(coming, "coming", _("To come")) if coming else None,
        "past": _table(past[:SHOWN], "past", _("Every record")),
        "more": len(past) > SHOWN,
        "currency": currency,
    }
    return render(request, "desk/rates.html", told)


def new_rate(request: ScopedRequest) -> HttpResponse:
    """One more rate: for a new day, or in the place of one that was wrong."""
    form = RateForm(request.POST or None, initial={"valid_from": today(request.scope)})
    if form.sent(lambda **told: operations.record_rate(request.scope, Told(**told))):
        messages.success(request, _("The rate counts for what is drafted from now on."))
        return redirect("desk:rates")
    crumbs = (Crumb(_("Exchange rates"), reverse("desk:rates")), Crumb(_("New rate")))
    return render(request, "desk/new_rate.html", {"form": form, "crumbs": crumbs})


def _table(rows: list[RateRow], name: str, caption: str, *, empty: Empty | None = None) -> Table:
    columns = (
        Column("rate", _("Rate"), show=exchanges.said, link=_history),
        Column("valid_from", _("From"), Kind.DATE),
        Column("source", _("Source")),
        Column("actor", _("Recorded by"), show=_who),
        Column("recorded_at", _("Recorded on"), Kind.INSTANT),
    )
    return Table(columns, rows, name=name, caption=caption, empty=empty)


def _history(row: RateRow) -> str:
    return f"{reverse('desk:rates')}?currency={row.quote}"


def _who(row: RateRow) -> Any:
    return row.actor or audit_words.ACTORS.get(row.actor_kind, row.actor_kind)


routes = [
    Route("rates", "rates", rates, "configure", menu=Menu(Section.SETTINGS, gettext_lazy("Exchange rates"))),
    Route("rates/new", "new_rate", new_rate, "configure", FORM),
]
