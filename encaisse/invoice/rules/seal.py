"""The seal of an invoice: a canonical text of all that it says, its digest, and the link of its series' chain.

The text can be made again from the columns, so `books` can tell whether a stored value is still the one that
was sealed. Its form has a version; an old version is kept as long as an invoice carries it.
"""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final

from encaisse.invoice.rules.rows import AllowanceRow, InvoiceRow, LineRow, Parties, TaxRow

VERSION: Final = 1

# What is not sealed: the state, which a number and a link stand for, and what is settled, which moves.
_STATE: Final = InvoiceRow._fields.index("state")
_SETTLED: Final = InvoiceRow._fields.index("settled_minor")
_REASON: Final = InvoiceRow._fields.index("reason")
# One record a line, one value a field; free text quoted and in ASCII, so that it ends neither and never depends on
# which characters a version of Python calls printable.
_HEAD: Final = "encaisse-invoice-1" + "|%s" * (_REASON - 2) + "|%a|%s|%s|%a|%s"
_TEXTS: Final = frozenset({"label", "discount_reason", "reason"})


def _record(letter: str, fields: tuple[str, ...]) -> str:
    return letter + "".join("|%a" if field in _TEXTS else "|%s" for field in fields)


_LINE: Final = _record("L", LineRow._fields)
_TAX: Final = _record("T", TaxRow._fields)
_ALLOWANCE: Final = _record("A", AllowanceRow._fields)


def canonical(
    row: InvoiceRow,
    parties: Parties,
    lines: Sequence[LineRow],
    taxes: Sequence[TaxRow],
    allowances: Sequence[AllowanceRow],
) -> str:
    """Everything the document says but its number and dates, one record a line, in the order of positions.

    Decimals stand with the scale of their column, which is how PostgreSQL gives them.
    """
    said = (*row[:_STATE], *row[_STATE + 1 : _SETTLED], *row[_SETTLED + 1 : _REASON])
    names = (parties.seller.hex(), parties.buyer.hex(), parties.reference)
    head = _HEAD % (*said, row.reason, *names, _instant(row.drafted_at))
    body = [_LINE % line for line in lines]
    tail = [_TAX % tax for tax in taxes]
    return "\n".join([head, *body, *tail, *[_ALLOWANCE % allowance for allowance in allowances]])


def digest(
    row: InvoiceRow,
    parties: Parties,
    lines: Sequence[LineRow],
    taxes: Sequence[TaxRow],
    allowances: Sequence[AllowanceRow] = (),
) -> bytes:
    """SHA-256 of the canonical text."""
    return sha256(canonical(row, parties, lines, taxes, allowances).encode()).digest()


def link(previous: bytes, number: str, dates: tuple[dt.date, dt.date, dt.datetime], content: bytes) -> bytes:
    """What ties a document to the one before it in its series: SHA-256 of the previous link, the number, the
    issue date, the due date, the instant of issue, and the digest of the content."""
    issue_date, due_date, issued_at = dates
    text = f"|{number}|{issue_date}|{due_date}|{_instant(issued_at)}|"
    return sha256(previous + text.encode() + content).digest()


@lru_cache(maxsize=64)
def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")
