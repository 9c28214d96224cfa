"""What a document is refused for."""

from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class BreaksRules(DomainError):
    """The content breaks these rules of EN 16931 or of the French profile, named by their codes."""

    code: ClassVar[str] = "document_breaks_rules"
    status: ClassVar[int] = 422
    number: str
    rules: tuple[str, ...]


@refusal
class NotFacturX(DomainError):
    """The structured invoice is not valid by the schema of Factur-X, for the reasons listed."""

    code: ClassVar[str] = "document_not_facturx"
    status: ClassVar[int] = 422
    number: str
    reasons: tuple[str, ...]


@refusal
class AccentTooPale(DomainError):
    """White could not be read on this colour. `contrast` is from 1 to 21; 4.5 is the least."""

    code: ClassVar[str] = "accent_too_pale"
    status: ClassVar[int] = 422
    contrast: str


@refusal
class TextTooLong(DomainError):
    """One of the texts of a design leaves no room for what the law wants printed."""

    code: ClassVar[str] = "text_too_long"
    status: ClassVar[int] = 422
    field: str
    longest: int


@refusal
class TemplateLacks(DomainError):
    """What the template draws lacks mentions that the law wants printed: `parts` of the page, and the first of them."""

    code: ClassVar[str] = "template_lacks"
    status: ClassVar[int] = 422
    parts: tuple[str, ...]
    example: str


@refusal
class SourceTooLong(DomainError):
    """A template has no more letters than this."""

    code: ClassVar[str] = "source_too_long"
    status: ClassVar[int] = 422
    longest: int


@refusal
class NoTemplateDrafted(DomainError):
    """There is no draft to put in force."""

    code: ClassVar[str] = "no_template_drafted"


@refusal
class NothingDiffers(DomainError):
    """The design published last is the same."""

    code: ClassVar[str] = "nothing_differs"


@refusal
class NotIssued(DomainError):
    """What is not issued has no document to give away."""

    code: ClassVar[str] = "document_not_issued"


@refusal
class LeftElsewhere(DomainError):
    """The invoice was made elsewhere, and its PDF was not brought in."""

    code: ClassVar[str] = "document_left_elsewhere"


@refusal
class NothingToPutTogether(DomainError):
    """None of these invoices has a document that can be put into a file."""

    code: ClassVar[str] = "nothing_to_put_together"
