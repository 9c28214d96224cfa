"""How the customers of the demonstration pay: most of them whole, some in part, some too much, some not at all."""

import datetime as dt
from collections.abc import Iterable, Iterator
from random import Random
from typing import Final, NamedTuple

from encaisse.invoice.queries.lists import InvoiceRow

SEED: Final = "Encaisse"
CASH_LIMIT_MINOR: Final = 100_000
"""Nobody takes more cash than that for a trade. Source: Code monétaire et financier, article D112-3."""


class Receipt(NamedTuple):
    """One payment that the bank statement or the till tells, for one invoice."""

    invoice_id: int
    account_id: int
    method: str
    amount_minor: int
    currency: str
    received_on: dt.date
    reference: str
    origin_key: str


class Habit(NamedTuple):
    """How a share of the customers pays, and what part of the amount, in percent."""

    share: float
    method: str
    percent: int


HABITS: Final = (
    Habit(0.56, "transfer", 100),
    Habit(0.66, "cheque", 100),
    Habit(0.70, "cash", 100),
    Habit(0.76, "transfer", 50),
    Habit(0.79, "transfer", 110),
)


def receipts(issued: Iterable[InvoiceRow], until: dt.date) -> Iterator[Receipt]:
    """What is received for these invoices until a day, inclusive: always the same for the same invoices."""
    for invoice in issued:
        chance = Random(f"{SEED} {invoice.number}")
        habit = _habit(chance.random())
        received_on = _day(invoice, until, chance.random())
        if habit and received_on:
            yield _receipt(invoice, habit, received_on)


def _habit(lot: float) -> Habit | None:
    return next((habit for habit in HABITS if lot < habit.share), None)


def _day(invoice: InvoiceRow, until: dt.date, lot: float) -> dt.date | None:
    if invoice.issue_date is None or invoice.issue_date > until:
        return None
    days = (until - invoice.issue_date).days
    return until - dt.timedelta(days=int(lot * days))


def _receipt(invoice: InvoiceRow, habit: Habit, received_on: dt.date) -> Receipt:
    number = invoice.number or ""
    method = habit.method
    if method == "cash" and invoice.payable_minor > CASH_LIMIT_MINOR:
        method = "transfer"
    words = {"transfer": f"VIR {number}", "cheque": f"CHQ {invoice.id:07}", "cash": f"ESP {number}"}
    return Receipt(
        invoice_id=invoice.id,
        account_id=invoice.account_id,
        method=method,
        amount_minor=max(1, invoice.payable_minor * habit.percent // 100),
        currency=invoice.currency,
        received_on=received_on,
        reference=words[method],
        origin_key=f"demo/{number}",
    )
