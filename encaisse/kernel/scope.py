"""Who acts, and what they may see. Access builds a `Scope`; every QuerySet's `visible_to` reads it."""

import enum
from dataclasses import dataclass, field

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
    """What one person may see and do.

    `entity_ids` is None for every legal entity. At level OWN the person sees the customers of `rep_id`; at
    level GROUPS those of every rep in a group that `rep_id` leads.
    """

    actor: Actor
    level: Level
    rep_id: int | None = None
    entity_ids: frozenset[int] | None = None
    permissions: frozenset[str] = field(default_factory=frozenset)

    def may(self, permission: str) -> bool:
        """Whether the role holds this permission."""
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """Raises NotPermitted unless the role holds this permission."""
        if permission not in self.permissions:
            raise NotPermitted(permission=permission)
