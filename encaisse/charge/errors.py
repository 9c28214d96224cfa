"""Why a charge is refused."""

import datetime as dt
from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class PriceMissing(DomainError):
    """The account holds an offer that has no price in its currency on the first day of a period."""

    code: ClassVar[str] = "price_missing"
    status: ClassVar[int] = 422
    offer: str
    currency: str
    on: dt.date


@refusal
class ContractChangedMeanwhile(DomainError):
    """A contract changed while it was being rated: nothing of it is kept, and rating is done again."""

    code: ClassVar[str] = "contract_changed_meanwhile"


@refusal
class BilledElsewhere(DomainError):
    """What is held until that day was billed elsewhere, and cannot be given back here: choose a later day."""

    code: ClassVar[str] = "billed_elsewhere"
    status: ClassVar[int] = 422
    until: dt.date
