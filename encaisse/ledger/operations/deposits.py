"""The entries of deposits: 165 holds what customers gave as a guarantee, outside what they owe and outside VAT."""

import datetime as dt
from typing import NamedTuple

from django.db import transaction

from encaisse.currency.queries import rate_on
from encaisse.currency.rules import converted
from encaisse.deposit.models import Deposit, Movement, MovementKind
from encaisse.ledger.models import Entry, EntryKind, Journal, Posting
from encaisse.ledger.operations.chart import require_accounts
from encaisse.ledger.queries.chart import account_on
from encaisse.ledger.rules import DEPOSITS, EXCHANGE_GAIN, EXCHANGE_LOSS, OPENING, TILLS


class Side(NamedTuple):
    """One line to post: the account, what it is debited in the books, and in the deposit's currency.

    `account_id` is the billing account whose receivable it is.
    """

    code: str
    amount_minor: int
    foreign_minor: int
    account_id: int | None = None


@transaction.atomic
def post_movement(movement_id: int, *, date: dt.date | None = None) -> int:
    """The movement is in the books, dated its own day unless another is told. Returns the entry's id.

    What was drawn lowers what the customer owes, what is given back leaves the bank, what was held elsewhere was in the
    opening balance. What funds a deposit here is booked by its payment. Raises AccountsNotInChart, NoRateRecorded.
    """
    movement = Movement.objects.select_related("deposit", "reverses").get(pk=movement_id)
    day = date or movement.moved_on
    if movement.reverses:
        return _mirror(movement, day)
    if movement.kind == MovementKind.DRAW:
        return _post(movement, day, Journal.GENERAL, _drawn(movement, day))
    if movement.kind == MovementKind.REFUND:
        return _post(movement, day, TILLS[movement.method].journal, _given_back(movement, day))
    return _post(movement, day, Journal.OPENING, (Side(OPENING, *_held(movement)),))


def _held(movement: Movement) -> tuple[int, int]:
    return movement.acc_amount_minor, movement.amount_minor


def _drawn(movement: Movement, day: dt.date) -> tuple[Side, ...]:
    receivable = account_on("receivable", "", day)
    return (Side(receivable, *_held(movement), movement.deposit.account_id),)


def _given_back(movement: Movement, day: dt.date) -> tuple[Side, ...]:
    """What leaves the bank is worth what its currency is that day; the difference was gained or lost by exchange."""
    deposit = movement.deposit
    paid = _worth(deposit, movement.amount_minor, day)
    till = account_on("method", movement.method, day)
    lost = movement.acc_amount_minor - paid
    exchange = Side(EXCHANGE_LOSS if lost > 0 else EXCHANGE_GAIN, lost, 0)
    return (Side(till, paid, movement.amount_minor), *((exchange,) if lost else ()))


def _worth(deposit: Deposit, amount_minor: int, day: dt.date) -> int:
    if deposit.currency == deposit.accounting_currency:
        return amount_minor
    rate = rate_on(deposit.currency, deposit.accounting_currency, day)
    return converted(amount_minor, deposit.currency, rate)


def _post(movement: Movement, day: dt.date, journal: str, sides: tuple[Side, ...]) -> int:
    acc_minor, minor = _held(movement)
    lines = (Side(DEPOSITS, -acc_minor, -minor), *sides)
    accounts = require_accounts(*(line.code for line in lines))
    entry = _entry(movement, day, journal)
    is_foreign = movement.deposit.currency != movement.deposit.accounting_currency
    currency = movement.deposit.currency if is_foreign else None
    Posting.objects.bulk_create(
        Posting(
            entry=entry,
            account_id=accounts[line.code],
            billing_account_id=line.account_id,
            amount_minor=line.amount_minor,
            foreign_minor=line.foreign_minor if is_foreign else None,
            foreign_currency=currency,
        )
        for line in lines
    )
    return entry.pk


def _mirror(movement: Movement, day: dt.date) -> int:
    first = Entry.objects.get(movement=movement.reverses, kind=EntryKind.DEPOSIT)
    entry = _entry(movement, day, first.journal)
    Posting.objects.bulk_create(
        Posting(
            entry=entry,
            account_id=line.account_id,
            billing_account_id=line.billing_account_id,
            amount_minor=-line.amount_minor,
            foreign_minor=None if line.foreign_minor is None else -line.foreign_minor,
            foreign_currency=line.foreign_currency,
        )
        for line in first.postings.order_by("pk")
    )
    return entry.pk


def _entry(movement: Movement, day: dt.date, journal: str) -> Entry:
    return Entry.objects.create(
        legal_entity_id=movement.deposit.legal_entity_id,
        journal=journal,
        kind=EntryKind.DEPOSIT,
        date=day,
        movement=movement,
    )
