"""The seal of an invoice: a canonical text of all that it says, its digest, and the link of its series' chain.

The text can be made again from the columns, so `books` can tell whether a stored value is still the one that
was sealed. Its form has a version; an old version is kept as long as an invoice carries it.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from functools import lru_cache
from hashlib import sha256
from operator import itemgetter
from typing import Any, Final, NamedTuple

from encaisse.invoice.rules.rows import (
    INVOICE_COLUMNS,
    LINE_COLUMNS,
    NULL,
    TAX_COLUMNS,
    AllowanceRow,
    DeductionRow,
    InvoiceRow,
    LineRow,
    Parties,
    TaxRow,
)

VERSION: Final = 1
_FORM: Final = "encaisse-invoice-1"
_ESCAPES: Final = str.maketrans(
    {"\\": r"\\", "\b": r"\b", "\f": r"\f", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\v": r"\v"}
)


def _in_order(row: type[NamedTuple], columns: Sequence[str]) -> "itemgetter[Any]":
    return itemgetter(*map(row._fields.index, columns))


_INVOICE: Final = _in_order(InvoiceRow, INVOICE_COLUMNS)
_LINE: Final = _in_order(LineRow, LINE_COLUMNS)
_TAX: Final = _in_order(TaxRow, TAX_COLUMNS)


def record(values: Iterable[object]) -> str:
    """One row in the text of PostgreSQL's COPY: between tabs, without its end. Instants stand in UTC.

    Decimals stand with the scale of their column, which is how PostgreSQL gives them.
    """
    return "\t".join(map(_written, values))


def parties_record(parties: Parties) -> str:
    """The first record of a seal: its form, and what it knows of the parties."""
    return f"{_FORM}\t{parties.seller.hex()}\t{parties.buyer.hex()}\t{_written(parties.reference)}"


def canonical(
    row: InvoiceRow,
    parties: Parties,
    lines: Sequence[LineRow],
    taxes: Sequence[TaxRow],
    allowances: Sequence[AllowanceRow],
    deductions: Sequence[DeductionRow] = (),
) -> str:
    """Everything the document says but its number and dates, in the order of positions, as `sealed` has it.

    One that deducts nothing has the form that documents had before any did.
    """
    return _text(
        parties_record(parties),
        record(_INVOICE(row)),
        [f"{record(_LINE(line))}\n" for line in lines],
        [f"{record(_TAX(tax))}\n" for tax in taxes],
        [f"{record(allowance)}\n" for allowance in allowances],
        *deducted_records(deductions),
    )


def deducted_records(deductions: Sequence[DeductionRow]) -> list[list[str]]:
    """The last kind of rows of a seal: none of a document that deducts nothing."""
    return [[f"{record(each)}\n" for each in deductions]] if deductions else []


def digest(
    row: InvoiceRow,
    parties: Parties,
    lines: Sequence[LineRow],
    taxes: Sequence[TaxRow],
    allowances: Sequence[AllowanceRow] = (),
    deductions: Sequence[DeductionRow] = (),
) -> bytes:
    """SHA-256 of the canonical text."""
    return sha256(canonical(row, parties, lines, taxes, allowances, deductions).encode()).digest()


def sealed(parties: str, invoice: str, *rows: Sequence[str]) -> str:
    """The digest in hexadecimal of the very texts that are loaded: the record of the parties, that of the invoice
    without its end, and the rows of its lines, its taxes and its allowances."""
    return sha256(_text(parties, invoice, *rows).encode()).hexdigest()


def _text(parties: str, invoice: str, *rows: Sequence[str]) -> str:
    # One record a line and an empty line after each kind of rows; texts are escaped, so that none ends its record.
    return f"{parties}\n{invoice}\n" + "\n".join(["".join(each) for each in rows])


def _written(value: object) -> str:
    if value is None:
        return NULL
    if isinstance(value, str):
        return value.translate(_ESCAPES)
    if isinstance(value, bool):
        return "t" if value else "f"
    return _instant(value) if isinstance(value, dt.datetime) else str(value)


def link(previous: bytes, number: str, dates: tuple[dt.date, dt.date, dt.datetime], content: bytes) -> bytes:
    """What ties a document to the one before it in its series: SHA-256 of the previous link, the number, the
    issue date, the due date, the instant of issue, and the digest of the content."""
    return sha256(previous + f"|{number}|{_dated(dates)}|".encode() + content).digest()


@lru_cache(maxsize=1024)
def _dated(dates: tuple[dt.date, dt.date, dt.datetime]) -> str:
    issue_date, due_date, issued_at = dates
    return f"{issue_date}|{due_date}|{_instant(issued_at)}"


@lru_cache(maxsize=64)
def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")
