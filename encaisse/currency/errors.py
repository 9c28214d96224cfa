"""Why a rate is refused, and what lacks one."""

import datetime as dt
from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class NoRateRecorded(DomainError):
    """No rate between the two currencies is recorded for this day: the amount waits, for none is ever guessed."""

    code: ClassVar[str] = "no_rate_recorded"
    status: ClassVar[int] = 422
    currency: str
    accounting_currency: str
    date: dt.date


@refusal
class RateOfOneCurrency(DomainError):
    """A rate is between two currencies."""

    code: ClassVar[str] = "rate_of_one_currency"
    status: ClassVar[int] = 422
    currency: str


@refusal
class RateNotPositive(DomainError):
    """A rate and the number of units that it is for are above zero."""

    code: ClassVar[str] = "rate_not_positive"
    status: ClassVar[int] = 422


@refusal
class RateWithoutSource(DomainError):
    """Whoever reads a rate must be able to look where it comes from."""

    code: ClassVar[str] = "rate_without_source"
    status: ClassVar[int] = 422
