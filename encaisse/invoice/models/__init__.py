"""Every table of invoices, gathered here: documents with their series, and advances with what was deducted of them."""

from encaisse.invoice.models.advances import Advance, Deduction
from encaisse.invoice.models.documents import (
    INVOICE_TRANSITIONS,
    MUTABLE_ONCE_BROUGHT_IN,
    MUTABLE_ONCE_ISSUED,
    Allowance,
    Instalment,
    Invoice,
    InvoiceKind,
    InvoiceQuerySet,
    InvoiceState,
    InvoiceTax,
    Line,
    Series,
)

__all__ = [
    "INVOICE_TRANSITIONS",
    "MUTABLE_ONCE_BROUGHT_IN",
    "MUTABLE_ONCE_ISSUED",
    "Advance",
    "Allowance",
    "Deduction",
    "Instalment",
    "Invoice",
    "InvoiceKind",
    "InvoiceQuerySet",
    "InvoiceState",
    "InvoiceTax",
    "Line",
    "Series",
]
