"""Why an event of usage is refused."""

import datetime as dt
from typing import ClassVar

from encaisse.intake.errors import CellRefused
from encaisse.kernel.errors import DomainError, refusal


@refusal
class MomentInvalid(CellRefused):
    """The text is no date, with or without a time of day and its zone."""

    code: ClassVar[str] = "moment_invalid"


@refusal
class MomentAmbiguous(CellRefused):
    """Clocks changed: this local time came twice, or never. Its zone must be written down."""

    code: ClassVar[str] = "moment_ambiguous"


@refusal
class MomentWithoutZone(DomainError):
    """The instant says no zone, and nothing says which was meant."""

    code: ClassVar[str] = "moment_without_zone"
    status: ClassVar[int] = 422


@refusal
class ContractUnknown(DomainError):
    """No contract has this reference: never imported, withdrawn, or another legal entity's."""

    code: ClassVar[str] = "contract_unknown"
    status: ClassVar[int] = 422


@refusal
class MeterNotHeld(DomainError):
    """The contract holds no offer that counts this meter on that day, though it may on others."""

    code: ClassVar[str] = "meter_not_held"
    status: ClassVar[int] = 422
    meter: str
    day: dt.date


@refusal
class MemberMissing(DomainError):
    """The offer counts how many different members used it, and the event names none."""

    code: ClassVar[str] = "member_missing"
    status: ClassVar[int] = 422


@refusal
class UsageContradicted(DomainError):
    """The same source told an event of this key before, with another value in `field`; events never change."""

    code: ClassVar[str] = "usage_contradicted"
    status: ClassVar[int] = 422
    field: str
    known: str


@refusal
class CustomerWithoutContract(DomainError):
    """The legal entity has no contract with a customer of this code, so that nothing can be counted for it."""

    code: ClassVar[str] = "customer_without_contract"
    status: ClassVar[int] = 422


@refusal
class ContractAmbiguous(DomainError):
    """Several contracts of the customer count the meter on the day of the event."""

    code: ClassVar[str] = "contract_ambiguous"
    status: ClassVar[int] = 422
    contracts: tuple[str, ...]
