"""Who looks: every level, with and without a limit to some legal entities, and the ready-made roles. What
each may see is written here by hand."""

from dataclasses import dataclass
from typing import Final, NamedTuple

from django.test import Client

from encaisse.access.models import AccessLevel, Permission, User
from encaisse.access.operations import users as operations
from encaisse.access.operations.users import READY_MADE, Profile
from encaisse.desk.routes import Route
from encaisse.kernel.scope import Actor
from tests.desk.world import NORTH, SOUTH, Row, World

SETUP: Final = Actor("command", None, "encaisse user create")
EVERY_REP: Final = frozenset({"R1", "R2", "R3", "R4", "R5", "R6", None})
BOTH: Final = frozenset({NORTH, SOUTH})


class Sight(NamedTuple):
    """A role's code, the rep of its holder, and the reps and entities whose rows they should see.

    The code of a role that is not ready-made is its level, then the entity that limits it; it has every permission.
    Who does not look closely has a twin who does, and compares lists and totals only.
    """

    role: str
    rep: str | None
    reps: frozenset[str | None]
    entities: frozenset[str] = BOTH
    closely: bool = True


def _reps(*codes: str) -> frozenset[str | None]:
    return frozenset(codes)


SIGHTS: Final = (
    Sight("everything", None, EVERY_REP),
    Sight(f"everything-{NORTH}", None, EVERY_REP, frozenset({NORTH})),
    Sight(f"everything-{SOUTH}", "R3", EVERY_REP, frozenset({SOUTH}), closely=False),
    Sight("groups", "R1", _reps("R1", "R2", "R3", "R4")),
    Sight(f"groups-{SOUTH}", "R1", _reps("R1", "R2", "R3", "R4"), frozenset({SOUTH})),
    Sight("groups", "R5", _reps("R5", "R6"), closely=False),
    Sight("groups", "R2", _reps()),  # leads nobody
    Sight("own", "R1", _reps("R1")),
    Sight("own", "R2", _reps("R2"), closely=False),
    Sight("own", "R3", _reps("R3"), closely=False),
    Sight("own", "R4", _reps("R4"), closely=False),
    Sight("own", "R5", _reps("R5"), closely=False),
    Sight("own", "R6", _reps("R6"), closely=False),
    Sight(f"own-{NORTH}", "R1", _reps("R1"), frozenset({NORTH})),
    Sight(f"own-{SOUTH}", "R6", _reps("R6"), frozenset({SOUTH})),  # nothing there
    Sight("admin", None, EVERY_REP, closely=False),
    Sight("billing", None, EVERY_REP, closely=False),
    Sight("collector", None, EVERY_REP, closely=False),
    Sight("leader", "R5", _reps("R5", "R6"), closely=False),
    Sight("rep", "R2", _reps("R2")),
)


@dataclass(frozen=True)
class Viewer:
    """Somebody signed in."""

    sight: Sight
    client: Client
    number: int
    user_id: int
    permissions: frozenset[str]

    def may(self, route: Route) -> bool:
        """Whether the role holds the permission that the route asks for."""
        if route.permission == Permission.MANAGE_USERS and not self.sees_whole:
            return False  # whatever the role holds: they could make themselves one who sees the whole
        return not route.permission or route.permission in self.permissions

    def sees(self, row: Row) -> bool:
        """Whether the row should be shown to them."""
        if not row.owners:
            return self.sees_whole
        return any(rep in self.sight.reps and entity in self.sight.entities for rep, entity in row.owners)

    @property
    def sees_whole(self) -> bool:
        """Whether nothing at all is hidden."""
        return self.sees_all_customers and self.sight.entities == BOTH

    @property
    def sees_all_customers(self) -> bool:
        """Whether nothing of a legal entity is hidden but by its role's limit."""
        return self.sight.reps == EVERY_REP

    def seen(self, world: World, kind: str) -> list[Row]:
        """The rows of a kind that should be shown to them."""
        return [row for row in world.of(kind) if self.sees(row)]

    def some(self, rows: list[Row], most: int) -> list[Row]:
        """A few of the rows, others for each viewer, so that together they try them all."""
        start = self.number % len(rows) if rows else 0
        return (rows[start:] + rows[:start])[:most]

    def probes(self, world: World, kind: str, hidden: int = 2) -> list[Row]:
        """Rows of a kind to ask for: one that may be seen and a few that may not, as far as there are."""
        unseen = [row for row in world.of(kind) if not self.sees(row)]
        return self.some(self.seen(world, kind), 1) + self.some(unseen, hidden)

    def __str__(self) -> str:
        """The role, and the rep."""
        return f"{self.sight.role} ({self.sight.rep or 'no rep'})"


def viewer(world: World, number: int) -> Viewer:
    """The person of that sight, signed in."""
    sight = SIGHTS[number]
    email = f"{sight.role}.{sight.rep}@encaisse.example".lower()
    rep_id = world.reps[sight.rep].pk if sight.rep else None
    profile = Profile(email, str(sight.rep or sight.role), sight.role, rep_id)
    key = operations.create_user(profile, password="rien à deviner ici", actor=SETUP)
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(pk=key))
    return Viewer(sight, client, number, key, _permissions(sight.role))


def install(world: World) -> None:
    """The roles exist: ready-made ones, and a level with every permission for each limit."""
    operations.install_roles()
    for code in {sight.role for sight in SIGHTS} - set(READY_MADE):
        level, _, entity = code.partition("-")
        operations.create_role(
            code, code, level=AccessLevel(level), permissions=frozenset(Permission), actor=SETUP
        )
        if entity:
            operations.limit_role(code, frozenset({world.entities[entity].pk}), actor=SETUP)


def _permissions(role: str) -> frozenset[str]:
    return frozenset(READY_MADE[role][2] if role in READY_MADE else Permission)
