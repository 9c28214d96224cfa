"""Billing cycles: who is billed together, on which days, and whether that begins by itself."""

import datetime as dt
from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import dateformat
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from encaisse.billing.operations import cycles as operations
from encaisse.billing.operations.cycles import CycleFacts
from encaisse.billing.queries import cycles as queries
from encaisse.billing.queries.choices import accounts_named
from encaisse.billing.queries.cycles import CycleRow, MemberRow
from encaisse.desk.fields import DayField, today
from encaisse.desk.forms import Form
from encaisse.desk.lists import files, window
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Menu, Route, Section
from encaisse.desk.selections import named
from encaisse.flows import run_cycle, tasks
from encaisse.kernel.references import key_of
from encaisse.kernel.scope import Scope
from encaisse.party import queries as party
from encaisse.ui import formats
from encaisse.ui.judgement_words import ACTIONS
from encaisse.ui.lists import Column, Empty, Kind, Listing, Table
from encaisse.ui.shapes import Crumb, Fact, Words

UNITS: Final[dict[str, Words]] = {
    "week": gettext_lazy("Weeks"),
    "month": gettext_lazy("Months"),
    "year": gettext_lazy("Years"),
}
STARTS: Final[dict[str, Words]] = {
    "by_hand": gettext_lazy("Nothing: somebody begins each run"),
    "draft": gettext_lazy("A run begins and waits for its review"),
    "issue": gettext_lazy("A run begins and is issued without review"),
}


class CycleForm(Form):
    """What a cycle is."""

    code = forms.SlugField(label=gettext_lazy("Code"), max_length=30)
    name_fr = forms.CharField(label=gettext_lazy("Name in French"), max_length=100)
    name_en = forms.CharField(label=gettext_lazy("Name in English"), max_length=100)
    unit_count = forms.IntegerField(label=gettext_lazy("Every"), min_value=1, max_value=99, initial=1)
    unit = forms.ChoiceField(label=gettext_lazy("Unit"), choices=list(UNITS.items()), initial="month")
    first_day = DayField(
        label=gettext_lazy("First day"),
        help_text=gettext_lazy(
            "The following ones keep its day of the month, or of the week: after 31 January comes 28 February."
        ),
    )
    until_days = forms.IntegerField(
        label=gettext_lazy("Bill what is due until"),
        help_text=gettext_lazy("Days after the day of the cycle; before it with a minus sign."),
        min_value=-366,
        max_value=366,
        initial=0,
    )
    issue_days = forms.IntegerField(
        label=gettext_lazy("Date of the invoices"),
        help_text=gettext_lazy("Days after the day of the cycle."),
        min_value=-366,
        max_value=366,
        initial=0,
    )
    start = forms.ChoiceField(
        label=gettext_lazy("On that day, by itself"),
        choices=list(STARTS.items()),
        widget=forms.RadioSelect,
        initial="by_hand",
    )
    legal_entity_id = forms.TypedChoiceField(
        label=gettext_lazy("Legal entity"), required=False, coerce=int, empty_value=None
    )
    on_suspect = forms.ChoiceField(
        label=gettext_lazy("Suspect drafts"),
        help_text=gettext_lazy("What becomes of what validation rules catch, once a run is issued."),
        choices=list(ACTIONS.items()),
        initial="quarantine",
    )
    on_reject = forms.ChoiceField(
        label=gettext_lazy("Rejected drafts"), choices=list(ACTIONS.items()), initial="quarantine"
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        sees_all = scope.sees_everything
        every = [("", _("All of them"))] if sees_all else []
        self.fields["legal_entity_id"].required = not sees_all
        self.fields["legal_entity_id"].choices = [  # type: ignore[attr-defined]
            *every, *((each.id, each.name) for each in party.whole_entities(scope)),
        ]  # fmt: skip


class Joining(Form):
    """Who joins a cycle."""

    references = forms.CharField(
        label=gettext_lazy("Accounts or customers"),
        help_text=gettext_lazy(
            "Their references, one a line; a customer's stands for each of its billing accounts."
        ),
        widget=forms.Textarea(attrs={"rows": 6}),
        max_length=100_000,
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.scope = scope

    def clean_references(self) -> list[int]:
        """The accounts; every reference that names nothing is said."""
        lines = [line.strip() for line in self.cleaned_data["references"].splitlines() if line.strip()]
        found, strange = accounts_named(self.scope, lines)
        if strange:
            text = _("No account or customer has the reference %(references)s.")
            raise forms.ValidationError(text % {"references": ", ".join(strange[:10])})
        return found


def rhythm(row: CycleRow) -> str:
    """How often, in words."""
    spoken = {
        "week": ngettext("Every week", "Every %(n)s weeks", row.unit_count),
        "month": ngettext("Every month", "Every %(n)s months", row.unit_count),
        "year": ngettext("Every year", "Every %(n)s years", row.unit_count),
    }[row.unit]
    day = {
        "week": dateformat.format(row.first_day, "l"),
        "month": _("on day %(day)s") % {"day": formats.day_of_month(row.first_day)},
        "year": dateformat.format(row.first_day, "j F"),
    }[row.unit]
    return f"{spoken % {'n': row.unit_count}}, {day}"


def cycles(request: ScopedRequest) -> HttpResponse:
    """Every cycle, by its next day."""
    page = {"table": _table(request.scope, request.GET), "may_bill": request.scope.may("bill")}
    return render(request, "desk/cycles.html", page)


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    columns = (
        Column("name", _("Billing cycle"), show=_name, link=_page),
        Column("rhythm", _("Rhythm"), show=rhythm),
        Column("next_day", _("Next day"), Kind.DATE),
        Column("accounts", _("Accounts"), Kind.NUMBER, link=_page),
        Column("start", _("By itself"), show=lambda row: STARTS[row.start]),
        Column("entity", _("Legal entity"), show=lambda row: row.entity or _("All of them")),
    )
    action = (_("Make a cycle"), reverse("desk:new_cycle")) if scope.may("bill") else ("", "")
    text = _("A cycle gathers accounts that are billed on the same days, such as the first of each month.")
    listing = Listing(columns)
    asked = listing.asked(address, size)
    shown = {"caption": _("Billing cycles"), "empty": Empty(_("No billing cycle yet"), text, *action)}
    rows = queries.cycles(scope)
    return listing.table(asked, rows, name="cycles", export_url=files("cycles", asked), **shown)


def new_cycle(request: ScopedRequest) -> HttpResponse:
    """Make a cycle."""
    day = today(request.scope)
    form = CycleForm(request.scope, request.POST or None, initial={"first_day": day})
    actor = request.scope.actor
    if form.sent(lambda **said: operations.define(CycleFacts(**said), today=day, actor=actor)):
        return redirect("desk:cycle", form.outcome)
    crumbs = (Crumb(_("Billing cycles"), reverse("desk:cycles")), Crumb(_("New cycle")))
    return render(request, "desk/cycle_form.html", {"form": form, "crumbs": crumbs, "title": _("New cycle")})


def cycle(request: ScopedRequest, cycle_id: int) -> HttpResponse:
    """One cycle: its days, its accounts, and the next run."""
    found = queries.cycle(request.scope, cycle_id)
    may_bill = request.scope.may("bill")
    page = {
        "cycle": found,
        "title": _name(found),
        "facts": _facts(found),
        "table": _members(request.scope, request.GET, cycle_id=cycle_id),
        "may_bill": may_bill,
        "joining": Joining(request.scope),
        "crumbs": _crumbs(found),
    }
    return render(request, "desk/cycle.html", page)


def _members(scope: Scope, address: Mapping[str, str], size: int = 0, *, cycle_id: int) -> Table:
    listing = Listing(
        columns=(
            Column("reference", _("Billing account"), Kind.CODE, link=_account),
            Column("customer", _("Customer"), link=_customer),
            Column("entity", _("Legal entity")),
        )
    )
    asked = listing.asked(address, size)
    seen = queries.members(scope, cycle_id, window=window(asked))
    empty = Empty(
        _("No account yet"), _("Add accounts or whole customers to this cycle by their references.")
    )
    shown: dict[str, Any] = {"name": "members", "caption": _("Accounts"), "empty": empty}
    if scope.may("bill"):
        shown |= {"select": "public", "form": "leave"}
    return listing.table(
        asked, seen.rows, total=seen.total, export_url=files("cycle", asked, cycle_id), **shown
    )


def change_cycle(request: ScopedRequest, cycle_id: int) -> HttpResponse:
    """Say otherwise what a cycle is."""
    found = queries.cycle(request.scope, cycle_id)
    initial = {name: getattr(found, name) for name in CycleFacts._fields}
    form = CycleForm(request.scope, request.POST or None, initial=initial)

    def change(**said: Any) -> None:
        day, actor = today(request.scope), request.scope.actor
        operations.change(cycle_id, CycleFacts(**said), today=day, actor=actor)

    if form.sent(change):
        return redirect("desk:cycle", cycle_id)
    crumbs = (*_crumbs(found)[:1], Crumb(_name(found), _page(found)), Crumb(_("Change")))
    return render(request, "desk/cycle_form.html", {"form": form, "crumbs": crumbs, "title": _name(found)})


def join_cycle(request: ScopedRequest, cycle_id: int) -> HttpResponse:
    """Bill accounts in this cycle from now on."""
    found = queries.cycle(request.scope, cycle_id)
    form = Joining(request.scope, request.POST or None)
    actor = request.scope.actor
    if form.sent(lambda references: operations.join(cycle_id, references, actor=actor)):
        text = ngettext("%(n)s account joined the cycle.", "%(n)s accounts joined the cycle.", form.outcome)
        messages.success(request, text % {"n": formats.number(form.outcome)})
        return redirect("desk:cycle", cycle_id)
    crumbs = (*_crumbs(found)[:1], Crumb(_name(found), _page(found)), Crumb(_("Add accounts")))
    return render(request, "desk/cycle_form.html", {"form": form, "crumbs": crumbs, "title": _name(found)})


def leave_cycle(request: ScopedRequest, cycle_id: int) -> HttpResponse:
    """Take the accounts chosen out of the cycle."""
    queries.cycle(request.scope, cycle_id)
    chosen = [key_of("ba", reference) for reference in request.POST.getlist("public")]
    gone = operations.leave(cycle_id, chosen, actor=request.scope.actor)
    text = ngettext("%(n)s account left the cycle.", "%(n)s accounts left the cycle.", gone)
    messages.success(request, text % {"n": formats.number(gone)})
    return redirect("desk:cycle", cycle_id)


def start_cycle(request: ScopedRequest, cycle_id: int) -> HttpResponse:
    """Begin the run of the cycle's next day."""
    run_id = run_cycle.start_cycle(request.scope, cycle_id)
    tasks.draft_run_later(run_id, actor=request.scope.actor)
    return redirect("desk:run", run_id)


def end_cycle(request: ScopedRequest, cycle_id: int) -> HttpResponse:
    """Let no run of the cycle begin any more."""
    found = queries.cycle(request.scope, cycle_id)
    operations.end(cycle_id, actor=request.scope.actor)
    messages.success(request, _("The cycle %(name)s is ended.") % {"name": _name(found)})
    return redirect("desk:cycles")


def _name(row: CycleRow) -> str:
    return named((row.name_fr, row.name_en))


def _page(row: CycleRow) -> str:
    return reverse("desk:cycle", args=[row.id])


def _account(row: MemberRow) -> str:
    return reverse("desk:account", args=[row.id])


def _customer(row: MemberRow) -> str:
    return reverse("desk:customer", args=[row.customer_id])


def _crumbs(row: CycleRow) -> tuple[Crumb, ...]:
    return (Crumb(_("Billing cycles"), reverse("desk:cycles")), Crumb(_name(row)))


def _facts(row: CycleRow) -> tuple[Fact, ...]:
    until = row.next_day + dt.timedelta(days=row.until_days)
    return (
        Fact(_("Code"), row.code),
        Fact(_("Rhythm"), rhythm(row)),
        Fact(_("Next day"), row.next_day if row.is_active else _("Ended")),
        Fact(_("Bills until"), until),
        Fact(_("Date of the invoices"), row.next_day + dt.timedelta(days=row.issue_days)),
        Fact(_("By itself"), STARTS[row.start]),
        Fact(_("Suspect drafts"), ACTIONS[row.on_suspect]),
        Fact(_("Rejected drafts"), ACTIONS[row.on_reject]),
        Fact(_("Legal entity"), row.entity or _("All of them")),
        Fact(_("Accounts"), row.accounts),
    )


routes = [
    Route("cycles", "cycles", cycles, menu=Menu(Section.BILL, gettext_lazy("Billing cycles")), table=_table),
    Route("cycles/new", "new_cycle", new_cycle, "bill", FORM),
    Route("cycles/<cyc:cycle_id>", "cycle", cycle, table=_members),
    Route("cycles/<cyc:cycle_id>/change", "change_cycle", change_cycle, "bill", FORM),
    Route("cycles/<cyc:cycle_id>/join", "join_cycle", join_cycle, "bill", FORM),
    Route("cycles/<cyc:cycle_id>/leave", "leave_cycle", leave_cycle, "bill", BUTTON),
    Route("cycles/<cyc:cycle_id>/start", "start_cycle", start_cycle, "bill", BUTTON),
    Route("cycles/<cyc:cycle_id>/end", "end_cycle", end_cycle, "bill", BUTTON),
]
