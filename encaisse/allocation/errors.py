"""Why an allocation is refused."""

from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class NothingToAllocate(DomainError):
    """Nothing is left of the source, or the account has nothing open."""

    code: ClassVar[str] = "nothing_to_allocate"
    source: str
    source_id: int


@refusal
class AmountNotPositive(DomainError):
    """What is laid on an invoice is more than zero."""

    code: ClassVar[str] = "allocation_not_positive"
    status: ClassVar[int] = 422
    invoice_id: int
    amount_minor: int


@refusal
class InvoiceNotOpen(DomainError):
    """It is not an issued invoice of the source's own account with something still to settle."""

    code: ClassVar[str] = "invoice_not_open"
    invoice_id: int


@refusal
class MoreThanOpen(DomainError):
    """More is laid on an invoice than is open on it."""

    code: ClassVar[str] = "more_than_open"
    invoice_id: int
    amount_minor: int
    open_minor: int


@refusal
class MoreThanLeft(DomainError):
    """More is laid on invoices than is left of the source."""

    code: ClassVar[str] = "more_than_left"
    amount_minor: int
    left_minor: int


@refusal
class NotACreditNote(DomainError):
    """The document is no issued credit note."""

    code: ClassVar[str] = "not_a_credit_note"
    invoice_id: int


@refusal
class TakenBack(DomainError):
    """The allocation was taken back already, or is itself the taking back of another."""

    code: ClassVar[str] = "allocation_taken_back"
    allocation_id: int
