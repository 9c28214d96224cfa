"""The invoice made elsewhere that a record of an imported table describes, and the credit."""

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

from encaisse.intake.rules import (
    Column,
    Columns,
    Reading,
    Record,
    RowError,
    parse_choice,
    parse_currency,
    parse_date,
    parse_decimal,
    parse_text,
)
from encaisse.kernel.money import decimals, from_minor, to_minor
from encaisse.party.rules.references import LONGEST_ORDER
from encaisse.takeover.errors import (
    AmountsDoNotAddUp,
    DatedInTheFuture,
    DueBeforeIssue,
    SettledBeyondTotal,
    SignContradictsKind,
)

INVOICE: Final = "invoice"
CREDIT_NOTE: Final = "credit_note"
LONGEST_NUMBER: Final = 50
_BOUND: Final = Decimal("9999999999999")

_CUSTOMER: Final = Column(
    "customer", ("Code client", "Référence client", "Customer code", "Customer"), required=True
)
_KEY: Final = Column("key", ("Clé de facturation", "Compte de facturation", "Billing key", "Billing account"))
_CURRENCY: Final = Column("currency", ("Devise", "Currency"))
INVOICE_COLUMNS: Final = (
    Column(
        "reference",
        ("Numéro", "N° de facture", "Numéro de facture", "N° de pièce", "Number", "Invoice number"),
        required=True,
    ),
    Column("kind", ("Type", "Type de pièce", "Nature", "Kind", "Document type")),
    _CUSTOMER,
    _KEY,
    Column(
        "issue_date",
        ("Date", "Date de facture", "Date d'émission", "Issue date", "Invoice date"),
        required=True,
    ),
    Column("due_date", ("Échéance", "Date d'échéance", "Due date")),
    _CURRENCY,
    Column("net", ("Montant HT", "Total HT", "HT", "Net", "Net amount")),
    Column("tax", ("Montant TVA", "Total TVA", "TVA", "VAT", "Tax")),
    Column("gross", ("Montant TTC", "Total TTC", "TTC", "Gross", "Gross amount", "Total"), required=True),
    Column("settled", ("Déjà réglé", "Réglé", "Montant réglé", "Settled", "Paid")),
    Column("open", ("Reste dû", "Solde dû", "Solde", "Reste à payer", "Open", "Open amount", "Balance")),
    Column(
        "order_reference", ("Bon de commande", "N° de bon de commande", "Purchase order", "Order reference")
    ),
    Column("corrects", ("Facture corrigée", "Facture d'origine", "Corrects", "Original invoice")),
    Column("label", ("Désignation", "Libellé", "Line", "Description")),
    Column("quantity", ("Quantité", "Quantity")),
    Column("unit_price", ("Prix unitaire", "Prix unitaire HT", "Unit price")),
    Column("line_net", ("Montant HT de la ligne", "HT de la ligne", "Line net")),
)
CREDIT_COLUMNS: Final = (
    Column("reference", ("Référence", "N° de pièce", "Numéro", "Reference", "Number"), required=True),
    _CUSTOMER,
    _KEY,
    Column("date", ("Date", "Date de règlement", "Payment date", "Received on"), required=True),
    _CURRENCY,
    Column(
        "amount",
        ("Non imputé", "Reste à imputer", "Montant", "Solde", "Unapplied", "Left", "Amount"),
        required=True,
    ),
    Column("label", ("Libellé", "Label", "Description")),
)
_KINDS: Final = {
    "facture": INVOICE, "fac": INVOICE, "fa": INVOICE, "f": INVOICE, "invoice": INVOICE, "380": INVOICE,
    "avoir": CREDIT_NOTE, "av": CREDIT_NOTE, "a": CREDIT_NOTE, "credit note": CREDIT_NOTE, "credit": CREDIT_NOTE,
    "381": CREDIT_NOTE,
}  # fmt: skip


class LineTold(NamedTuple):
    """One line as its file tells it; amounts as exact numbers in text, empty where it says nothing."""

    label: str
    quantity: str
    unit_price: str
    net: str


class ElsewhereRow(NamedTuple):
    """An invoice or credit note made elsewhere, in minor units of its currency, a credit note negative.

    `settled_minor` is what was settled of it there, or used of a credit note. A record tells one line at most.
    """

    reference: str
    kind: str
    customer: str
    key: str
    issue_date: dt.date
    due_date: dt.date | None
    currency: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    settled_minor: int
    order_reference: str
    corrects: str
    line: LineTold | None
    line_net_minor: int

    @property
    def heading(self) -> "ElsewhereRow":
        """What its records repeat: all but the line."""
        return self._replace(line=None, line_net_minor=0)


class CreditRow(NamedTuple):
    """What is left of money that an account gave elsewhere."""

    reference: str
    customer: str
    key: str
    date: dt.date
    currency: str
    amount_minor: int
    label: str


class _Amounts(NamedTuple):
    net_minor: int
    tax_minor: int
    gross_minor: int
    settled_minor: int


def read_invoice(record: Record, columns: Columns, *, today: dt.date) -> ElsewhereRow | list[RowError]:
    """The invoice of a record whose columns were matched with INVOICE_COLUMNS, or all its errors."""
    reading = Reading(record, columns)
    currency = reading.optional("currency", parse_currency, "EUR")
    issue_date = reading.required("issue_date", parse_date, dt.date.min)
    if issue_date > today:
        reading.refuse("issue_date", DatedInTheFuture(today=today))
    due_date = reading.optional("due_date", parse_date, None)
    if due_date is not None and due_date < issue_date:
        reading.refuse("due_date", DueBeforeIssue(issue_date=issue_date))
    told = reading.optional("kind", partial(parse_choice, labels=_KINDS), "")
    kind, sign, amounts = _amounts(reading, told, currency)
    line, line_net = _line(reading, currency)
    row = ElsewhereRow(
        reference=reading.required("reference", partial(parse_text, longest=LONGEST_NUMBER), ""),
        kind=kind,
        customer=reading.required("customer", parse_text, ""),
        key=reading.optional("key", parse_text, ""),
        issue_date=issue_date,
        due_date=due_date,
        currency=currency,
        **amounts._asdict(),
        order_reference=reading.optional("order_reference", partial(parse_text, longest=LONGEST_ORDER), ""),
        corrects=reading.optional("corrects", partial(parse_text, longest=LONGEST_NUMBER), ""),
        line=line,
        line_net_minor=sign * line_net,
    )
    return reading.errors or row


def read_credit(record: Record, columns: Columns, *, today: dt.date) -> CreditRow | list[RowError]:
    """The credit of a record whose columns were matched with CREDIT_COLUMNS, or all its errors."""
    reading = Reading(record, columns)
    currency = reading.optional("currency", parse_currency, "EUR")
    date = reading.required("date", parse_date, dt.date.min)
    if date > today:
        reading.refuse("date", DatedInTheFuture(today=today))
    smallest = from_minor(1, currency)
    exact = partial(parse_decimal, decimals=decimals(currency), lowest=smallest, highest=_BOUND)
    row = CreditRow(
        reference=reading.required("reference", partial(parse_text, longest=LONGEST_NUMBER), ""),
        customer=reading.required("customer", parse_text, ""),
        key=reading.optional("key", parse_text, ""),
        date=date,
        currency=currency,
        amount_minor=to_minor(reading.required("amount", exact, smallest), currency),
        label=reading.optional("label", parse_text, ""),
    )
    return reading.errors or row


def _amounts(reading: Reading, told: str, currency: str) -> tuple[str, int, _Amounts]:
    """The kind, the sign that turns what is written into it, and the amounts with that sign."""

    def minor(field: str) -> int | None:
        amount = reading.optional(field, _exact(currency), None)
        return None if amount is None else to_minor(amount, currency)

    reading.required("gross", _exact(currency), Decimal(0))
    gross = minor("gross") or 0
    kind = told or (CREDIT_NOTE if gross < 0 else INVOICE)
    if kind == INVOICE and gross < 0:
        reading.refuse("gross", SignContradictsKind())
    # A credit note is written with a minus or without; it is stored with one.
    sign = -1 if kind == CREDIT_NOTE and gross > 0 else 1
    net, tax = _taxed(reading, gross, minor("net"), minor("tax"), currency)
    settled = _settled(reading, abs(gross), minor("settled"), minor("open"), currency)
    towards = -1 if kind == CREDIT_NOTE else 1
    return kind, sign, _Amounts(sign * net, sign * tax, sign * gross, towards * settled)


def _taxed(reading: Reading, gross: int, net: int | None, tax: int | None, currency: str) -> tuple[int, int]:
    if net is None:
        return gross - (tax or 0), tax or 0
    if tax is None:
        return net, gross - net
    if net + tax != gross:
        come_to, total = from_minor(net + tax, currency), from_minor(gross, currency)
        reading.refuse("gross", AmountsDoNotAddUp(come_to=come_to, total=total))
    return net, gross - net


def _settled(reading: Reading, whole: int, settled: int | None, left: int | None, currency: str) -> int:
    """What is settled, positive: as it is written, or as what is open says."""
    done = None if settled is None else abs(settled)
    rest = None if left is None else abs(left)
    if done is not None and rest is not None and done + rest != whole:
        come_to, total = from_minor(done + rest, currency), from_minor(whole, currency)
        reading.refuse("open", AmountsDoNotAddUp(come_to=come_to, total=total))
    found = done if done is not None else whole - rest if rest is not None else 0
    if not 0 <= found <= whole:
        field = "open" if done is None else "settled"
        reading.refuse(field, SettledBeyondTotal(total=from_minor(whole, currency)))
        return 0
    return found


def _line(reading: Reading, currency: str) -> tuple[LineTold | None, int]:
    exact = partial(parse_decimal, lowest=-_BOUND, highest=_BOUND)
    label = reading.optional("label", partial(parse_text, longest=1_000), "")
    quantity = reading.optional("quantity", exact, None)
    unit_price = reading.optional("unit_price", exact, None)
    told = reading.optional("line_net", _exact(currency), None)
    if told is None and quantity is not None and unit_price is not None:
        told = from_minor(to_minor(quantity * unit_price, currency), currency)
    if not label and told is None:
        return None, 0
    net = told or Decimal(0)
    return LineTold(label, _plain(quantity), _plain(unit_price), _plain(net)), to_minor(net, currency)


def _exact(currency: str) -> "partial[Decimal]":
    return partial(parse_decimal, decimals=decimals(currency), lowest=-_BOUND, highest=_BOUND)


def _plain(value: Decimal | None) -> str:
    return "" if value is None else format(value, "f")
