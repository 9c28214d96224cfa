"""Typed refusals. A package subclasses `DomainError` with the facts; only faces hold words."""

from dataclasses import asdict, dataclass
from typing import Any, ClassVar, TypeVar, dataclass_transform

Refusal = TypeVar("Refusal", bound=type[Exception])


@dataclass_transform(frozen_default=True)
def refusal(cls: Refusal) -> Refusal:
    """Make a refusal a frozen dataclass that Python can still raise.

    A plain frozen dataclass refuses the `__traceback__` that a context manager sets on what passes through it, so
    that the real refusal would be lost.
    """
    dataclass(frozen=True)(cls)
    refuse = cls.__setattr__

    def set_attribute(self: Exception, name: str, value: object) -> None:
        if name.startswith("__"):
            Exception.__setattr__(self, name, value)
        else:
            refuse(self, name, value)

    cls.__setattr__ = set_attribute  # type: ignore[assignment]
    return cls


@refusal
class DomainError(Exception):
    """A request that the business refuses. `code` identifies it for ever; `status` is its HTTP answer."""

    code: ClassVar[str] = "refused"
    status: ClassVar[int] = 409

    def facts(self) -> dict[str, Any]:
        """What was seen, by name, for the words that a face will choose."""
        return asdict(self)

    def __str__(self) -> str:
        """Name the code and its facts, for logs."""
        return f"{self.code} {self.facts()}"


@refusal
class NotFound(DomainError):
    """Nothing of that kind exists, or the asker may not know that it does: both read the same."""

    code: ClassVar[str] = "not_found"
    status: ClassVar[int] = 404
    noun: str


@refusal
class NotPermitted(DomainError):
    """The actor's role lacks this permission."""

    code: ClassVar[str] = "not_permitted"
    status: ClassVar[int] = 403
    permission: str


@refusal
class UnknownCurrency(DomainError):
    """The code is not an ISO 4217 currency that we know the decimals of."""

    code: ClassVar[str] = "unknown_currency"
    status: ClassVar[int] = 422
    currency: str


@refusal
class JobStopped(DomainError):
    """Somebody stopped the job while it ran; what was under way is given up."""

    code: ClassVar[str] = "job_stopped"


@refusal
class NothingToTryAgain(DomainError):
    """Every item of the job ended well, or it has none."""

    code: ClassVar[str] = "nothing_to_try_again"
