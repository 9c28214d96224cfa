"""VAT numbers of customers: which the register knows, which it does not, and which were not asked for yet."""

from collections.abc import Mapping
from typing import Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, Menu, Route, Section
from encaisse.flows.check_vat_numbers import check_again
from encaisse.insight.queries import vat_numbers as queries
from encaisse.insight.queries.vat_numbers import NumberRow, NumberState
from encaisse.ui import formats, words
from encaisse.ui.lists import Column, Empty, Kind, Table
from encaisse.ui.shapes import Fact, Status, Tab, Tone, Words

STATES: Final[Mapping[str, tuple[Words, Tone]]] = {
    "invalid": (gettext_lazy("Unknown to the register"), Tone.BAD),
    "unchecked": (gettext_lazy("Not checked yet"), Tone.WARN),
    "valid": (gettext_lazy("Valid"), Tone.GOOD),
}
AWAY: Final[Mapping[str, Words]] = {
    "MS_UNAVAILABLE": gettext_lazy("the country’s register did not answer"),
    "MS_MAX_CONCURRENT_REQ": gettext_lazy("the country’s register was asked too much at once"),
    "MS_MAX_CONCURRENT_REQ_TIME": gettext_lazy("the country’s register was asked too much at once"),
    "GLOBAL_MAX_CONCURRENT_REQ": gettext_lazy("the European register was asked too much at once"),
    "GLOBAL_MAX_CONCURRENT_REQ_TIME": gettext_lazy("the European register was asked too much at once"),
    "SERVICE_UNAVAILABLE": gettext_lazy("the European register did not work"),
    "INVALID_REQUESTER_INFO": gettext_lazy("the register does not know the seller’s own number"),
    "TIMEOUT": gettext_lazy("the country’s register took too long"),
    "timeout": gettext_lazy("the register took too long"),
    "garbage": gettext_lazy("the register answered what nobody can read"),
    "unreachable": gettext_lazy("the register could not be reached"),
}


def vat_numbers(request: ScopedRequest) -> HttpResponse:
    """The numbers in one state, those that want a look first."""
    state = request.GET.get("state", "invalid")
    rows = queries.vat_numbers(request.scope, state=state if state in STATES else "")
    here = reverse("desk:vat_numbers")
    tabs = tuple(
        Tab(label, f"{here}?state={name}", current=name == state) for name, (label, _tone) in STATES.items()
    )
    shown = {"table": _table(rows), "tabs": tabs, "more": len(rows) == queries.SHOWN}
    return render(request, "desk/vat_numbers.html", shown)


def check(request: ScopedRequest, account_id: int) -> HttpResponse:
    """Ask for the number of an account again."""
    check_again(request.scope, account_id)
    messages.success(request, _("The register is being asked; the answer will stand here."))
    return redirect("desk:account", account_id)


def facts(known: NumberState | None) -> tuple[Fact, ...]:
    """What the register says of an account's number, with its proof."""
    if known is None:
        return ()
    proof = known.proof
    label, _tone = STATES[proof.verdict if proof else "unchecked"]
    said = [
        Fact(_("Register of VAT numbers"), label, note=formats.instant(proof.checked_at) if proof else "")
    ]
    if proof:
        said.append(Fact(_("Consultation number"), proof.consultation))
        said.append(Fact(_("Registered as"), proof.name, note=proof.address))
    if known.away_at:
        told = {"at": formats.instant(known.away_at), "reason": away(known.away)}
        said.append(Fact(_("Asked in vain"), _("%(at)s: %(reason)s") % told))
    return tuple(fact for fact in said if fact.value)


def away(reason: str) -> Words:
    """Why the register gave no answer."""
    return AWAY.get(reason, reason)


def _table(rows: list[NumberRow]) -> Table:
    columns = (
        Column("account", _("Account"), Kind.CODE, link=lambda row: reverse("desk:account", args=[row.id])),
        Column("customer", _("Customer")),
        Column("number", _("VAT number"), Kind.CODE),
        Column("country", _("Country"), show=lambda row: words.country(row.country)),
        Column("state", _("State"), Kind.STATUS, show=lambda row: Status(*STATES[row.state])),
        Column("name", _("Registered as")),
        Column("checked_at", _("Checked"), Kind.INSTANT),
        Column("reason", _("Asked in vain"), show=lambda row: away(row.reason)),
    )
    none = Empty(
        _("None"),
        _("Numbers of customers in the European Union are asked for every night where a register is named."),
    )
    return Table(columns, rows, name="vat_numbers", caption=_("VAT numbers"), empty=none)


routes = [
    Route("vat-numbers", "vat_numbers", vat_numbers, menu=Menu(Section.FOLLOW, gettext_lazy("VAT numbers"))),
    Route("accounts/<ba:account_id>/vat-number/check", "check_vat_number", check, "edit_accounts", BUTTON),
]
