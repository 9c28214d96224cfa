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


@refusal
class CustomerUnknown(DomainError):
    """The legal entity has no billing account of this reference: never imported, refused, or another's."""

    code: ClassVar[str] = "customer_unknown"
    status: ClassVar[int] = 422


@refusal
class OfferUnknown(DomainError):
    """Nothing is sold under this code at a price."""

    code: ClassVar[str] = "offer_unknown"
    status: ClassVar[int] = 422


@refusal
class FixedByContract(DomainError):
    """A contract keeps its account, its first day and its periods: end it and make another."""

    code: ClassVar[str] = "fixed_by_contract"
    status: ClassVar[int] = 422


@refusal
class ContractOver(DomainError):
    """The contract has ended, or was withdrawn, and never changes again."""

    code: ClassVar[str] = "contract_over"
    status: ClassVar[int] = 422
