"""Rows in the text of COPY, read back as what they mean."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar, get_type_hints

from encaisse.billing.rules import ClaimRow
from encaisse.invoice.rules.rows import (
    INVOICE_COLUMNS,
    LINE_COLUMNS,
    NULL,
    TAX_COLUMNS,
    UNSEALED_COLUMNS,
    AllowanceRow,
    Draft,
    Heading,
    InvoiceRow,
    LineRow,
    OpenCharge,
    Parties,
    TaxRow,
)
from encaisse.invoice.rules.seal import parties_record, record

Row = TypeVar("Row", InvoiceRow, LineRow, TaxRow, AllowanceRow, ClaimRow)
NOON = dt.datetime(2026, 2, 1, 12, tzinfo=dt.UTC)
PARTIES = Parties(b"s" * 32, b"b" * 32, "")
ESCAPED = {r"\b": "\b", r"\f": "\f", r"\n": "\n", r"\r": "\r", r"\t": "\t", r"\v": "\v"}


class Told(NamedTuple):
    """A draft whose rows are values again."""

    invoice: InvoiceRow
    lines: list[LineRow]
    taxes: list[TaxRow]
    allowances: list[AllowanceRow]
    claims: list[ClaimRow]


def told(made: Draft) -> Told:
    """What the texts of a draft mean."""
    return Told(
        _row(InvoiceRow, INVOICE_COLUMNS + UNSEALED_COLUMNS, made.invoice),
        [_row(LineRow, LINE_COLUMNS, text) for text in made.lines],
        [_row(TaxRow, TAX_COLUMNS, text) for text in made.taxes],
        [_row(AllowanceRow, AllowanceRow._fields, text) for text in made.allowances],
        [_row(ClaimRow, ClaimRow._fields, text) for text in made.claims],
    )


def heading(currency: str = "EUR", **fields: Any) -> Heading:
    """An invoice of account 2 in run 3, at thirty days."""
    shared = record((1, 3, False, 0, currency, Decimal("1.0000000000"), None, 4, "", NOON))
    terms = record((5, "fr", "net_days", 30, None, ""))
    plain = Heading("2", "3", 0, "invoice", NULL, NULL, currency, shared, terms, parties_record(PARTIES))
    return plain._replace(**fields)


def charge(serial: int, amount: str | Decimal, **fields: Any) -> OpenCharge:
    """A charge of one unit at this price, of the class `service`, without discount or period."""
    exact = Decimal(amount).quantize(Decimal("0.000001"))
    said: dict[str, Any] = {
        "id": serial, "account_id": 2, "buyer_reference_id": None, "tax_class": "service",
        "quantity": Decimal("1.000000"), "amount": exact, "discount_amount": None,
        "product_id": 10, "label": "Service", "unit_price": exact, "discount_percent": Decimal("0.0000"),
        "discount_reason": None, "period_from": None, "period_to": None,
    }  # fmt: skip
    texts = [record([value]) for value in (said | fields).values()]
    width = len(OpenCharge._fields) - 1
    return OpenCharge(*texts[:width], "\t".join(texts[width:]))


def _row(row_type: type[Row], columns: Sequence[str], text: str) -> Row:
    assert text[-1] == "\n"
    hints = get_type_hints(row_type)
    fields = dict(zip(columns, text[:-1].split("\t"), strict=True))
    return row_type(**{name: _value(hints[name], field) for name, field in fields.items()})


def _value(hint: Any, text: str) -> Any:
    if text == NULL:
        return None
    if "Decimal" in str(hint):
        return Decimal(text)
    if "date" in str(hint):
        return (dt.datetime if "T" in text else dt.date).fromisoformat(text)
    if hint is bool:
        return text == "t"
    if hint is bytes:
        return bytes.fromhex(text.removeprefix(r"\\x"))
    return int(text) if "int" in str(hint) else _unescaped(text)


def _unescaped(text: str) -> str:
    parts = text.split(r"\\")
    for escape, char in ESCAPED.items():
        parts = [part.replace(escape, char) for part in parts]
    return "\\".join(parts)
