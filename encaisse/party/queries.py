"""Customers, their billing accounts and the people around them, as pages show them."""

from typing import NamedTuple

from encaisse.kernel.scope import Level, Scope
from encaisse.party.models import Rep


class RepRow(NamedTuple):
    """A sales representative to choose or to filter by."""

    id: int
    code: str
    name: str


def reps(scope: Scope) -> tuple[RepRow, ...]:
    """The representatives whose customers the scope may see, by name."""
    rows = Rep.objects.order_by("name", "pk")
    if scope.level is Level.OWN:
        rows = rows.filter(pk=scope.rep_id or 0)
    elif scope.level is Level.GROUPS:
        rows = rows.filter(group__leader_id=scope.rep_id)
    return tuple(RepRow(*row) for row in rows.values_list("pk", "code", "name"))
