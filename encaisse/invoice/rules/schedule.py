"""The instalments of one invoice: what falls due when, and which are settled."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from encaisse.kernel import money
from encaisse.party.rules.terms import MonthEndReading, PaymentTerms, due_date


class Due(NamedTuple):
    """What is to be paid on one day at the latest."""

    due_date: dt.date
    amount_minor: int


class InstalmentRow(NamedTuple):
    """An instalment as it is stored; the fields are the columns of its COPY, in order."""

    invoice_id: int
    position: int
    due_date: dt.date
    amount_minor: int


class Settled(NamedTuple):
    """An instalment and how much of it is settled."""

    due_date: dt.date
    amount_minor: int
    settled_minor: int

    @property
    def open_minor(self) -> int:
        """What is still to be paid of it."""
        return self.amount_minor - self.settled_minor

    def state(self, today: dt.date) -> str:
        """`paid`, `late` once its day is over, else `due`."""
        if not self.open_minor:
            return "paid"
        return "late" if self.due_date < today else "due"


def schedule(
    terms: PaymentTerms, payable_minor: int, issue_date: dt.date, reading: MonthEndReading
) -> list[Due]:
    """The instalments of an invoice that is payable in several, by their days; none of any other.

    Amounts are split by largest remainder, ties by the order of the terms, so that they add up to what is
    payable; one that rounds to nothing is left out.
    """
    if not terms.shares:
        return []
    amounts = money.split(payable_minor, [share.percent for share in terms.shares])
    days = [due_date(share.terms, issue_date, reading) for share in terms.shares]
    dues = [Due(day, amount) for day, amount in zip(days, amounts, strict=True) if amount]
    return sorted(dues, key=lambda due: due.due_date)


def settle(dues: Sequence[Due], settled_minor: int) -> list[Settled]:
    """What is settled of each instalment: the oldest first, whatever was paid when.

    `settled_minor` never passes the sum of the instalments.
    """
    settled, left = [], settled_minor
    for due in dues:
        part = min(due.amount_minor, left)
        settled.append(Settled(due.due_date, due.amount_minor, part))
        left -= part
    return settled
