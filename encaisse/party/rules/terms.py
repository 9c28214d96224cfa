"""When and how a customer pays: payment terms, due dates, methods."""

import calendar
import datetime as dt
import enum
import re
from typing import Final, NamedTuple

from encaisse.intake.rules import plain
from encaisse.party.errors import PaymentMethodUnknown, PaymentTermsUnknown

MAX_DAYS: Final = 365
_ON_RECEIPT: Final = frozenset(
    ("a reception", "a reception de facture", "reception", "comptant", "on receipt", "due on receipt")
)
_WRITTEN: Final = re.compile(
    r"(?:(?P<days>[0-9]{1,3}) (?:jours?|days?|j)(?: (?:nets?|date de facture|from invoice date))?)?"
    r" ?(?P<month>fin de mois|end of month|fdm|eom)?"
    r"(?: (?:le|on the|on) (?P<day>[0-9]{1,2})(?:st|nd|rd|th|er)?)?"
)


class TermsKind(enum.StrEnum):
    """How a due date follows from an issue date."""

    ON_RECEIPT = "on_receipt"
    NET_DAYS = "net_days"
    END_OF_MONTH = "end_of_month"
    END_OF_MONTH_ON_DAY = "end_of_month_on_day"
    INSTALMENTS = "instalments"


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


class PaymentTerms(NamedTuple):
    """A number of days, then perhaps the end of that month, then perhaps a `day` of the next one."""

    kind: TermsKind
    days: int = 0
    day: int | None = None


def due_date(terms: PaymentTerms, issue_date: dt.date) -> dt.date:
    """The last day to pay in.

    The days are counted first, then the month is completed; a day that the next month lacks is its last.
    Source: Code de commerce, art. L441-10, first of its two readings of "fin de mois".
    """
    after_days = issue_date + dt.timedelta(days=terms.days)
    if terms.kind in (TermsKind.ON_RECEIPT, TermsKind.NET_DAYS):
        return after_days
    month_end = _month_end(after_days)
    if terms.day is None:
        return month_end
    next_month_end = _month_end(month_end + dt.timedelta(days=1))
    return next_month_end.replace(day=min(terms.day, next_month_end.day))


def parse_payment_terms(text: str) -> PaymentTerms:
    """Terms as French or English files write them: « 45 jours fin de mois le 10 », "on receipt".

    Raises PaymentTermsUnknown.
    """
    written = plain(text)
    if written in _ON_RECEIPT:
        return PaymentTerms(TermsKind.ON_RECEIPT)
    parts = _WRITTEN.fullmatch(written)
    if not written or parts is None:
        raise PaymentTermsUnknown()
    days, day = int(parts["days"] or 0), int(parts["day"]) if parts["day"] else None
    day_is_misplaced = day is not None and (parts["month"] is None or not 1 <= day <= 31)
    if days > MAX_DAYS or day_is_misplaced:
        raise PaymentTermsUnknown()
    if parts["month"] is None:
        return PaymentTerms(TermsKind.NET_DAYS, days)
    kind = TermsKind.END_OF_MONTH if day is None else TermsKind.END_OF_MONTH_ON_DAY
    return PaymentTerms(kind, days, day)


def parse_payment_method(text: str) -> PaymentMethod:
    """The method by its French or English label. Raises PaymentMethodUnknown."""
    try:
        return _METHODS[plain(text)]
    except KeyError:
        raise PaymentMethodUnknown() from None


def _month_end(date: dt.date) -> dt.date:
    return date.replace(day=calendar.monthrange(date.year, date.month)[1])
