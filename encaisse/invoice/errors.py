"""Refusals about invoices."""

import datetime as dt
from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class MissingLegalData(DomainError):
    """A document without this field of this party would not be legal."""

    code: ClassVar[str] = "missing_legal_data"
    party: str
    field: str


@refusal
class NoRateRecorded(DomainError):
    """The account's currency is not the books' and no exchange rate is recorded."""

    code: ClassVar[str] = "no_rate_recorded"
    currency: str
    accounting_currency: str


@refusal
class NegativeTotal(DomainError):
    """The open charges sum to less than zero: an invoice is never negative."""

    code: ClassVar[str] = "negative_total"
    gross_minor: int
    currency: str


@refusal
class InvoiceNotApproved(DomainError):
    """Only approved drafts are issued."""

    code: ClassVar[str] = "invoice_not_approved"
    invoice_id: int
    state: str


@refusal
class IssueDateBeforeLast(DomainError):
    """The series already gave a number on a later date: numbers and dates grow together."""

    code: ClassVar[str] = "issue_date_before_last"
    issue_date: dt.date
    last_issue_date: dt.date
    series: str


@refusal
class InvoiceNotIssued(DomainError):
    """Only an issued invoice can be credited, rendered or paid."""

    code: ClassVar[str] = "invoice_not_issued"
    invoice_id: int
    state: str


@refusal
class AlreadyCredited(DomainError):
    """A credit note already corrects this invoice."""

    code: ClassVar[str] = "already_credited"
    invoice_id: int


@refusal
class NotCreditable(DomainError):
    """A credit note is not itself credited; bill again instead."""

    code: ClassVar[str] = "not_creditable"
    invoice_id: int


@refusal
class DraftNotCancellable(DomainError):
    """An issued document is never cancelled: credit it."""

    code: ClassVar[str] = "draft_not_cancellable"
    invoice_id: int
    state: str
