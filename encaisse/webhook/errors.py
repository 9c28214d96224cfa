"""What endpoints and their messages are refused for."""

from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class EndpointHearsNothing(DomainError):
    """An endpoint listens to one type of event at least."""

    code: ClassVar[str] = "endpoint_hears_nothing"
    status: ClassVar[int] = 422


@refusal
class UnknownEventType(DomainError):
    """No event of this type is told."""

    code: ClassVar[str] = "unknown_event_type"
    status: ClassVar[int] = 422
    type: str


@refusal
class EntityNotSeenWhole(DomainError):
    """An endpoint hears of every customer of a legal entity, so that only who sees them all may open one."""

    code: ClassVar[str] = "entity_not_seen_whole"
    status: ClassVar[int] = 422


@refusal
class EndpointNotInState(DomainError):
    """The endpoint is no longer where this step begins."""

    code: ClassVar[str] = "endpoint_not_in_state"
    state: str


@refusal
class NothingToReplay(DomainError):
    """No message has failed since that day."""

    code: ClassVar[str] = "nothing_to_replay"


@refusal
class MessageStillWaiting(DomainError):
    """The message has not ended yet: it will be tried again by itself."""

    code: ClassVar[str] = "message_still_waiting"
