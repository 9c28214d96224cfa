"""Refusals about invoices."""

import datetime as dt
from decimal import Decimal
from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class MissingLegalData(DomainError):
    """A document without this field of this party would not be legal."""

    code: ClassVar[str] = "missing_legal_data"
    party: str
    field: str


@refusal
class NegativeTotal(DomainError):
    """The open charges sum to less than zero, and no issued invoice is there that a credit note could correct."""

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
class DraftNotInState(DomainError):
    """The draft is not where this decision begins."""

    code: ClassVar[str] = "draft_not_in_state"
    invoice_id: int
    state: str
    needed: str


@refusal
class DraftNotCancellable(DomainError):
    """An issued document is never cancelled: credit it."""

    code: ClassVar[str] = "draft_not_cancellable"
    invoice_id: int
    state: str


@refusal
class LineNotOfInvoice(DomainError):
    """A credit note takes lines of the invoice that it corrects, and of no other."""

    code: ClassVar[str] = "line_not_of_invoice"
    invoice_id: int
    line_id: int


@refusal
class NothingToCredit(DomainError):
    """Nothing was chosen of which anything is left to credit."""

    code: ClassVar[str] = "nothing_to_credit"
    invoice_id: int


@refusal
class CutBeyondLine(DomainError):
    """A line is credited up to what earlier credit notes left of it, by a quantity or an amount of its own sign."""

    code: ClassVar[str] = "cut_beyond_line"
    label: str
    left_quantity: Decimal
    left_minor: int
    currency: str


@refusal
class CreditWouldBill(DomainError):
    """The lines chosen are no credit within what is left of the invoice, because some of them are negative."""

    code: ClassVar[str] = "credit_would_bill"
    gross_minor: int
    left_minor: int
    currency: str


@refusal
class CreditNoteCancelled(DomainError):
    """An opposite invoice already bills again what this credit note credited."""

    code: ClassVar[str] = "credit_note_cancelled"
    invoice_id: int


@refusal
class OnlyCreditNotesAreCancelled(DomainError):
    """An issued invoice is credited, not cancelled by an opposite invoice."""

    code: ClassVar[str] = "only_credit_notes_are_cancelled"
    invoice_id: int


@refusal
class NoReasonGiven(DomainError):
    """A correction says why it is made."""

    code: ClassVar[str] = "no_reason_given"
    invoice_id: int


@refusal
class NotWithdrawable(DomainError):
    """Only what was made elsewhere is withdrawn, while nothing settles or corrects it."""

    code: ClassVar[str] = "not_withdrawable"
    invoice_id: int


@refusal
class MadeElsewhere(DomainError):
    """It was made elsewhere: what corrects it is made there too, and comes in by import."""

    code: ClassVar[str] = "made_elsewhere"
    invoice_id: int


@refusal
class AdvanceCurrency(DomainError):
    """Advances are asked for in the currency of the books."""

    code: ClassVar[str] = "advance_currency"
    status: ClassVar[int] = 422
    currency: str


@refusal
class AdvanceTaxRefused(DomainError):
    """An advance bears VAT and no other tax: what is sold bears another."""

    code: ClassVar[str] = "advance_tax_refused"
    status: ClassVar[int] = 422


@refusal
class AdvanceGivenBack(DomainError):
    """The credit note of an advance is not cancelled: ask for another advance."""

    code: ClassVar[str] = "advance_given_back"
    status: ClassVar[int] = 422
    invoice_id: int


@refusal
class AdvanceDeducted(DomainError):
    """What settles an advance is not taken back while an invoice deducts it: that invoice is credited first."""

    code: ClassVar[str] = "advance_deducted"
    invoice_id: int
