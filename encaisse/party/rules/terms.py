"""When and how a customer pays: payment terms, due dates, what the law allows at most, methods."""

import calendar
import datetime as dt
import enum
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final, NamedTuple, Self

from encaisse.intake.rules import plain
from encaisse.party.errors import PaymentMethodUnknown

_DAY: Final = dt.timedelta(days=1)
# Two years of issue dates, one of them a leap year, show every case that a due date can meet.
_TWO_YEARS: Final = tuple(dt.date(2027, 1, 1) + n * _DAY for n in range(731))


class TermsKind(enum.StrEnum):
    """How a due date follows from an issue date."""

    ON_RECEIPT = "on_receipt"
    NET_DAYS = "net_days"
    END_OF_MONTH = "end_of_month"
    END_OF_MONTH_ON_DAY = "end_of_month_on_day"
    INSTALMENTS = "instalments"


class MonthEndReading(enum.StrEnum):
    """What "45 days end of month" counts first: the days, or the rest of the month of issue."""

    DAYS_FIRST = "days_first"
    MONTH_FIRST = "month_first"


class PaymentMethod(enum.StrEnum):
    """How a customer is expected to pay."""

    TRANSFER = "transfer"
    CHEQUE = "cheque"
    DIRECT_DEBIT = "direct_debit"
    CARD = "card"


_METHODS: Final = {
    "virement": PaymentMethod.TRANSFER, "virement bancaire": PaymentMethod.TRANSFER,
    "virement sepa": PaymentMethod.TRANSFER, "transfer": PaymentMethod.TRANSFER,
    "bank transfer": PaymentMethod.TRANSFER,
    "cheque": PaymentMethod.CHEQUE, "check": PaymentMethod.CHEQUE,
    "prelevement": PaymentMethod.DIRECT_DEBIT, "prelevement sepa": PaymentMethod.DIRECT_DEBIT,
    "direct debit": PaymentMethod.DIRECT_DEBIT, "sepa direct debit": PaymentMethod.DIRECT_DEBIT,
    "cb": PaymentMethod.CARD, "carte": PaymentMethod.CARD, "carte bancaire": PaymentMethod.CARD,
    "card": PaymentMethod.CARD,
}  # fmt: skip


class Share(NamedTuple):
    """One instalment: a percentage of what is payable, on terms of its own."""

    percent: Decimal
    terms: "PaymentTerms"


class PaymentTerms(NamedTuple):
    """A number of days, then perhaps the end of that month, then perhaps a `day` of the next one.

    Instalments are `shares` that add up to 100 %, each on simple terms, and have no days of their own.
    """

    kind: TermsKind
    days: int = 0
    day: int | None = None
    shares: tuple[Share, ...] = ()

    @property
    def plan(self) -> str:
        """The instalments as they are stored: "30 on_receipt, 70 end_of_month_on_day 30 10"; else nothing."""
        return ", ".join(_written(share) for share in self.shares)

    @classmethod
    def stored(cls, kind: str, days: int, day: int | None, plan: str) -> Self:
        """The terms that these columns hold."""
        return cls(TermsKind(kind), days, day, _shares(plan) if plan else ())


@lru_cache(maxsize=1_024)
def _shares(plan: str) -> tuple[Share, ...]:
    shares = []
    for written in plan.split(", "):
        percent, kind, *numbers = written.split(" ")
        days, day, *_ = (*map(int, numbers), None, None)
        shares.append(Share(Decimal(percent), PaymentTerms(TermsKind(kind), days or 0, day)))
    return tuple(shares)


def _written(share: Share) -> str:
    kind, days, day, _ = share.terms
    numbers = (number for number in (days or None if day is None else days, day) if number is not None)
    return " ".join([f"{share.percent.normalize():f}", kind, *map(str, numbers)])


def due_date(
    terms: PaymentTerms, issue_date: dt.date, reading: MonthEndReading = MonthEndReading.DAYS_FIRST
) -> dt.date:
    """The last day to pay in; of instalments, that of the last one.

    Days first: they are counted, then the month is completed; a day of the month is one of the next. Month
    first: the month of issue is completed, then the days are counted, and a day of the month is its first one
    from there on. A day that a month lacks is its last.
    Source: Code de commerce, art. L441-10, both readings of "fin de mois".
    """
    if terms.shares:
        return max(due_date(share.terms, issue_date, reading) for share in terms.shares)
    days = terms.days * _DAY
    if terms.kind in (TermsKind.ON_RECEIPT, TermsKind.NET_DAYS):
        return issue_date + days
    if reading is MonthEndReading.MONTH_FIRST:
        month_end = _month_end(issue_date)
        reached = month_end + days
    else:
        month_end = reached = _month_end(issue_date + days)
    return reached if terms.day is None else _first_on(terms.day, max(reached, month_end + _DAY))


@lru_cache(maxsize=1_024)
def exceeds_the_law(terms: PaymentTerms) -> bool:
    """Whether some day of issue is given more than 60 days and more than 45 days end of month, however these are read.

    These are the most that French businesses may agree on between themselves. The terms and the limit are each read in
    their favour: "30 days end of month on the 10th" passes, though the days first give 70 days at the end of January.
    Source: Code de commerce, art. L441-10, I.
    """
    return any(
        min(due_date(terms, day, reading) for reading in MonthEndReading) > latest
        for day, latest in _longest_allowed()
    )


@cache
def _longest_allowed() -> tuple[tuple[dt.date, dt.date], ...]:
    month_end = PaymentTerms(TermsKind.END_OF_MONTH, 45)
    return tuple(
        (day, max(day + 60 * _DAY, *(due_date(month_end, day, reading) for reading in MonthEndReading)))
        for day in _TWO_YEARS
    )


def parse_payment_method(text: str) -> PaymentMethod:
    """The method by its French or English label. Raises PaymentMethodUnknown."""
    try:
        return _METHODS[plain(text)]
    except KeyError:
        raise PaymentMethodUnknown() from None


def _month_end(date: dt.date) -> dt.date:
    return date.replace(day=calendar.monthrange(date.year, date.month)[1])


def _first_on(day: int, start: dt.date) -> dt.date:
    month_end = _month_end(start)
    found = month_end.replace(day=min(day, month_end.day))
    return found if found >= start else _first_on(day, month_end + _DAY)
