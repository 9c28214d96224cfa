"""Why the ledger refuses."""

from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class AccountsNotInChart(DomainError):
    """A product or a tax is posted to accounts that the chart does not have."""

    code: ClassVar[str] = "accounts_not_in_chart"
    codes: tuple[str, ...]


@refusal
class EntityWithoutSiren(DomainError):
    """The FEC is named after the SIREN of the legal entity, and it has none."""

    code: ClassVar[str] = "entity_without_siren"
    legal_entity_id: int


@refusal
class BooksDoNotHold(DomainError):
    """What must always be true of the books is not: so many statements are broken, the first ones by name."""

    code: ClassVar[str] = "books_do_not_hold"
    status: ClassVar[int] = 500
    count: int
    names: tuple[str, ...]


@refusal
class AccountCodeInvalid(DomainError):
    """An account of the French chart is two to ten digits, of classes 1 to 7."""

    code: ClassVar[str] = "account_code_invalid"
    status: ClassVar[int] = 422
    account: str
