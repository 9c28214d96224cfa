"""Representatives and their groups, as whoever manages users sees them."""

from typing import NamedTuple

from django.db.models import Count, Prefetch, Q

from encaisse.access.models import Permission
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party.models import Group, Rep


class TeamRow(NamedTuple):
    """One group: who leads it, and its members by name, with their codes."""

    id: int
    code: str
    name: str
    leader: str
    leader_code: str
    members: tuple[str, ...]
    member_codes: tuple[str, ...]


class MemberRow(NamedTuple):
    """One representative: the group, whether somebody logs in as them, and how many customers they follow."""

    id: int
    code: str
    name: str
    group_id: int | None
    group: str
    users: int
    customers: int


def teams(scope: Scope) -> tuple[TeamRow, ...]:
    """Every group, by name. Raises NotPermitted."""
    scope.require(Permission.MANAGE_USERS)
    members = Prefetch("reps", Rep.objects.order_by("name", "pk"))
    rows = Group.objects.select_related("leader").prefetch_related(members).order_by("name", "pk")
    return tuple(_team(group) for group in rows)


def team(scope: Scope, group_id: int) -> TeamRow:
    """One group. Raises NotPermitted, NotFound."""
    found = next((row for row in teams(scope) if row.id == group_id), None)
    if found is None:
        raise NotFound(noun="group")
    return found


def members(scope: Scope) -> tuple[MemberRow, ...]:
    """Every representative, by name. Raises NotPermitted."""
    scope.require(Permission.MANAGE_USERS)
    rows = Rep.objects.select_related("group").annotate(
        logins=Count("users", filter=Q(users__is_active=True), distinct=True),
        followed=Count("customers", distinct=True),
    )
    return tuple(
        MemberRow(
            id=rep.pk,
            code=rep.code,
            name=rep.name,
            group_id=rep.group_id,
            group=rep.group.name if rep.group else "",
            users=rep.logins,
            customers=rep.followed,
        )
        for rep in rows.order_by("name", "pk")
    )


def _team(group: Group) -> TeamRow:
    reps = list(group.reps.all())
    return TeamRow(
        id=group.pk,
        code=group.code,
        name=group.name,
        leader=group.leader.name if group.leader else "",
        leader_code=group.leader.code if group.leader else "",
        members=tuple(rep.name for rep in reps),
        member_codes=tuple(rep.code for rep in reps),
    )
