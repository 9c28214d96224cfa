"""What the outside world's formats are refused for."""

from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class TypesettingFailed(DomainError):
    """The template cannot be typeset with these data; `message` is the typesetter's own."""

    code: ClassVar[str] = "typesetting_failed"
    status: ClassVar[int] = 500
    template: str
    message: str
