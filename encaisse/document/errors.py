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
