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


@refusal
class TemplateRefused(DomainError):
    """A template that somebody wrote cannot be typeset: in which line of it, and what is wrong.

    `reason` is a word for it; `about` is what the word is about, or the typesetter's own message.
    """

    code: ClassVar[str] = "template_refused"
    status: ClassVar[int] = 422
    line: int
    reason: str
    about: str


@refusal
class TemplateNotDrawn(DomainError):
    """A template that somebody wrote cannot be typeset as a whole: it takes too long, or too much."""

    code: ClassVar[str] = "template_not_drawn"
    status: ClassVar[int] = 422
    reason: str
    about: str = ""


@refusal
class ContentMissing(DomainError):
    """Nothing is stored under this hash."""

    code: ClassVar[str] = "content_missing"
    status: ClassVar[int] = 500
    name: str


@refusal
class ContentChanged(DomainError):
    """What is stored under this hash is no longer what was kept."""

    code: ClassVar[str] = "content_changed"
    status: ClassVar[int] = 500
    name: str


@refusal
class MailRefused(DomainError):
    """The message was not taken. `temporary` says that the same message may be taken later."""

    code: ClassVar[str] = "mail_refused"
    status: ClassVar[int] = 502
    temporary: bool
    message: str


@refusal
class TooLongForAWorkbook(DomainError):
    """A sheet of a workbook holds no more rows than this."""

    code: ClassVar[str] = "too_long_for_a_workbook"
    status: ClassVar[int] = 422
    most_rows: int


@refusal
class AddressRefused(DomainError):
    """The address leads, or may lead, where nothing of ours is sent. `reason` is a word for it."""

    code: ClassVar[str] = "address_refused"
    status: ClassVar[int] = 422
    reason: str


@refusal
class NoAnswer(DomainError):
    """The other server did not answer as a server does. `reason` is a word for it, `message` its own trace."""

    code: ClassVar[str] = "no_answer"
    status: ClassVar[int] = 502
    reason: str
    message: str


@refusal
class RegisterAway(DomainError):
    """The register of VAT numbers says neither yes nor no. `reason` is its own word, or one for what happened."""

    code: ClassVar[str] = "register_away"
    status: ClassVar[int] = 502
    reason: str


@refusal
class SecretUnreadable(DomainError):
    """What was sealed was sealed with another secret key than today's."""

    code: ClassVar[str] = "secret_unreadable"
    status: ClassVar[int] = 500


@refusal
class ImageRefused(DomainError):
    """The image is none that a document can bear. `reason` is a word for it."""

    code: ClassVar[str] = "image_refused"
    status: ClassVar[int] = 422
    reason: str
