"""The rows of an invoice as named tuples; where a row is loaded by COPY, its fields are the columns in order."""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from encaisse.billing.rules import ClaimRow


class OpenCharge(NamedTuple):
    """A charge that waits to be billed."""

    id: int
    account_id: int
    product_id: int
    tax_class: str
    label: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    discount_percent: Decimal
    period_from: dt.date | None
    period_to: dt.date | None


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
    reason: str


class Draft(NamedTuple):
    """One invoice ready to be loaded. Ids of lines count from `first_line_id`."""

    invoice: InvoiceRow
    lines: list[LineRow]
    taxes: list[TaxRow]
    allowances: list[AllowanceRow]
    claims: list[ClaimRow]
