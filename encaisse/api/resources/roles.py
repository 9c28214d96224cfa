"""Roles, groups and sales representatives: who sees whose customers, and what each role allows."""

from typing import Annotated, Any, Literal

from pydantic import Field

from encaisse.access.operations import roles as operations
from encaisse.access.operations.roles import RoleFacts
from encaisse.access.queries import teams
from encaisse.access.queries import users as queries
from encaisse.access.queries.teams import TeamRow
from encaisse.access.queries.users import RoleRow
from encaisse.api.fields import (
    EntityKey,
    EntityRef,
    Given,
    GroupKey,
    GroupRef,
    Name,
    Page,
    RoleKey,
    RoleRef,
    Text,
    Told,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Level, Scope
from encaisse.party import queries as party
from encaisse.party.operations import reps

resource = Resource("Roles and groups", is_shared=True)
MANAGES = "manage_users"
PermissionName = Literal[
    "bill", "issue", "credit", "record_payment", "allocate", "manage_deposits",
    "refund_deposits", "import", "read_ledger", "manage_users", "edit_accounts",
    "configure", "manage_offers", "manage_contracts", "integrate", "read_audit",
]  # fmt: skip
RepCode = Annotated[str, Text(100, 1)]


class Role(Told):
    """What its holders see and may do. No legal entity named means all of them."""

    id: RoleRef
    code: str
    name: str
    level: str
    permissions: list[str]
    legal_entity_ids: list[EntityRef]
    second_factor_required: bool
    holders: int

    @staticmethod
    def resolve_permissions(row: RoleRow) -> list[str]:
        """In an order of their own."""
        return sorted(row.permissions)

    @staticmethod
    def resolve_legal_entity_ids(row: RoleRow) -> list[int]:
        """In an order of their own."""
        return sorted(row.legal_entity_ids)


class RoleGiven(Given):
    """What a role is. `level` says whose customers it shows; no legal entity named means all of them."""

    name: Annotated[str, Text(100, 1)]
    level: Literal["everything", "groups", "own"]
    permissions: list[PermissionName] = Field([], max_length=50)
    legal_entity_ids: list[EntityKey] = Field([], max_length=100)
    second_factor_required: bool = False

    def facts(self, scope: Scope, kept: frozenset[int] = frozenset()) -> RoleFacts:
        """The same as the operation takes it, of legal entities that the key sees; and of those `kept`."""
        seen = {each.id for each in party.legal_entities(scope)}
        if not seen.issuperset(self.legal_entity_ids):
            raise NotFound(noun="legal entity")
        return RoleFacts(
            name=self.name.strip(),
            level=Level(self.level),
            permissions=frozenset(self.permissions),
            legal_entity_ids=frozenset(self.legal_entity_ids) | kept,
            second_factor_required=self.second_factor_required,
        )


class Group(Told):
    """Representatives who work together; their leader sees the customers of all. Everybody is named by code."""

    id: GroupRef
    code: str
    name: str
    leader: str
    members: list[str]

    @staticmethod
    def resolve_leader(row: TeamRow) -> str:
        """By code, as all others."""
        return row.leader_code

    @staticmethod
    def resolve_members(row: TeamRow) -> list[str]:
        """By code, since names may be shared."""
        return list(row.member_codes)


class GroupGiven(Given):
    """Who leads and who works in a group, by code. Who works in another group leaves it."""

    name: Annotated[str, Text(100, 1)]
    leader: Annotated[str, Text(100)] = ""
    members: list[RepCode] = Field([], max_length=500)


class Representative(Told):
    """Somebody whom customers and users may name. `users` is how many log in as them."""

    code: str
    name: str
    group_id: GroupRef | None
    customers: int
    users: int


class NewRepresentative(Given):
    """Somebody who need not log in; the code is made of the name."""

    name: Name


@resource.get("/roles", Page[Role], MANAGES)
def list_roles(request: ProgramRequest) -> Any:
    """List roles.

    All of them at once.
    """
    return whole(queries.roles(request.scope))


@resource.post("/roles", Role, MANAGES)
def create_role(request: ProgramRequest, said: RoleGiven) -> Any:
    """Create a role of your own."""
    return queries.role(
        request.scope, operations.new_role(said.facts(request.scope), actor=request.scope.actor)
    )


@resource.get("/roles/{role_id}", Role, MANAGES)
def get_role(request: ProgramRequest, role_id: RoleKey) -> Any:
    """Read a role."""
    return queries.role(request.scope, role_id)


@resource.put("/roles/{role_id}", Role, MANAGES)
def change_role(request: ProgramRequest, role_id: RoleKey, said: RoleGiven) -> Any:
    """Change what a role shows and allows.

    From the next request of each holder on. Legal entities that the key does not see stay as they are.
    """
    held = queries.role(request.scope, role_id).legal_entity_ids
    unseen = held - {each.id for each in party.legal_entities(request.scope)}
    operations.change_role(role_id, said.facts(request.scope, unseen), actor=request.scope.actor)
    return queries.role(request.scope, role_id)


@resource.get("/groups", Page[Group], MANAGES)
def list_groups(request: ProgramRequest) -> Any:
    """List groups of representatives.

    All of them at once.
    """
    return whole(teams.teams(request.scope))


@resource.post("/groups", Group, MANAGES)
def create_group(request: ProgramRequest, said: GroupGiven) -> Any:
    """Create a group of representatives."""
    return teams.team(request.scope, reps.new_group(**said.dict(), actor=request.scope.actor))


@resource.get("/groups/{group_id}", Group, MANAGES)
def get_group(request: ProgramRequest, group_id: GroupKey) -> Any:
    """Read a group of representatives."""
    return teams.team(request.scope, group_id)


@resource.put("/groups/{group_id}", Group, MANAGES)
def change_group(request: ProgramRequest, group_id: GroupKey, said: GroupGiven) -> Any:
    """Change who leads and works in a group."""
    code = teams.team(request.scope, group_id).code
    reps.save_group(code=code, **said.dict(), actor=request.scope.actor)
    return teams.team(request.scope, group_id)


@resource.get("/representatives", Page[Representative], MANAGES)
def list_representatives(request: ProgramRequest) -> Any:
    """List sales representatives.

    All of them at once.
    """
    return whole(teams.members(request.scope))


@resource.post("/representatives", Representative, MANAGES)
def create_representative(request: ProgramRequest, said: NewRepresentative) -> Any:
    """Create a sales representative."""
    made = reps.new_rep(name=said.name, actor=request.scope.actor)
    return next(each for each in teams.members(request.scope) if each.id == made)
