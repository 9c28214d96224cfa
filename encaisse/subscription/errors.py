"""Why a contract is refused."""

import datetime as dt
from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class EndsBeforeItStarts(DomainError):
    """The last day of the contract comes before its first."""

    code: ClassVar[str] = "ends_before_it_starts"
    status: ClassVar[int] = 422
    start_date: dt.date
