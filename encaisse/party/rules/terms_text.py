"""Payment terms as people write them: « 45 jours fin de mois, le 10 », « 30 % à réception, le solde à 30 jours »."""

import re
from decimal import Decimal
from typing import Final

from encaisse.intake.rules import plain
from encaisse.party.errors import InstalmentsNotWhole, PaymentTermsUnknown
from encaisse.party.rules.terms import PaymentTerms, Share, TermsKind

MAX_DAYS: Final = 365
MAX_SHARES: Final = 24
_ON_RECEIPT: Final = frozenset(
    ("a reception", "a reception de facture", "reception", "comptant", "on receipt", "due on receipt")
)
_SIMPLE: Final = re.compile(
    r"(?:(?:a|at|sous|within|in) (?=[0-9]|f|e))?"
    r"(?:(?P<days>[0-9]{1,3}) (?:jours?|days?|j)(?: (?:nets?|date de facture|from invoice date))?)?"
    r" ?(?P<month>fin de mois|end of month|fdm|eom)?"
    r"(?: (?:le|on the|on) (?P<day>[0-9]{1,2})(?:st|nd|rd|th|er)?)?"
)
_AMOUNT: Final = r"(?:[0-9]{1,3}(?:[.,][0-9]{1,4})?\s*%|(?:le\s+|the\s+)?(?:solde|balance|rest)\b)"
_SHARE: Final = re.compile(
    rf"(?P<amount>{_AMOUNT})\s*(?P<terms>[^%]+?)\s*(?:[;,+]|\b(?:puis|et|then|and)\b)*\s*(?={_AMOUNT}|$)",
    re.IGNORECASE,
)


def parse_payment_terms(text: str) -> PaymentTerms:
    """Terms as French or English files write them. Raises PaymentTermsUnknown and InstalmentsNotWhole."""
    return _instalments(text.strip()) if "%" in text else _simple(text)


def _simple(text: str) -> PaymentTerms:
    written = plain(text)
    if written in _ON_RECEIPT:
        return PaymentTerms(TermsKind.ON_RECEIPT)
    parts = _SIMPLE.fullmatch(written)
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


def _instalments(text: str) -> PaymentTerms:
    shares: list[Share] = []
    end = 0
    for found in _SHARE.finditer(text):
        if found.start() != end:
            raise PaymentTermsUnknown()
        end = found.end()
        shares.append(Share(_percent(found["amount"], shares), _simple(found["terms"])))
    if end != len(text) or not 2 <= len(shares) <= MAX_SHARES or any(share.percent <= 0 for share in shares):
        raise PaymentTermsUnknown()
    total = sum(share.percent for share in shares)
    if total != 100:
        raise InstalmentsNotWhole(total=Decimal(total))
    return PaymentTerms(TermsKind.INSTALMENTS, shares=tuple(shares))


def _percent(amount: str, before: list[Share]) -> Decimal:
    if not amount.endswith("%"):
        return 100 - sum((share.percent for share in before), Decimal(0))
    return Decimal(amount.removesuffix("%").strip().replace(",", "."))
