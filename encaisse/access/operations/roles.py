"""Roles of a company's own, and what it changes in the ready-made ones."""

from dataclasses import dataclass

from django.db import transaction

from encaisse.access.errors import HolderWithoutRep, ManagerSeesEverything, RoleIsFixed, RoleNameTaken
from encaisse.access.models import AccessLevel, Permission, Role
from encaisse.access.operations.users import check_that_somebody_manages, lock_managers
from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor
from encaisse.party.rules.names import slug

ADMIN = "admin"


@dataclass(frozen=True)
class RoleFacts:
    """What a role is: its name, what it shows, what it allows, and whether it asks for a second factor.

    No legal entity named means all of them.
    """

    name: str
    level: str
    permissions: frozenset[str] = frozenset()
    legal_entity_ids: frozenset[int] = frozenset()
    second_factor_required: bool = False


@transaction.atomic
def new_role(said: RoleFacts, *, actor: Actor) -> int:
    """A role of this name exists. Returns its key. Raises RoleNameTaken,
    ManagerSeesEverything."""
    code = slug(said.name)
    if not code or Role.objects.filter(code=code).exists():
        raise RoleNameTaken(role=said.name)
    role = Role(code=code)
    _describe(role, said)
    events.record("role.created", "role", role.pk, actor, **_told(role, said))
    return role.pk


@transaction.atomic
def change_role(role_id: int, said: RoleFacts, *, actor: Actor) -> None:
    """The role is as said, for whoever holds it, from their next request on.

    Locks who manages users. Raises NotFound, RoleIsFixed, RoleNameTaken, HolderWithoutRep, ManagerSeesEverything,
    LastManager.
    """
    lock_managers()
    role = Role.objects.select_for_update().filter(pk=role_id).first()
    if role is None:
        raise NotFound(noun="role")
    if role.code == ADMIN and not _grants_everything(said):
        raise RoleIsFixed
    if Role.objects.filter(name=said.name).exclude(pk=role_id).exists():
        raise RoleNameTaken(role=said.name)
    before = frozenset(role.permissions)
    _describe(role, said)
    holder = role.users.filter(is_active=True, rep=None).first()
    if said.level != AccessLevel.EVERYTHING and holder:
        raise HolderWithoutRep(holder=holder.name)
    if Permission.MANAGE_USERS in before - said.permissions:
        check_that_somebody_manages()
    changes = {"given": sorted(said.permissions - before), "taken": sorted(before - said.permissions)}
    events.record("role.changed", "role", role.pk, actor, **_told(role, said), **changes)


def _grants_everything(said: RoleFacts) -> bool:
    whole = said.level == AccessLevel.EVERYTHING and not said.legal_entity_ids
    return whole and said.permissions == frozenset(Permission)


def _describe(role: Role, said: RoleFacts) -> None:
    sees_whole = said.level == AccessLevel.EVERYTHING and not said.legal_entity_ids
    if Permission.MANAGE_USERS in said.permissions and not sees_whole:
        raise ManagerSeesEverything
    role.name, role.level, role.permissions = said.name, said.level, sorted(said.permissions)
    role.second_factor_required = said.second_factor_required
    role.save()
    role.legal_entities.set(said.legal_entity_ids)


def _told(role: Role, said: RoleFacts) -> dict[str, object]:
    return {"code": role.code, "name": said.name, "level": said.level}
