"""The rows of an invoice as named tuples; where a row is loaded by COPY, its fields are the columns in order.

A mass run never makes these rows: it copies texts out and in. The columns of such texts are named here, what differs
most first and what is repeated from the source last; the seal writes its records in the same order.
"""

import datetime as dt
from decimal import Decimal
from typing import Final, NamedTuple

NULL: Final = r"\N"
"""What COPY writes where there is nothing."""

INVOICE_COLUMNS: Final = (
    "id", "account_id", "split", "kind", "corrects_id", "buyer_reference_id", "period_from", "period_to", "currency",
    "allowance_minor", "net_minor", "tax_minor", "gross_minor", "payable_minor",
    "acc_net_minor", "acc_tax_minor", "acc_gross_minor",
    "legal_entity_id", "run_id", "made_elsewhere", "deducted_minor", "accounting_currency", "rate",
    "exchange_rate_id", "seller_identity_id", "reason", "drafted_at",
    "buyer_identity_id", "language", "terms_kind", "terms_days", "terms_day", "terms_plan",
)  # fmt: skip
# Not sealed: the state, which a number and a link stand for, what is settled, which moves, and the seal itself.
UNSEALED_COLUMNS: Final = ("state", "settled_minor", "digest_version", "digest")
LINE_COLUMNS: Final = (
    "id", "invoice_id", "position", "tax_id", "quantity", "gross_minor", "discount_minor", "net_minor",
    "acc_net_minor", "corrects_line",
    "product_id", "label", "unit_price", "discount_percent", "discount_reason", "period_from", "period_to",
)  # fmt: skip
TAX_COLUMNS: Final = (
    "invoice_id", "position", "base_minor", "tax_minor", "acc_tax_minor", "deferred_minor",
    "tax_id", "component", "category", "kind", "rate",
)  # fmt: skip


class OpenCharge(NamedTuple):
    """A charge that waits to be billed: a row of `open_charges.sql`, in the text in which COPY gives it.

    `line` is what a line repeats of it, as it will be copied in again: product, label, unit price, percentage and
    reason of its discount, period. Charges of one `line` and one sign share a line.
    """

    id: str
    account_id: str
    buyer_reference_id: str
    tax_class: str
    quantity: str
    amount: str
    discount_amount: str
    line: str


class Parties(NamedTuple):
    """What a seal knows of the parties: digests that name the content of the seller's and of the buyer's
    identities, and the text of the buyer's references, empty when there are none."""

    seller: bytes
    buyer: bytes
    reference: str = ""


class Header(NamedTuple):
    """What a draft knows of its parties before any arithmetic."""

    legal_entity_id: int
    account_id: int
    run_id: int | None
    kind: str
    currency: str
    accounting_currency: str
    seller_identity_id: int
    buyer_identity_id: int
    buyer_reference_id: int | None
    parties: Parties
    language: str
    terms_kind: str
    terms_days: int
    terms_day: int | None
    terms_plan: str
    corrects_id: int | None
    reason: str
    drafted_at: dt.datetime


class Heading(NamedTuple):
    """What a draft says before any arithmetic, in the text in which COPY takes it.

    `shared` is what all invoices of a part have alike, `terms` what the account repeats on each of its own, and
    `parties` the first record of the seal.
    """

    account_id: str
    run_id: str
    split: int
    kind: str
    corrects_id: str
    buyer_reference_id: str
    currency: str
    shared: str
    terms: str
    parties: str


class Approved(NamedTuple):
    """A row of `lock_approved.sql`, in the order in which numbers are given."""

    id: int
    legal_entity_id: int
    kind: str
    payable_minor: int
    terms_kind: str
    terms_days: int
    terms_day: int | None
    terms_plan: str
    digest: bytes
    exchange_rate_id: int | None
    deducted_minor: int
    is_of_an_advance: bool


class InvoiceRow(NamedTuple):
    """An invoice as it is drafted."""

    id: int
    legal_entity_id: int
    account_id: int
    run_id: int | None
    split: int
    kind: str
    made_elsewhere: bool
    state: str
    period_from: dt.date | None
    period_to: dt.date | None
    currency: str
    allowance_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    deducted_minor: int
    payable_minor: int
    settled_minor: int
    accounting_currency: str
    rate: Decimal
    acc_net_minor: int
    acc_tax_minor: int
    acc_gross_minor: int
    seller_identity_id: int
    buyer_identity_id: int
    buyer_reference_id: int | None
    language: str
    terms_kind: str
    terms_days: int
    terms_day: int | None
    terms_plan: str
    corrects_id: int | None
    reason: str
    drafted_at: dt.datetime
    exchange_rate_id: int | None = None
    digest_version: int = 0
    digest: bytes = b""

    def sealed(self, version: int, digest: bytes) -> "InvoiceRow":
        """The same row with its seal."""
        return InvoiceRow(*self[:-2], version, digest)


class LineRow(NamedTuple):
    """A line as it is stored."""

    id: int
    invoice_id: int
    position: int
    product_id: int
    tax_id: int
    label: str
    quantity: Decimal
    unit_price: Decimal
    discount_percent: Decimal
    gross_minor: int
    discount_minor: int
    net_minor: int
    acc_net_minor: int
    period_from: dt.date | None
    period_to: dt.date | None
    discount_reason: str | None
    corrects_line: int | None = None


class TaxRow(NamedTuple):
    """A component of a tax on one document, as it is stored."""

    invoice_id: int
    position: int
    tax_id: int
    component: int
    category: str
    kind: str
    rate: Decimal
    base_minor: int
    tax_minor: int
    acc_tax_minor: int
    deferred_minor: int


class AllowanceRow(NamedTuple):
    """A discount of the document on one of its taxes, as it is stored."""

    invoice_id: int
    position: int
    tax_id: int
    percent: Decimal | None
    base_minor: int
    amount_minor: int
    acc_amount_minor: int
    reason: str


class DeductionRow(NamedTuple):
    """What a document deducts of one tax of an advance, as it is stored."""

    invoice_id: int
    position: int
    advance_id: int
    advance_tax_id: int
    net_minor: int
    tax_minor: int


class Draft(NamedTuple):
    """One invoice ready to be loaded: its totals, and its rows in the text in which COPY takes them."""

    id: int
    kind: str
    net_minor: int
    tax_minor: int
    gross_minor: int
    invoice: str
    lines: list[str]
    taxes: list[str]
    allowances: list[str]
    claims: list[str]
    deductions: list[DeductionRow]
