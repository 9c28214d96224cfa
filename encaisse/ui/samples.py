"""What `/style` shows: one example of each shape, made of nothing but words and numbers."""

import datetime as dt
from collections.abc import Mapping
from operator import attrgetter
from typing import Any, NamedTuple

from django import forms
from django.templatetags.static import static
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.ui.fields import DayField, ExactField
from encaisse.ui.lists import Asked, Column, Empty, Filter, Kind, Listing, Sort, Table
from encaisse.ui.shapes import (
    Band,
    Crumb,
    Entry,
    Fact,
    Figure,
    Moment,
    Money,
    Section,
    Sheet,
    Status,
    Step,
    Tab,
    Tone,
)

DAY = dt.date(2025, 11, 21)
NOON = dt.datetime(2025, 11, 21, 12, 5, tzinfo=dt.UTC)


class SampleRow(NamedTuple):
    """One invoice of the sample list."""

    number: str
    customer: str
    issue_date: dt.date
    due_date: dt.date
    state: str
    gross_minor: int
    open_minor: int
    currency: str


ROWS = (
    SampleRow("F2025-000412", "Ateliers du Pont", DAY, dt.date(2025, 12, 31), "issued", 33499, 33499, "EUR"),
    SampleRow("F2025-000411", "Librairie Éphémère", DAY, DAY, "late", 1234550, 234550, "EUR"),
    SampleRow("F2025-000410", "Koffi & Filles", DAY, dt.date(2025, 12, 21), "suspect", 78500, 78500, "XOF"),
    SampleRow("A2025-000031", "Ateliers du Pont", DAY, DAY, "settled", -33499, 0, "EUR"),
    SampleRow("F2025-000409", "Medina Logistique", DAY, DAY, "draft", 1250250, 1250250, "TND"),
    SampleRow("F2025-000408", "Grand Hôtel de la Gare", DAY, DAY, "cancelled", 9600, 0, "EUR"),
)


class SampleForm(forms.Form):
    """One field of each sort."""

    name = forms.CharField(
        label=gettext_lazy("Legal name"), help_text=gettext_lazy("As written in the trade register.")
    )
    amount = ExactField(label=gettext_lazy("Credit limit"), required=False)
    since = DayField(label=gettext_lazy("Customer since"), required=False)
    terms = forms.ChoiceField(
        label=gettext_lazy("Payment terms"),
        choices=[("30", gettext_lazy("30 days")), ("45", gettext_lazy("45 days, end of month"))],
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("How invoices leave"),
        help_text=gettext_lazy("The customer can change it in the portal."),
        widget=forms.RadioSelect,
        choices=[("email", gettext_lazy("By e-mail")), ("letter", gettext_lazy("By letter"))],
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, widget=forms.Textarea)
    reminders = forms.BooleanField(
        label=gettext_lazy("Send reminders"),
        required=False,
        help_text=gettext_lazy("Nothing is sent before the first due date."),
    )


def states() -> dict[str, Status]:
    """The states of the sample list: a word, a tone, hence a colour and a shape."""
    return {
        "draft": Status(_("Draft"), Tone.DRAFT),
        "issued": Status(_("Issued"), Tone.ACTIVE),
        "settled": Status(_("Settled"), Tone.GOOD),
        "suspect": Status(_("To be checked"), Tone.WARN),
        "late": Status(_("Late by 12 days"), Tone.BAD),
        "cancelled": Status(_("Cancelled"), Tone.CLOSED),
    }


def listing() -> Listing:
    """The sample list: what it shows, what it can be asked."""
    words = states()
    return Listing(
        columns=(
            Column("number", _("Number"), Kind.CODE, sortable=True, link=lambda row: f"#{row.number}"),
            Column("customer", _("Customer"), sortable=True),
            Column("issue_date", _("Issued on"), Kind.DATE, sortable=True),
            Column("due_date", _("Due on"), Kind.DATE, sortable=True),
            Column("state", _("State"), Kind.STATUS, show=lambda row: words[row.state]),
            Column("gross_minor", _("Total"), Kind.MONEY, sortable=True),
            Column("open_minor", _("Outstanding"), Kind.MONEY),
        ),
        filters=(
            Filter("q", _("Search")),
            Filter("state", _("State"), tuple((name, state.label) for name, state in words.items())),
            Filter("since", _("Issued since"), kind=Kind.DATE),
        ),
        sort=Sort("number", descending=True),
        size=6,
    )


def found(asked: Asked) -> list[SampleRow]:
    """The sample rows that an address asks for, as a query would return them."""
    rows = [
        row
        for row in ROWS
        if asked.text("q").lower() in f"{row.number} {row.customer}".lower()
        and asked.text("state") in ("", row.state)
        and row.issue_date >= (asked.date("since") or DAY)
    ]
    if order := asked.sort:
        rows.sort(key=attrgetter(order.key), reverse=order.descending)
    return rows


def page(address: Mapping[str, str]) -> dict[str, Any]:
    """Everything that the template of `/style` shows."""
    refused = SampleForm({"refused-amount": "12 euros", "refused-terms": "45"}, prefix="refused")
    return {
        "navigation": navigation(),
        "crumbs": (Crumb(_("Design"), "/style"), Crumb(_("Components"))),
        "tokens": ("paper", "sheet", "sunk", "line", "edge", "muted", "ink", "accent", "good", "warn", "bad"),
        "themes": ("light", "dark"),
        "states": list(states().values()),
        "day": DAY,
        "next_month": dt.date(2025, 12, 1),
        "noon": NOON,
        "plain_form": SampleForm(initial={"name": "Ateliers du Pont", "channel": "email"}),
        "refused_form": refused,
        **tables(address),
        **told(),
    }


def tables(address: Mapping[str, str]) -> dict[str, Any]:
    """A full list, a table of lines, a list to choose from, and an empty list."""
    sample = listing()
    asked = sample.asked(address)
    rows = found(asked)
    total = 1234 if len(rows) == len(ROWS) else len(rows)
    lines = (sample.columns[1], sample.columns[3], sample.columns[5])
    euros = [row for row in ROWS if row.currency == "EUR"]
    summed = Money(sum(row.gross_minor for row in euros), "EUR")
    return {
        "full": sample.table(asked, rows, total=total, caption=_("Invoices"), name="invoices"),
        "lines": Table(lines, euros, name="lines", caption=_("Lines"), totals={"gross_minor": summed}),
        "chosen": Table(sample.columns[:3], ROWS[:2], name="chosen", caption=_("Choose"), select="number"),
        "none": Table(sample.columns, (), name="none", empty=_empty()),
    }


def told() -> dict[str, Any]:
    """Facts, figures, tabs, events, steps and bands."""
    return {
        "facts": (
            Fact(_("Customer"), "Ateliers du Pont", "#facts", _("12, quai des Brumes, 29200 Brest")),
            Fact(_("Issued on"), DAY),
            Fact(_("Due on"), dt.date(2025, 12, 31), note=_("45 days, end of month")),
            Fact(_("Total"), Money(33499, "EUR")),
            Fact(_("State"), Status(_("Issued"), Tone.ACTIVE)),
            Fact(_("Purchase order"), None),
        ),
        "figures": (
            Figure(_("Outstanding"), Money(184250075, "EUR"), "#figures", _("1,204 invoices")),
            Figure(
                _("Overdue"), Money(2312040, "EUR"), "#figures", _("31 invoices, up to 94 days"), Tone.BAD
            ),
            Figure(_("Received this month"), Money(97310000, "EUR"), "#figures", _("61 % of what fell due")),
            Figure(_("Books"), _("In balance"), "#figures", _("checked at 06:00"), Tone.GOOD),
        ),
        "view_tabs": (
            Tab(_("Invoice"), "#tabs", current=True),
            Tab(_("Lines"), "#lines", count=4),
            Tab(_("Exceptions"), "#none", count=0),
        ),
        "moments": _moments(),
        "run_steps": (
            Step(_("Rating"), Tone.GOOD, 20000, 20000),
            Step(_("Drafting"), Tone.WARN, 19996, 20000, _("4 accounts set aside, with their reasons")),
            Step(_("Review"), Tone.ACTIVE, 8200, 19996),
            Step(_("Issuing"), Tone.DRAFT),
        ),
        "sheets": (Sheet(static("ui/sample.svg"), 210, 297),),
        "bands": (
            Band(_("Not due yet"), 161938035, "#aging"),
            Band(_("1 to 30 days"), 14120040, "#aging"),
            Band(_("31 to 60 days"), 5260000, "#aging"),
            Band(_("61 to 90 days"), 2431000, "#aging"),
            Band(_("Over 90 days"), 501000, "#aging"),
        ),
    }


def navigation() -> tuple[Section, ...]:
    """The navigation as the desk would give it; a section without pages stays hidden."""
    return (
        Section(_("Bill"), (Entry(_("Invoices"), "#lists", current=True), Entry(_("Runs"), "#steps"))),
        Section(_("Send"), (Entry(_("Deliveries"), "#timeline"),)),
        Section(_("Collect"), (Entry(_("Payments"), "#figures"), Entry(_("To allocate"), "#choosing"))),
        Section(_("Remind"), ()),
        Section(_("Follow"), (Entry(_("Customers"), "#facts"), Entry(_("Contracts"), "#tabs"))),
        Section(_("Accounts"), (Entry(_("Ledger"), "#lines"), Entry(_("Proofs"), "#alerts"))),
        Section(_("Settings"), (Entry(_("Users"), "#forms"),)),
    )


def _moments() -> tuple[Moment, ...]:
    hour = dt.timedelta(hours=1)
    return (
        Moment(NOON, _("Payment received"), _("Statement of 21 November"), url="#timeline", tone=Tone.GOOD),
        Moment(NOON - hour, _("E-mail refused by the customer's server"), tone=Tone.BAD),
        Moment(NOON - 2 * hour, _("Sent by e-mail"), _("Delivery"), detail="compta@pont.example"),
        Moment(NOON - 3 * hour, _("Issued under number F2025-000412"), _("Billing run of November")),
    )


def _empty() -> Empty:
    return Empty(
        _("No billing run yet"),
        _("A run turns what is owed into invoices. Nothing is issued before you have reviewed it."),
        _("Prepare a run"),
        "#lists",
    )
