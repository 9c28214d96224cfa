"""Why an offer is refused."""

from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class PeriodUnknown(DomainError):
    """The text names no period that prices can recur by."""

    code: ClassVar[str] = "period_unknown"
    status: ClassVar[int] = 422


@refusal
class RevenueAccountInvalid(DomainError):
    """The account is not one of class 7 of the French chart, in three to ten digits."""

    code: ClassVar[str] = "revenue_account_invalid"
    status: ClassVar[int] = 422
