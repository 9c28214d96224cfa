"""Why the ledger refuses."""

from dataclasses import dataclass
from typing import ClassVar

from encaisse.kernel.errors import DomainError


@dataclass(frozen=True)
class AccountsNotInChart(DomainError):
    """A product or a tax is posted to accounts that the chart does not have."""

    code: ClassVar[str] = "accounts_not_in_chart"
    codes: tuple[str, ...]


@dataclass(frozen=True)
class EntityWithoutSiren(DomainError):
    """The FEC is named after the SIREN of the legal entity, and it has none."""

    code: ClassVar[str] = "entity_without_siren"
    legal_entity_id: int
