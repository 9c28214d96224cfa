"""What is done to a deposit: asked for, funded, drawn on, given back, given up; and the receipt of each movement."""

from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.allocation import queries as allocation
from encaisse.deposit.operations.movements import Given
from encaisse.deposit.queries import deposits as queries
from encaisse.deposit.queries.deposits import DepositRow, MovementRow
from encaisse.desk import deposit_words, states
from encaisse.desk.fields import AmountField, DayField, today, typed
from encaisse.desk.forms import Form
from encaisse.desk.pages.deposits import crumbs_of
from encaisse.desk.requests import ScopedRequest
from encaisse.desk.routes import BUTTON, FORM, Route
from encaisse.flows import deposits as flow
from encaisse.kernel.money import from_minor, to_minor
from encaisse.party import queries as party
from encaisse.ui import formats
from encaisse.ui.shapes import Crumb, Fact, Money

LONGEST_REASON = 200


class FundForm(Form):
    """Money received for a deposit."""

    amount = AmountField(label=gettext_lazy("Amount"), min_value=Decimal(0), decimal_places=3, max_digits=15)
    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=list(states.RECEIVED))
    received_on = DayField(label=gettext_lazy("Received on"))
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        help_text=gettext_lazy("As it stands on the statement or on the cheque."),
        max_length=140,
        required=False,
    )


class DrawForm(Form):
    """How much of what is held pays which open invoice."""

    invoice_id = forms.TypedChoiceField(label=gettext_lazy("Open invoice"), coerce=int)
    amount = AmountField(label=gettext_lazy("Amount"), min_value=Decimal(0), decimal_places=3, max_digits=15)
    on = DayField(label=gettext_lazy("On"))

    def __init__(self, opened: list[allocation.OpenInvoice], *given: Any, **options: Any) -> None:
        super().__init__(*given, **options)
        self.choose("invoice_id", [(each.id, _opened(each)) for each in opened])


class RefundForm(Form):
    """How all that is held goes back."""

    method = forms.ChoiceField(label=gettext_lazy("Method"), choices=list(states.RECEIVED))
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        help_text=gettext_lazy("That of your transfer or of your cheque."),
        max_length=140,
        required=False,
    )
    on = DayField(label=gettext_lazy("On"))
    despite_open = forms.BooleanField(
        label=gettext_lazy("Give it back although invoices are open"),
        help_text=gettext_lazy("They stay due, and nothing secures them any more."),
        required=False,
    )


def fund(request: ScopedRequest, deposit_id: int) -> HttpResponse:
    """Record money received for a deposit."""
    row = queries.deposit(request.scope, deposit_id)
    expected = typed(from_minor(row.expected_minor, row.currency))
    initial = {"received_on": today(request.scope), "amount": expected}
    form = FundForm(request.POST or None, initial=initial)

    def record(amount: Decimal, **money: Any) -> int:
        return flow.fund_deposit(
            request.scope, deposit_id, amount_minor=to_minor(amount, row.currency), **money
        )

    if form.sent(record):
        messages.success(request, _("The money is held in the deposit."))
        return redirect("desk:deposit", deposit_id)
    return _form(request, row, form, "fund")


def draw(request: ScopedRequest, deposit_id: int) -> HttpResponse:
    """Pay an open invoice out of a deposit."""
    row = queries.deposit(request.scope, deposit_id)
    opened = [
        each for each in allocation.open_items(request.scope, row.account_id) if each.currency == row.currency
    ]
    most = min(row.held_minor, opened[0].open_minor) if opened else row.held_minor
    initial = {"on": today(request.scope), "amount": typed(from_minor(most, row.currency))}
    form = DrawForm(opened, request.POST or None, initial=initial)

    def record(invoice_id: int, amount: Decimal, on: Any) -> int:
        amount_minor = to_minor(amount, row.currency)
        return flow.draw_deposit(request.scope, deposit_id, invoice_id, amount_minor, on=on)

    if form.sent(record):
        messages.success(request, _("The invoice is paid out of the deposit."))
        return redirect("desk:deposit", deposit_id)
    return _form(request, row, form, "draw", lacking=not opened)


def refund(request: ScopedRequest, deposit_id: int) -> HttpResponse:
    """Give back all that is held."""
    row = queries.deposit(request.scope, deposit_id)
    form = RefundForm(request.POST or None, initial={"on": today(request.scope)})

    def record(*, despite_open: bool, **given: Any) -> int:
        return flow.refund_deposit(request.scope, deposit_id, Given(**given), despite_open=despite_open)

    if form.sent(record):
        messages.success(request, _("The deposit is given back."))
        return redirect("desk:deposit", deposit_id)
    return _form(request, row, form, "refund")


def ask(request: ScopedRequest, deposit_id: int) -> HttpResponse:
    """What was prepared is asked for."""
    flow.ask_for(request.scope, deposit_id)
    messages.success(request, _("The deposit is asked for: record what is received."))
    return redirect("desk:deposit", deposit_id)


def cancel(request: ScopedRequest, deposit_id: int) -> HttpResponse:
    """Nothing was received, and nothing is asked for any more."""
    reason = request.POST.get("reason", "").replace("\0", "").strip()[:LONGEST_REASON]
    flow.cancel_deposit(request.scope, deposit_id, reason)
    messages.success(request, _("The deposit is cancelled."))
    return redirect("desk:deposit", deposit_id)


def receipt(request: ScopedRequest, movement_id: int) -> HttpResponse:
    """The receipt of one movement, to be printed or sent."""
    row = queries.movement(request.scope, movement_id)
    deposit = queries.deposit(request.scope, row.deposit_id)
    crumbs = (*crumbs_of(deposit)[:2], Crumb(row.receipt))
    shown = {
        "movement": row,
        "deposit": deposit,
        "title": deposit_words.RECEIPTS[row.kind],
        "facts": _receipt(row, deposit, party.account(request.scope, deposit.account_id)),
        "may_take_back": row.is_standing
        and row.kind != "fund"
        and request.scope.may("allocate" if row.kind == "draw" else "refund_deposits"),
        "crumbs": crumbs,
    }
    return render(request, "desk/deposit_receipt.html", shown)


def take_back(request: ScopedRequest, movement_id: int) -> HttpResponse:
    """A draw or a refund that should not have been is undone."""
    flow.take_back_movement(request.scope, movement_id, on=today(request.scope))
    messages.success(request, _("It is taken back: the deposit holds the money again."))
    return redirect("desk:deposit", queries.movement(request.scope, movement_id).deposit_id)


def _opened(each: allocation.OpenInvoice) -> str:
    return _("%(number)s of %(day)s: %(open)s still due") % {
        "number": each.number,
        "day": formats.date(each.issue_date),
        "open": formats.money(each.open_minor, each.currency),
    }


def _form(
    request: ScopedRequest, row: DepositRow, form: Form, act: str, *, lacking: bool = False
) -> HttpResponse:
    titles = {
        "fund": _("Record what is received"),
        "draw": _("Draw on an invoice"),
        "refund": _("Give the deposit back"),
    }
    shown = {
        "deposit": row,
        "form": form,
        "act": act,
        "title": titles[act],
        "lacking": lacking,
        "crumbs": crumbs_of(row, titles[act]),
    }
    return render(request, "desk/deposit_act.html", shown)


def _receipt(row: MovementRow, deposit: DepositRow, account: party.AccountDetail) -> tuple[Fact, ...]:
    identity = account.identity
    return (
        Fact(_("Receipt"), row.receipt),
        Fact(_("Held by"), deposit.entity),
        Fact(_("For"), f"{identity.name} ({deposit.account})"),
        Fact(_("Contract"), deposit.contract),
        Fact(_("Movement"), deposit_words.moved(row)),
        Fact(_("Date"), row.moved_on),
        Fact(_("Amount"), Money(abs(row.amount_minor), row.currency)),
        Fact(_("Method"), deposit_words.METHODS.get(row.method, "")),
        Fact(_("Reference"), row.reference, _piece(row)),
        Fact(_("Recorded by"), row.actor),
    )


def _piece(row: MovementRow) -> str:
    return reverse("desk:invoice", args=[row.invoice_id]) if row.invoice_id else ""


routes = [
    Route("deposits/<dep:deposit_id>/ask", "ask_deposit", ask, "manage_deposits", BUTTON),
    Route("deposits/<dep:deposit_id>/cancel", "cancel_deposit", cancel, "manage_deposits", BUTTON),
    Route("deposits/<dep:deposit_id>/fund", "fund_deposit", fund, "record_payment", FORM),
    Route("deposits/<dep:deposit_id>/draw", "draw_deposit", draw, "allocate", FORM),
    Route("deposits/<dep:deposit_id>/refund", "refund_deposit", refund, "refund_deposits", FORM),
    Route("deposits/receipts/<dmv:movement_id>", "deposit_receipt", receipt),
    Route("deposits/receipts/<dmv:movement_id>/take-back", "take_back_movement", take_back, methods=BUTTON),
]
