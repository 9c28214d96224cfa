"""A deposit's life: asked for, funded by payments, drawn on unpaid invoices, given back.

fund:   record the payment -> hold it -> post                     (bank to 165)
draw:   take it out -> post -> lay it on the invoice -> VAT that waited follows   (165 to the customer's 411)
refund: look whether anything is open -> take all of it out -> post               (165 to the bank)

What is asked for owes nothing: no entry, no VAT, no reminder.
"""

import datetime as dt
from typing import NotRequired, TypedDict, Unpack

from django.db import transaction
from django.db.models import Count, F, Sum

from encaisse.allocation import operations as allocation
from encaisse.deposit.errors import InvoiceStillOpen, MovementTakenBack
from encaisse.deposit.models import Deposit, Movement, MovementKind
from encaisse.deposit.operations import movements, requests
from encaisse.deposit.operations.movements import Given
from encaisse.deposit.operations.proposals import withdraw_open
from encaisse.deposit.operations.requests import Asked
from encaisse.flows.collected_vat import follow_draw
from encaisse.flows.deposits_of_offers import follow_funding
from encaisse.invoice.models import Invoice, InvoiceKind
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor, Scope
from encaisse.ledger import operations as ledger
from encaisse.party.models import BillingAccount
from encaisse.payment import operations as payment
from encaisse.payment.models import Purpose

MANAGES = "manage_deposits"
REFUNDS = "refund_deposits"


class Money(TypedDict):
    """Money received for a deposit, in minor units of its currency: how much, how and when."""

    amount_minor: int
    method: str
    received_on: dt.date
    reference: str
    origin_key: NotRequired[str | None]


@transaction.atomic
def request_deposit(
    scope: Scope, account_id: int, template_id: int, *, is_draft: bool = False, **asked: Unpack[Asked]
) -> int:
    """A deposit is asked of the account, or only prepared. Returns its key.

    Raises NotPermitted, NotFound, and what preparing it raises.
    """
    scope.require(MANAGES)
    if not BillingAccount.objects.visible_to(scope).filter(pk=account_id).exists():
        raise NotFound(noun="billing_account")
    deposit_id = requests.prepare(account_id, template_id, actor=scope.actor, **asked)
    if not is_draft:
        requests.ask(deposit_id, actor=scope.actor)
    return deposit_id


def ask_for(scope: Scope, deposit_id: int) -> None:
    """What was prepared is asked for. Raises NotPermitted, NotFound, DepositNotInState."""
    _seen(scope, deposit_id, MANAGES)
    requests.ask(deposit_id, actor=scope.actor)


def cancel_deposit(scope: Scope, deposit_id: int, reason: str) -> None:
    """Nothing was received and nothing is asked for any more. Raises NotPermitted, NotFound, DepositNotInState."""
    _seen(scope, deposit_id, MANAGES)
    requests.cancel(deposit_id, reason, actor=scope.actor)


def prolong_deposit(scope: Scope, deposit_id: int, valid_until: dt.date | None) -> None:
    """It is held until another day, or until somebody ends it. Raises NotPermitted, NotFound, DepositNotInState,
    ValidityOver."""
    _seen(scope, deposit_id, MANAGES)
    requests.hold_until(deposit_id, valid_until, actor=scope.actor)


@transaction.atomic
def fund_deposit(scope: Scope, deposit_id: int, **money: Unpack[Money]) -> int:
    """Money received for the deposit is held in it, outside what the customer owes. Returns the payment's key.

    Told again by its `origin_key`, it is the same money. Raises NotPermitted, NotFound, DepositNotInState,
    MoreThanAsked, and what recording a payment raises.
    """
    deposit = _seen(scope, deposit_id, "record_payment")
    payment_id, is_new = payment.record(
        actor=scope.actor,
        account_id=deposit.account_id,
        currency=deposit.currency,
        purpose=Purpose.DEPOSIT,
        **money,
    )
    if is_new:
        movements.fund(deposit_id, payment_id, actor=scope.actor)
        ledger.post_payment(payment_id)
        follow_funding(deposit_id, on=money["received_on"], actor=scope.actor)
    return payment_id


@transaction.atomic
def draw_deposit(scope: Scope, deposit_id: int, invoice_id: int, amount_minor: int, *, on: dt.date) -> int:
    """A part of the deposit pays a part of an open invoice of its account. Returns the movement's key.

    Never more than is held nor than is open. Raises NotPermitted, NotFound, DepositNotInState, NotDrawable,
    MoreThanHeld, MoreThanOpen.
    """
    _seen(scope, deposit_id, "allocate")
    if not Invoice.objects.visible_to(scope).filter(pk=invoice_id).exists():
        raise NotFound(noun="invoice")
    return draw(deposit_id, invoice_id, amount_minor, on=on, actor=scope.actor)


@transaction.atomic
def draw(deposit_id: int, invoice_id: int, amount_minor: int, *, on: dt.date, actor: Actor) -> int:
    """The same for what was approved: nobody in particular asks. Raises as `draw_deposit` does."""
    movement_id = movements.draw(deposit_id, invoice_id, amount_minor, on=on, actor=actor)
    allocation.allocate_draw(movement_id, actor=actor)
    ledger.post_movement(movement_id)
    follow_draw(movement_id, on=on)
    return movement_id


@transaction.atomic
def refund_deposit(scope: Scope, deposit_id: int, given: Given, *, despite_open: bool = False) -> int:
    """All that is held is given back to the customer. Returns the movement's key.

    While an invoice of the account is open it asks first: `despite_open` is the answer. Raises NotPermitted, NotFound,
    DepositNotInState, InvoiceStillOpen, UnknownRefundMethod.
    """
    deposit = _seen(scope, deposit_id, REFUNDS)
    if not despite_open:
        require_nothing_open(deposit)
    return refund(deposit_id, given, actor=scope.actor)


@transaction.atomic
def refund(deposit_id: int, given: Given, *, actor: Actor) -> int:
    """The same for what was approved. Raises NotFound, DepositNotInState, UnknownRefundMethod."""
    movement_id = movements.refund(deposit_id, given, actor=actor)
    ledger.post_movement(movement_id)
    withdraw_open(deposit_id)
    return movement_id


@transaction.atomic
def take_back_movement(scope: Scope, movement_id: int, *, on: dt.date) -> int:
    """A draw or a refund that should not have been is undone: the deposit holds it again. Returns the new movement.

    What funded a deposit goes back with its payment. Raises NotPermitted, NotFound, MovementTakenBack.
    """
    found = Movement.objects.visible_to(scope).filter(pk=movement_id).first()
    if found is None:
        raise NotFound(noun="movement")
    scope.require("allocate" if found.kind == MovementKind.DRAW else REFUNDS)
    if found.kind == MovementKind.FUND:
        raise MovementTakenBack(movement_id=movement_id)
    return _take_back(movement_id, on=on, actor=scope.actor)


@transaction.atomic
def take_out_payment(payment_id: int, *, on: dt.date, actor: Actor) -> None:
    """The deposit that the payment funded does not hold it any more: the money did not stay.

    What was drawn on it is taken back first, the latest first and no more than is lacking, so that those invoices are
    open again. Raises GivenBackAlready.
    """
    for draw_id in movements.draws_in_the_way(payment_id):
        _take_back(draw_id, on=on, actor=actor)
    for funded in Movement.objects.standing().filter(payment_id=payment_id, kind=MovementKind.FUND):
        movements.take_back(funded.pk, on=on, actor=actor)
        follow_funding(funded.deposit_id, on=on, actor=actor)


def require_nothing_open(deposit: Deposit) -> None:
    """Raises InvoiceStillOpen when the account owes anything in the deposit's currency."""
    opened = Invoice.objects.still_open().filter(
        account_id=deposit.account_id, currency=deposit.currency, kind=InvoiceKind.INVOICE
    )
    sums = opened.aggregate(total=Sum(F("payable_minor") - F("settled_minor")), count=Count("pk"))
    if sums["count"]:
        raise InvoiceStillOpen(open_minor=sums["total"], invoices=sums["count"], currency=deposit.currency)


def _take_back(movement_id: int, *, on: dt.date, actor: Actor) -> int:
    undone = movements.take_back(movement_id, on=on, actor=actor)
    if Movement.objects.filter(pk=undone, kind=MovementKind.DRAW).exists():
        allocation.take_back_draw(movement_id, actor=actor)
    ledger.post_movement(undone)
    follow_draw(movement_id, on=on)
    return undone


def _seen(scope: Scope, deposit_id: int, permission: str) -> Deposit:
    """Raises NotPermitted, NotFound."""
    scope.require(permission)
    deposit = Deposit.objects.visible_to(scope).filter(pk=deposit_id).first()
    if deposit is None:
        raise NotFound(noun="deposit")
    return deposit
