"""What is proposed of deposits, approved or declined one by one or many at once; and what offers ask for."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.catalog import queries as catalog
from encaisse.deposit.operations.offers import OfOffer
from encaisse.deposit.queries import proposals as queries
from encaisse.deposit.queries import templates
from encaisse.deposit.queries.proposals import OfferDepositRow, ProposalRow
from encaisse.desk import deposit_words
from encaisse.desk.fields import AmountField, DayField, today
from encaisse.desk.forms import Form
from encaisse.desk.lists import acting, files, window
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Menu, Route, Section
from encaisse.flows import propose_deposits as flow
from encaisse.flows.deposits_of_offers import set_deposit
from encaisse.flows.sell import require_catalog
from encaisse.kernel.money import to_minor
from encaisse.kernel.scope import Scope
from encaisse.ui import formats
from encaisse.ui.lists import Column, Empty, Kind, Listing, Sort, Table
from encaisse.ui.shapes import Crumb

NAME: Final = "deposit_proposals"


class OfferDepositForm(Form):
    """Which deposit contracts of an offer ask for, since when."""

    template_id = forms.TypedChoiceField(label=gettext_lazy("Template"), coerce=int)
    amount = AmountField(
        label=gettext_lazy("Amount"),
        help_text=gettext_lazy("Zero: no deposit any more."),
        min_value=Decimal(0),
        decimal_places=3,
        max_digits=15,
    )
    valid_from = DayField(
        label=gettext_lazy("From"), help_text=gettext_lazy("For contracts that begin on that day or later.")
    )

    def __init__(self, scope: Scope, *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        found = templates.templates(scope, only_active=True).rows
        self.currencies = {row.id: row.currency for row in found}
        self.choose("template_id", [(row.id, f"{row.name} ({row.entity}, {row.currency})") for row in found])

    def told(self, offer_id: int, *, template_id: int, amount: Decimal, valid_from: Any) -> OfOffer:
        """The fields as the flow takes them."""
        return OfOffer(offer_id, template_id, to_minor(amount, self.currencies[template_id]), valid_from)


def deposit_proposals(request: ScopedRequest) -> HttpResponse:
    """What waits for somebody's answer."""
    return render(request, "desk/deposit_proposals.html", {"table": _table(request.scope, request.GET)})


def _table(scope: Scope, address: Mapping[str, str], size: int = 0) -> Table:
    columns = (
        Column("number", _("Deposit"), Kind.CODE, sortable=True, link=_deposit),
        Column("customer", _("Customer"), link=lambda row: reverse("desk:customer", args=[row.customer_id])),
        Column("what", _("What is proposed"), show=deposit_words.proposed),
        Column("why", _("Why"), show=lambda row: deposit_words.WHYS[row.why]),
        Column("proposed_on", _("Since"), Kind.DATE, sortable=True),
        Column("held_minor", _("Held"), Kind.MONEY),
        Column("amount_minor", _("Amount"), Kind.MONEY),
    )
    listing = Listing(columns, sort=Sort("proposed_on"))
    asked = listing.asked(address, size)
    found = queries.proposals(scope, window=window(asked))
    empty = Empty(
        _("Nothing waits for an answer"),
        _("At the end of a contract or of its validity, a deposit stands here to be given back or drawn on."),
    )
    shown: dict[str, Any] = {"name": NAME, "caption": _("Deposits to decide"), "empty": empty}
    table = listing.table(asked, found.rows, total=found.total, export_url=files(NAME, asked), **shown)
    return acting(scope, NAME, asked, table)


def approve(request: ScopedRequest, proposal_id: int) -> HttpResponse:
    """Do what is proposed."""
    row = queries.proposal(request.scope, proposal_id)
    flow.approve(request.scope, proposal_id, despite_open=bool(request.POST.get("despite_open")))
    messages.success(request, _("It is done: the deposit and the books have it."))
    return redirect("desk:deposit", row.deposit_id)


def decline(request: ScopedRequest, proposal_id: int) -> HttpResponse:
    """Leave the deposit as it is."""
    row = queries.proposal(request.scope, proposal_id)
    flow.decline(request.scope, proposal_id)
    messages.success(request, _("Nothing moves, and the same is not proposed again."))
    return redirect("desk:deposit", row.deposit_id)


def offer_deposit(request: ScopedRequest, offer_id: int) -> HttpResponse:
    """Say which deposit contracts of an offer ask for, and see what it asked before."""
    require_catalog(request.scope)
    found = catalog.offer(request.scope, offer_id)
    form = OfferDepositForm(request.scope, request.POST or None, initial={"valid_from": today(request.scope)})
    if form.sent(lambda **said: set_deposit(request.scope, form.told(offer_id, **said))):
        messages.success(request, _("Contracts that begin from that day on wait for this deposit."))
        return redirect("desk:offer", offer_id)
    here = Crumb(found.row.code, reverse("desk:offer", args=[offer_id]))
    shown = {
        "form": form,
        "offer": found.row,
        "asked": asked_of(request.scope, offer_id),
        "crumbs": (Crumb(_("Offers and prices"), reverse("desk:offers")), here, Crumb(_("Deposit"))),
    }
    return render(request, "desk/offer_deposit.html", shown)


def asked_of(scope: Scope, offer_id: int) -> Table | None:
    """What an offer asks as a deposit, for its page; None when it never did."""
    rows = queries.of_offer(scope, offer_id)
    columns = (
        Column("template", _("Template")),
        Column("entity", _("Legal entity")),
        Column("valid_from", _("From"), Kind.DATE),
        Column("amount", _("Amount"), show=_amount),
    )
    return Table(columns, rows, name="deposits", caption=_("Deposits asked for")) if rows else None


def _amount(row: OfferDepositRow) -> str:
    return formats.money(row.amount_minor, row.currency) if row.amount_minor else _("no deposit any more")


def _deposit(row: ProposalRow) -> str:
    return reverse("desk:deposit", args=[row.deposit_id])


routes = [
    Route(
        "deposits/proposals",
        NAME,
        deposit_proposals,
        menu=Menu(Section.COLLECT, gettext_lazy("Deposits to decide")),
        table=_table,
    ),
    Route(
        "deposits/proposals/<dpp:proposal_id>/approve", "approve_proposal", approve, "refund_deposits", BUTTON
    ),
    Route(
        "deposits/proposals/<dpp:proposal_id>/decline", "decline_proposal", decline, "refund_deposits", BUTTON
    ),
    Route("offers/<off:offer_id>/deposit", "offer_deposit", offer_deposit, "manage_offers", FORM),
]
