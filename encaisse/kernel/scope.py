"""Who acts, and what they may see. Access builds a `Scope`; every QuerySet's `visible_to` reads it."""

import enum
from dataclasses import dataclass, field

from django.db.models import Q

from encaisse.kernel.errors import NotPermitted


class Level(enum.StrEnum):
    """The three accreditation levels."""

    EVERYTHING = "everything"
    GROUPS = "groups"
    OWN = "own"


@dataclass(frozen=True)
class Actor:
    """Who did it, as a plain value that outlives the account: `user`, `task`, `command`, `api_key`, …"""

    kind: str
    id: int | None = None
    label: str = ""


@dataclass(frozen=True)
class Scope:
    """What one person or program may see and do.

    `entity_ids` is None for every legal entity, but for the `hidden_entity_ids`: a program in live mode knows of no
    sandbox. At level OWN one sees the customers of `rep_id`; at level GROUPS those of every rep in a group that
    `rep_id` leads. `customer_id` leaves one customer of all that.
    """

    actor: Actor
    level: Level
    rep_id: int | None = None
    entity_ids: frozenset[int] | None = None
    permissions: frozenset[str] = field(default_factory=frozenset)
    customer_id: int | None = None
    hidden_entity_ids: frozenset[int] = frozenset()

    @property
    def sees_every_customer(self) -> bool:
        """Whether nothing of the legal entities is hidden."""
        return self.level is Level.EVERYTHING and self.customer_id is None

    @property
    def sees_everything(self) -> bool:
        """Whether nothing is hidden, sandboxes apart: what all legal entities share may then be changed."""
        return self.sees_every_customer and self.entity_ids is None

    @property
    def sees_every_row(self) -> bool:
        """Whether rows need not be narrowed at all."""
        return self.sees_everything and not self.hidden_entity_ids

    def covers(self, entity_id: int | None) -> bool:
        """Whether this legal entity is among those of the scope."""
        named = self.entity_ids is None or entity_id in self.entity_ids
        return named and entity_id not in self.hidden_entity_ids

    def entities(self, column: str = "legal_entity_id") -> Q:
        """The condition that a row is of a legal entity of the scope, by the column that names it."""
        met = Q() if self.entity_ids is None else Q(**{f"{column}__in": self.entity_ids})
        return met & ~Q(**{f"{column}__in": self.hidden_entity_ids}) if self.hidden_entity_ids else met

    def may(self, permission: str) -> bool:
        """Whether the role holds this permission."""
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Raises NotPermitted unless the role holds this permission."""
        if permission not in self.permissions:
            raise NotPermitted(permission=permission)
