"""Refusals about tags."""

from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class TagMalformed(DomainError):
    """A tag is a word or a few, on one line and no longer than `longest` characters."""

    code: ClassVar[str] = "tag_malformed"
    status: ClassVar[int] = 422
    longest: int


@refusal
class NotTagged(DomainError):
    """The document does not bear this tag."""

    code: ClassVar[str] = "not_tagged"
    name: str
