"""The chart of accounts, and what is posted where."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk import states
from encaisse.desk.fields import DayField
from encaisse.desk.forms import Form
from encaisse.desk.pages import country_chart
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Menu, Route, Section
from encaisse.kernel.errors import DomainError
from encaisse.kernel.scope import Scope
from encaisse.ledger import operations
from encaisse.ledger.queries import chart as queries
from encaisse.ledger.queries.chart import AccountRow, Change, Posted
from encaisse.ledger.rules import CLASSES
from encaisse.ui import formats, settings_words, words
from encaisse.ui.lists import Column, Kind, Table
from encaisse.ui.shapes import Crumb, Status, Tone, Value, Words

POSTED: Final[Mapping[str, Words]] = {
    **settings_words.POSTED,
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


class MappingForm(Form):
    """Another account for something, from a day on."""

    code = forms.CharField(label=gettext_lazy("Account"), max_length=10)
    since = DayField(
        label=gettext_lazy("From the documents of"),
        help_text=gettext_lazy("What is posted already stays where it is."),
    )

    def __init__(self, scope: Scope, found: Posted, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        fitting = [
            (row.code, f"{row.code} · {_called(row)}")
            for row in queries.chart(scope)
            if row.code.startswith(CLASSES[found.kind]) and not row.is_closed
        ]
        self.fields["code"] = forms.ChoiceField(
            label=_("Account"),
            help_text=_(
                "Open accounts that begin with %(classes)s. Another one is opened in the chart first."
            )
            % {"classes": ", ".join(CLASSES[found.kind])},
            choices=fitting,
        )
        self.order_fields(["code", "since"])


def chart(request: ScopedRequest) -> HttpResponse:
    """Every account, everything that posts, and what has no account yet."""
    rows = queries.mappings(request.scope)
    missing = [row for row in rows if not row.is_there]
    told = {
        "accounts": _accounts(request),
        "mappings": _mappings(rows),
        "missing": sorted({r.account for r in missing}),
        "countries": [*country_chart.tables(request.scope)],
    }
    return render(request, "desk/chart.html", told)


def account(request: ScopedRequest) -> HttpResponse:
    """One account more, or other names for one."""
    asked = request.GET.get("code", "")
    known = next((row for row in queries.chart(request.scope) if row.code == asked), None)
    initial = {"code": asked} | ({"name_fr": known.name_fr, "name_en": known.name_en} if known else {})
    form = AccountForm(request.POST or None, initial=initial)
    form.fields["code"].disabled = known is not None
    if form.sent(lambda **told: operations.save_account(request.scope, told.pop("code"), **told)):
        messages.success(request, _("Saved."))
        return redirect("desk:chart")
    uses = [row for row in queries.mappings(request.scope) if known and row.account == known.code]
    shown = {"form": form, "known": known, "uses": _mappings(tuple(uses)), "crumbs": _crumbs(_("Account"))}
    return render(request, "desk/chart_account.html", shown)


def close(request: ScopedRequest) -> HttpResponse:
    """Let the account take no posting any more, or again."""
    code = request.POST.get("code", "")
    act = operations.reopen_account if "reopen" in request.POST else operations.close_account
    try:
        act(request.scope, code)
    except DomainError as error:
        if error.status in {403, 404}:
            raise
        messages.error(request, words.refusal(error))
    return redirect(f"{reverse('desk:chart_account')}?{urlencode({'code': code})}")


def mapping(request: ScopedRequest) -> HttpResponse:
    """Where something is posted, since when, and another account for it."""
    kind, _mark, name = request.GET.get("of", "").partition(":")
    found = queries.mapping(request.scope, kind, name)
    issued = queries.issued_until()
    initial = {"code": found.account, "since": operations.first_day(kind)}
    form = MappingForm(request.scope, found, request.POST or None, initial=initial)
    if form.sent(lambda **told: operations.change_mapping(request.scope, kind, name, **told)):
        messages.success(request, _("It is posted there from that day on."))
        return redirect("desk:chart")
    shown = {
        "form": form,
        "found": found,
        "title": " · ".join(filter(None, (str(POSTED[kind]), str(_which(found))))),
        "issued": issued if kind != "method" else None,
        "changes": _changes(queries.changes(request.scope, kind, name)),
        "crumbs": _crumbs(POSTED[kind]),
    }
    return render(request, "desk/chart_mapping.html", shown)


def _crumbs(here: Words) -> tuple[Crumb, ...]:
    return (Crumb(_("Chart of accounts"), reverse("desk:chart")), Crumb(here))


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
        Column(
            "kind",
            _("What"),
            show=lambda row: POSTED[row.kind],
            link=lambda row: "" if row.name else _mapping_page(row),
        ),
        Column("name", _("Which"), show=_which, link=lambda row: _mapping_page(row) if row.name else ""),
        Column("account", _("Posted to"), Kind.CODE),
        Column("next_account", _("Posted later to"), show=_then),
        Column("is_there", _("State"), Kind.STATUS, show=_there),
    )
    return Table(columns, rows, name="mappings", caption=_("What is posted where"))


def _changes(rows: tuple[Change, ...]) -> Table:
    columns = (
        Column("account", _("Posted to"), Kind.CODE),
        Column("valid_from", _("From the documents of"), Kind.DATE),
        Column("recorded_at", _("Said on"), Kind.INSTANT),
        Column("actor_label", _("Who")),
    )
    return Table(columns, rows, name="changes", caption=_("What it was posted to"))


def _page(row: AccountRow) -> str:
    return f"{reverse('desk:chart_account')}?{urlencode({'code': row.code})}"


def _mapping_page(row: Posted) -> str:
    if row.kind not in CLASSES:
        return ""
    return f"{reverse('desk:chart_mapping')}?{urlencode({'of': f'{row.kind}:{row.name}'})}"


def _called(row: AccountRow) -> str:
    return row.name_fr if formats.in_french() else row.name_en


def _which(row: Posted) -> Words:
    return states.METHODS[row.name] if row.kind == "method" else row.title


def _then(row: Posted) -> Value:
    if row.next_from is None:
        return None
    return _("%(account)s from %(day)s") % {
        "account": row.next_account, "day": formats.date(row.next_from)
    }  # fmt: skip


def _state(row: AccountRow) -> Status:
    if row.is_closed:
        return Status(_("Closed"), Tone.CLOSED)
    return Status(_("In use"), Tone.GOOD) if row.is_used else Status(_("Nothing posted yet"), Tone.DRAFT)


def _there(row: Posted) -> Status:
    return Status(_("In the chart"), Tone.GOOD) if row.is_there else Status(_("Not in the chart"), Tone.BAD)


routes = [
    Route(
        "chart", "chart", chart, "configure", menu=Menu(Section.SETTINGS, gettext_lazy("Chart of accounts"))
    ),
    Route("chart/account", "chart_account", account, "configure", FORM),
    Route("chart/close", "close_account", close, "configure", BUTTON),
    Route("chart/mapping", "chart_mapping", mapping, "configure", FORM),
]
