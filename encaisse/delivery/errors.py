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
