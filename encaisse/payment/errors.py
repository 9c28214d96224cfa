"""Why a payment is refused."""

from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class AmountNotPositive(DomainError):
    """Money received is more than zero; money that went back is a return, not a negative payment."""

    code: ClassVar[str] = "amount_not_positive"
    status: ClassVar[int] = 422
    amount_minor: int


@refusal
class UnknownMethod(DomainError):
    """No payment is taken by this method."""

    code: ClassVar[str] = "unknown_method"
    status: ClassVar[int] = 422
    method: str


@refusal
class NotInTheAccountsCurrency(DomainError):
    """The account is owed, and paid, in another currency."""

    code: ClassVar[str] = "not_in_the_accounts_currency"
    status: ClassVar[int] = 422
    account_currency: str
    currency: str


@refusal
class OriginKeyReused(DomainError):
    """A payment of this origin is recorded already, and says something else."""

    code: ClassVar[str] = "origin_key_reused"
    origin_key: str
    payment_id: int


@refusal
class PaymentReturned(DomainError):
    """The payment did not stay: there is nothing left of it to use or to return."""

    code: ClassVar[str] = "payment_returned"
    payment_id: int


@refusal
class PaymentStillAllocated(DomainError):
    """The payment is still laid on invoices; take that back first."""

    code: ClassVar[str] = "payment_still_allocated"
    payment_id: int
    allocated_minor: int


@refusal
class PaymentNotWithdrawable(DomainError):
    """Only what came from elsewhere is withdrawn, while it stayed and is laid on nothing."""

    code: ClassVar[str] = "payment_not_withdrawable"
    payment_id: int
