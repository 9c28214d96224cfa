"""Customers, their billing accounts and the people around them, as pages show them."""

from typing import NamedTuple

from django.db.models import Exists, OuterRef

from encaisse.kernel.scope import Level, Scope
from encaisse.party.models import BillingAccount, LegalEntity, Rep


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


class EntityRow(NamedTuple):
    """A legal entity to choose or to filter by."""

    id: int
    code: str
    name: str
    currency: str


def legal_entities(scope: Scope) -> tuple[EntityRow, ...]:
    """The legal entities that the scope covers, by name; for reps, those with a visible account."""
    rows = LegalEntity.objects.order_by("identity__name", "pk")
    if scope.entity_ids is not None:
        rows = rows.filter(pk__in=scope.entity_ids)
    if scope.level is not Level.EVERYTHING:
        sold = BillingAccount.objects.visible_to(scope).filter(legal_entity_id=OuterRef("pk"))
        rows = rows.filter(Exists(sold))
    return tuple(EntityRow(*row) for row in rows.values_list("pk", "code", "identity__name", "currency"))
