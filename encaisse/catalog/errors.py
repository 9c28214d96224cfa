"""Why an offer is refused."""

from dataclasses import dataclass
from typing import ClassVar

from encaisse.kernel.errors import DomainError


@dataclass(frozen=True)
class PeriodUnknown(DomainError):
    """The text names no period that prices can recur by."""

    code: ClassVar[str] = "period_unknown"
    status: ClassVar[int] = 422


@dataclass(frozen=True)
class RevenueAccountInvalid(DomainError):
    """The account is not one of class 7 of the French chart, in three to ten digits."""

    code: ClassVar[str] = "revenue_account_invalid"
    status: ClassVar[int] = 422
