"""What deliveries are refused for."""

from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class StillWaiting(DomainError):
    """The outside world would not take these deliveries for now; they wait for the next attempt."""

    code: ClassVar[str] = "deliveries_still_waiting"
    status: ClassVar[int] = 503
    waiting: int
    message: str


@refusal
class NotFailed(DomainError):
    """Only a delivery that failed is sent again."""

    code: ClassVar[str] = "delivery_not_failed"
    state: str


@refusal
class NoReader(DomainError):
    """The account has no address that a document could be sent to."""

    code: ClassVar[str] = "no_reader"
    invoice_id: int


@refusal
class AlreadyOnItsWay(DomainError):
    """The document was sent to every reader, or still waits to be."""

    code: ClassVar[str] = "already_on_its_way"
    invoice_id: int
