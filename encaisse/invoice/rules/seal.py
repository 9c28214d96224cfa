"""The seal of an invoice: a canonical text of all that it says, its digest, and the link of its series' chain.

The text can be made again from the columns, so `books` can tell whether a stored value is still the one that
was sealed. Its form has a version; an old version is kept as long as an invoice carries it.
"""

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Final

from encaisse.invoice.rules.rows import InvoiceRow, LineRow, TaxRow

VERSION: Final = 1


def canonical(
    row: InvoiceRow, parties: tuple[bytes, bytes], lines: Sequence[LineRow], taxes: Sequence[TaxRow]
) -> str:
    """Everything the document says but its number and dates, one record a line, in the order of positions.

    Decimals stand with the scale of their column, which is how PostgreSQL gives them; free text with its length
    before it. `parties` are the digests of the seller's and the buyer's identities.
    """
    seller, buyer = parties
    head = (
        f"encaisse-invoice-1|{row.id}|{row.kind}|{row.legal_entity_id}|{row.account_id}|{row.run_id}|{row.split}"
        f"|{row.made_elsewhere}|{row.period_from}|{row.period_to}|{row.currency}|{row.net_minor}|{row.tax_minor}"
        f"|{row.gross_minor}|{row.deducted_minor}|{row.payable_minor}|{row.accounting_currency}|{row.rate}"
        f"|{row.acc_net_minor}|{row.acc_tax_minor}|{row.acc_gross_minor}|{row.seller_identity_id}|{seller.hex()}"
        f"|{row.buyer_identity_id}|{buyer.hex()}|{row.language}|{row.terms_kind}|{row.terms_days}|{row.terms_day}"
        f"|{row.corrects_id}|{len(row.reason)}:{row.reason}|{_instant(row.drafted_at)}"
    )
    body = [
        f"L|{line.id}|{line.position}|{line.product_id}|{line.tax_id}|{len(line.label)}:{line.label}"
        f"|{line.quantity}|{line.unit_price}|{line.discount_percent}|{line.gross_minor}"
        f"|{line.discount_minor}|{line.net_minor}|{line.acc_net_minor}|{line.period_from}|{line.period_to}"
        for line in lines
    ]
    tail = [
        f"T|{tax.position}|{tax.tax_id}|{tax.component}|{tax.category}|{tax.kind}|{tax.rate}|{tax.base_minor}"
        f"|{tax.tax_minor}|{tax.acc_tax_minor}"
        for tax in taxes
    ]
    return "\n".join([head, *body, *tail])


def digest(
    row: InvoiceRow, parties: tuple[bytes, bytes], lines: Sequence[LineRow], taxes: Sequence[TaxRow]
) -> bytes:
    """SHA-256 of the canonical text."""
    return sha256(canonical(row, parties, lines, taxes).encode()).digest()


def link(previous: bytes, number: str, dates: tuple[dt.date, dt.date, dt.datetime], content: bytes) -> bytes:
    """What ties a document to the one before it in its series: SHA-256 of the previous link, the number, the
    issue date, the due date, the instant of issue, and the digest of the content."""
    issue_date, due_date, issued_at = dates
    text = f"|{number}|{issue_date}|{due_date}|{_instant(issued_at)}|"
    return sha256(previous + text.encode() + content).digest()


@lru_cache(maxsize=64)
def _instant(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")
