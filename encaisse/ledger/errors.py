"""Why the ledger refuses."""

import datetime as dt
from typing import ClassVar

from encaisse.kernel.errors import DomainError, refusal


@refusal
class AccountsNotInChart(DomainError):
    """A product or a tax is posted to accounts that the chart does not have."""

    code: ClassVar[str] = "accounts_not_in_chart"
    codes: tuple[str, ...]


@refusal
class AccountOfAnotherClass(DomainError):
    """What is posted there belongs to accounts whose code begins otherwise."""

    code: ClassVar[str] = "account_of_another_class"
    status: ClassVar[int] = 422
    account: str
    classes: tuple[str, ...]


@refusal
class AccountClosed(DomainError):
    """The account is closed and takes no posting."""

    code: ClassVar[str] = "account_closed"
    account: str


@refusal
class AccountInUse(DomainError):
    """Something is posted to the account, or will be: `kind` and `name` say the first thing that is."""

    code: ClassVar[str] = "account_in_use"
    account: str
    kind: str
    name: str


@refusal
class AccountNotNil(DomainError):
    """The balance of the account is not nil in the books of this legal entity."""

    code: ClassVar[str] = "account_not_nil"
    account: str
    legal_entity: str
    balance_minor: int
    currency: str


@refusal
class MappingTooEarly(DomainError):
    """Documents are issued until that day: what they post is written, and another account begins after it."""

    code: ClassVar[str] = "mapping_too_early"
    status: ClassVar[int] = 422
    issued_until: dt.date


@refusal
class EntityWithoutSiren(DomainError):
    """The FEC is named after the SIREN of the legal entity, and it has none."""

    code: ClassVar[str] = "entity_without_siren"
    legal_entity_id: int


@refusal
class FecIsFrench(DomainError):
    """The FEC is asked of French books alone; those of this legal entity are exported as a journal."""

    code: ClassVar[str] = "fec_is_french"
    legal_entity: str


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
