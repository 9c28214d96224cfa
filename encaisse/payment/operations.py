"""Every write of payments. Booking one is ledger's, and `flows.take_payment` does both together."""

import datetime as dt
from typing import NamedTuple, NotRequired, TypedDict, Unpack

from django.db import transaction

from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor
from encaisse.party.models import BillingAccount, PartyState
from encaisse.payment.errors import (
    AmountNotPositive,
    NoRateRecorded,
    NotInTheAccountsCurrency,
    OriginKeyReused,
    PaymentReturned,
    PaymentStillAllocated,
    UnknownMethod,
)
from encaisse.payment.models import Method, Payment, PaymentState


class Receipt(TypedDict):
    """What is known of money received: how much, in minor units of `currency`, from whom, how and when.

    `origin_key` names where the fact comes from, such as a file and its row: told twice, it is one payment.
    """

    account_id: int
    method: str
    amount_minor: int
    currency: str
    received_on: dt.date
    reference: str
    origin_key: NotRequired[str | None]


class Recorded(NamedTuple):
    """The payment of a receipt, and whether it is this call that recorded it."""

    payment_id: int
    is_new: bool


@transaction.atomic
def record(*, actor: Actor, **receipt: Unpack[Receipt]) -> Recorded:
    """The money received is recorded on its account, once per `origin_key`.

    Incomplete without its entry in the same transaction, which the database demands at commit.
    Raises NotFound, UnknownMethod, AmountNotPositive, NotInTheAccountsCurrency, NoRateRecorded,
    OriginKeyReused.
    """
    account = _account(receipt["account_id"])
    _check(receipt, account)
    fields = {
        **receipt,
        "legal_entity_id": account.legal_entity_id,
        "accounting_currency": account.legal_entity.currency,
        "acc_amount_minor": receipt["amount_minor"],
        "actor_kind": actor.kind,
        "actor_id": actor.id,
        "actor_label": actor.label,
    }
    origin_key = receipt.get("origin_key")
    if origin_key is None:
        payment, is_new = Payment.objects.create(**fields), True
    else:
        payment, is_new = Payment.objects.get_or_create(origin_key=origin_key, defaults=fields)
    if is_new:
        events.record("payment.recorded", "payment", payment.pk, actor)
    elif any(getattr(payment, name) != value for name, value in receipt.items()):
        raise OriginKeyReused(origin_key=payment.origin_key or "", payment_id=payment.pk)
    return Recorded(payment.pk, is_new)


@transaction.atomic
def mark_returned(payment_id: int, *, actor: Actor) -> None:
    """The payment did not stay: an unpaid cheque, a recalled transfer. What it settled was taken back before.

    Incomplete without its entry in the same transaction. Locks the payment.
    Raises NotFound, PaymentReturned, PaymentStillAllocated.
    """
    payment = locked(payment_id)
    if payment.state == PaymentState.RETURNED:
        raise PaymentReturned(payment_id=payment_id)
    if payment.allocated_minor:
        raise PaymentStillAllocated(payment_id=payment_id, allocated_minor=payment.allocated_minor)
    payment.state = PaymentState.RETURNED
    payment.save(update_fields=["state"])
    events.record("payment.returned", "payment", payment_id, actor)


def locked(payment_id: int) -> Payment:
    """The payment, locked until the transaction ends. Raises NotFound."""
    payment = Payment.objects.select_for_update().filter(pk=payment_id).first()
    if payment is None:
        raise NotFound(noun="payment")
    return payment


def _account(account_id: int) -> BillingAccount:
    accounts = BillingAccount.objects.exclude(state=PartyState.WITHDRAWN).select_related("legal_entity")
    account = accounts.filter(pk=account_id).first()
    if account is None:
        raise NotFound(noun="billing_account")
    return account


def _check(receipt: Receipt, account: BillingAccount) -> None:
    if receipt["method"] not in Method.values:
        raise UnknownMethod(method=receipt["method"])
    if receipt["amount_minor"] <= 0:
        raise AmountNotPositive(amount_minor=receipt["amount_minor"])
    if receipt["currency"] != account.currency:
        raise NotInTheAccountsCurrency(account_currency=account.currency, currency=receipt["currency"])
    if account.currency != account.legal_entity.currency:
        raise NoRateRecorded(
            currency=account.currency,
            accounting_currency=account.legal_entity.currency,
            date=receipt["received_on"],
        )
