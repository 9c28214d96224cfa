"""Every write of payments. Booking one is ledger's, and `flows.take_payment` does both together."""

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple, NotRequired, TypedDict, Unpack

from django.db import transaction

from encaisse.currency.queries import rate_on
from encaisse.currency.rules import converted, quotient
from encaisse.intake.rules import ranges
from encaisse.kernel import events, sql
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor
from encaisse.party.models import BillingAccount, PartyState
from encaisse.payment.errors import (
    AmountNotPositive,
    NotInTheAccountsCurrency,
    OriginKeyReused,
    PaymentNotWithdrawable,
    PaymentReturned,
    PaymentStillAllocated,
    UnknownMethod,
)
from encaisse.payment.models import FROM_ELSEWHERE, Method, Payment, PaymentState


class FromElsewhere(NamedTuple):
    """What settled an invoice elsewhere, or is left of a credit there, in minor units of the account's currency."""

    account_id: int
    method: str
    amount_minor: int
    currency: str
    received_on: dt.date
    reference: str


class Receipt(TypedDict):
    """What is known of money received: how much, in minor units of `currency`, from whom, how and when.

    Received for a deposit, it is held there and laid on nothing. `origin_key` names where the fact comes from, such as
    a file and its row: told twice, it is one payment.
    """

    account_id: int
    method: str
    amount_minor: int
    currency: str
    received_on: dt.date
    reference: str
    purpose: NotRequired[str]
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
        **_in_books(receipt, account.legal_entity.currency),
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


@transaction.atomic
def record_from_elsewhere(legal_entity_id: int, told: Sequence[FromElsewhere], *, actor: Actor) -> list[int]:
    """Each is a payment of its account that nobody received here. Returns their keys, in order.

    In the currency of the books, which the caller has seen to. Incomplete without what says what each was elsewhere,
    in the same transaction, and, but for what an opening entry counts, its entry.
    """
    first = sql.reserve_ids(Payment, len(told))
    by = {"actor_kind": actor.kind, "actor_id": actor.id, "actor_label": actor.label}
    Payment.objects.bulk_create(
        Payment(
            pk=key,
            legal_entity_id=legal_entity_id,
            accounting_currency=each.currency,
            acc_amount_minor=each.amount_minor,
            **each._asdict(),
            **by,
        )
        for key, each in enumerate(told, first)
    )
    if told:
        events.record("payment.brought_in", "payment", (first, first + len(told) - 1), actor)
    return list(range(first, first + len(told)))


@transaction.atomic
def withdraw(payment_ids: Collection[int], *, actor: Actor) -> None:
    """It is as if these payments had never come in from elsewhere: they are hidden everywhere, and never go.

    What they settled was taken back before. Incomplete without the entries that mirror theirs. Locks them in order of
    id. Raises PaymentNotWithdrawable.
    """
    found = list(Payment.objects.select_for_update().filter(pk__in=payment_ids).order_by("pk"))
    for payment in found:
        if (
            payment.method not in FROM_ELSEWHERE
            or payment.state != PaymentState.RECEIVED
            or payment.allocated_minor
        ):
            raise PaymentNotWithdrawable(payment_id=payment.pk)
    Payment.objects.filter(pk__in=[each.pk for each in found]).update(state=PaymentState.WITHDRAWN)
    for ids in ranges(each.pk for each in found):
        events.record("payment.withdrawn", "payment", ids, actor)


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
    if receipt["method"] not in set(Method.values) - {*FROM_ELSEWHERE}:
        raise UnknownMethod(method=receipt["method"])
    if receipt["amount_minor"] <= 0:
        raise AmountNotPositive(amount_minor=receipt["amount_minor"])
    if receipt["currency"] != account.currency:
        raise NotInTheAccountsCurrency(account_currency=account.currency, currency=receipt["currency"])


def _in_books(receipt: Receipt, books: str) -> dict[str, Any]:
    """What the money is worth in the books, at the last rate of the day on which it came. Raises NoRateRecorded."""
    amount_minor, currency = receipt["amount_minor"], receipt["currency"]
    if currency == books:
        return {"accounting_currency": books, "acc_amount_minor": amount_minor}
    rate = rate_on(currency, books, receipt["received_on"])
    return {
        "accounting_currency": books,
        "acc_amount_minor": converted(amount_minor, currency, rate),
        "rate": quotient(rate, books),
        "exchange_rate_id": rate.id,
    }
