"""Money moves into a deposit and out of it. Locks: payments first, then deposits, then invoices, each by id.

Each is incomplete without its entry, and a draw without its allocation, in the same transaction: `flows/deposits.py`.
"""

import datetime as dt
from typing import Any, Final, NamedTuple

from django.db import transaction
from django.db.models import Max

from encaisse.currency.queries import rate_on
from encaisse.currency.rules import converted
from encaisse.deposit.errors import (
    DepositNotInState,
    GivenBackAlready,
    MoreThanAsked,
    MoreThanHeld,
    MovementTakenBack,
    NotDrawable,
    UnknownRefundMethod,
)
from encaisse.deposit.models import (
    EXPECTING,
    HOLDING,
    Deposit,
    DepositState,
    Movement,
    MovementKind,
)
from encaisse.deposit.operations.requests import locked
from encaisse.deposit.rules import worth
from encaisse.invoice.models import Invoice, InvoiceKind
from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor
from encaisse.payment.models import Method, Payment

REFUNDS: Final = (Method.TRANSFER, Method.CHEQUE, Method.CASH)


class Given(NamedTuple):
    """How a deposit is given back: by what method, under what reference, on which day."""

    method: str
    reference: str
    on: dt.date


@transaction.atomic
def fund(deposit_id: int, payment_id: int, *, actor: Actor) -> int:
    """The payment, which was received for it, is held in the deposit. Returns the movement's key.

    Raises NotFound, DepositNotInState, MoreThanAsked.
    """
    payment = Payment.objects.select_for_update().get(pk=payment_id)
    deposit = locked(deposit_id)
    _expect(deposit, payment.amount_minor)
    return _record(
        deposit,
        MovementKind.FUND,
        (payment.amount_minor, payment.acc_amount_minor),
        actor,
        payment=payment,
        moved_on=payment.received_on,
        reference=payment.reference,
    )


@transaction.atomic
def carry(deposit_id: int, amount_minor: int, *, on: dt.date, reference: str, actor: Actor) -> int:
    """What was held elsewhere is held here. Returns the movement's key.

    In the books it is worth what its currency was that day. Raises NotFound, DepositNotInState, MoreThanAsked,
    NoRateRecorded.
    """
    deposit = locked(deposit_id)
    _expect(deposit, amount_minor)
    amounts = (amount_minor, _worth(deposit, amount_minor, on))
    told = {"moved_on": on, "reference": reference, "method": Method.CARRIED}
    return _record(deposit, MovementKind.FUND, amounts, actor, **told)


@transaction.atomic
def draw(deposit_id: int, invoice_id: int, amount_minor: int, *, on: dt.date, actor: Actor) -> int:
    """A part of what is held is taken for an open invoice of the account. Returns the movement's key.

    Raises NotFound, DepositNotInState, NotDrawable, MoreThanHeld.
    """
    deposit = locked(deposit_id)
    _require(deposit, HOLDING)
    invoice = Invoice.objects.still_open().filter(pk=invoice_id, kind=InvoiceKind.INVOICE).first()
    fits = invoice and (invoice.account_id, invoice.currency) == (deposit.account_id, deposit.currency)
    if invoice is None or not fits or amount_minor <= 0:
        raise NotDrawable(invoice_id=invoice_id, amount_minor=amount_minor)
    held = held_minor(deposit)
    if amount_minor > held:
        raise MoreThanHeld(amount_minor=amount_minor, held_minor=held, currency=deposit.currency)
    value = worth(amount_minor, held, deposit.held_acc_minor)
    return _record(
        deposit,
        MovementKind.DRAW,
        (-amount_minor, -value),
        actor,
        invoice=invoice,
        moved_on=on,
        reference=invoice.number or "",
    )


@transaction.atomic
def refund(deposit_id: int, given: Given, *, actor: Actor) -> int:
    """All that is held is given back, and the deposit is over. Returns the movement's key.

    Raises NotFound, UnknownRefundMethod, DepositNotInState.
    """
    if given.method not in REFUNDS:
        raise UnknownRefundMethod(method=given.method)
    deposit = locked(deposit_id)
    _require(deposit, HOLDING)
    return _record(
        deposit,
        MovementKind.REFUND,
        (-held_minor(deposit), -deposit.held_acc_minor),
        actor,
        moved_on=given.on,
        reference=given.reference,
        method=given.method,
    )


@transaction.atomic
def take_back(movement_id: int, *, on: dt.date, actor: Actor) -> int:
    """The movement is undone by one that mirrors it. Returns the new one's key.

    Raises NotFound, MovementTakenBack.
    """
    found = Movement.objects.filter(pk=movement_id).first()
    if found is None:
        raise NotFound(noun="movement")
    if found.payment_id:
        Payment.objects.select_for_update().get(pk=found.payment_id)
    deposit = locked(found.deposit_id)
    if not Movement.objects.standing().filter(pk=movement_id).exists():
        raise MovementTakenBack(movement_id=movement_id)
    return _record(
        deposit,
        MovementKind(found.kind),
        (-found.amount_minor, -found.acc_amount_minor),
        actor,
        reverses=found,
        moved_on=on,
        **{name: getattr(found, name) for name in ("payment", "invoice", "method", "reference")},
    )


def draws_in_the_way(payment_id: int) -> list[int]:
    """The draws, latest first, to take back before this payment can leave the deposit that it funded.

    As few as leave what is held at what the payment brought. Raises GivenBackAlready.
    """
    funded = Movement.objects.standing().filter(payment_id=payment_id).first()
    if funded is None:
        return []
    deposit = locked(funded.deposit_id)
    if deposit.state == DepositState.REFUNDED:
        raise GivenBackAlready(number=deposit.number)
    lacking, found = funded.amount_minor - held_minor(deposit), []
    draws = Movement.objects.standing().filter(deposit=deposit, kind=MovementKind.DRAW)
    for key, amount_minor in draws.order_by("-pk").values_list("pk", "amount_minor"):
        if lacking <= 0:
            break
        found.append(key)
        lacking += amount_minor
    return found


def held_minor(deposit: Deposit) -> int:
    """What is held: received, and neither drawn nor given back."""
    return deposit.received_minor - deposit.drawn_minor - deposit.refunded_minor


def _worth(deposit: Deposit, amount_minor: int, on: dt.date) -> int:
    books = deposit.accounting_currency
    if deposit.currency == books:
        return amount_minor
    return converted(amount_minor, deposit.currency, rate_on(deposit.currency, books, on))


def _expect(deposit: Deposit, amount_minor: int) -> None:
    expected = deposit.amount_minor - deposit.received_minor
    if deposit.state == DepositState.LOCKED or (deposit.state in EXPECTING and amount_minor > expected):
        raise MoreThanAsked(amount_minor=amount_minor, expected_minor=expected, currency=deposit.currency)
    _require(deposit, EXPECTING)


def _require(deposit: Deposit, states: tuple[DepositState, ...]) -> None:
    if deposit.state not in states:
        raise DepositNotInState(number=deposit.number, state=deposit.state)


def _record(
    deposit: Deposit, kind: MovementKind, amounts: tuple[int, int], actor: Actor, **fields: Any
) -> int:
    last = Movement.objects.filter(deposit=deposit).aggregate(last=Max("seq"))["last"] or 0
    movement = Movement.objects.create(
        deposit=deposit,
        seq=last + 1,
        kind=kind,
        amount_minor=amounts[0],
        acc_amount_minor=amounts[1],
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        **fields,
    )
    topic = (
        "taken_back"
        if "reverses" in fields
        else {"fund": "funded", "draw": "drawn", "refund": "refunded"}[kind]
    )
    events.record(f"deposit.{topic}", "deposit", deposit.pk, actor, movement=movement.pk)
    return movement.pk
