"""Cycles as people see them: those of the legal entities that the asker sees whole."""

import datetime as dt
from typing import Any, NamedTuple

from django.db.models import Count, Q, QuerySet

from encaisse.billing.models import Cycle, CycleMember
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount


class CycleRow(NamedTuple):
    """One cycle with how many visible accounts it has; `entity` is empty when it is not narrowed to one."""

    id: int
    code: str
    name_fr: str
    name_en: str
    unit: str
    unit_count: int
    first_day: dt.date
    next_day: dt.date
    until_days: int
    issue_days: int
    start: str
    on_suspect: str
    on_reject: str
    legal_entity_id: int | None
    entity: str | None
    is_active: bool
    accounts: int


class MemberRow(NamedTuple):
    """One account of a cycle."""

    id: int
    reference: str
    customer_id: int
    customer: str
    entity: str

    @property
    def public(self) -> str:
        """The account as addresses name it."""
        return public_id("ba", self.id)


def cycles(scope: Scope) -> tuple[CycleRow, ...]:
    """The cycles that run, by their next day."""
    return tuple(CycleRow(*row) for row in _rows(scope, Q(is_active=True)).order_by("next_day", "code"))


def cycle(scope: Scope, cycle_id: int) -> CycleRow:
    """One cycle. Raises NotFound."""
    row = _rows(scope, Q(pk=cycle_id)).first()
    if row is None:
        raise NotFound(noun="cycle")
    return CycleRow(*row)


def members(scope: Scope, cycle_id: int, *, window: Window) -> Found[MemberRow]:
    """The visible accounts of a cycle, by customer. Raises NotFound."""
    cycle(scope, cycle_id)
    found = BillingAccount.objects.visible_to(scope).filter(
        pk__in=CycleMember.objects.filter(cycle_id=cycle_id).values("account_id")
    )
    names = ("pk", "reference", "customer_id", "customer__name", "legal_entity__identity__name")
    rows = window.cut(found, {"customer": "customer__sort_key"}).values_list(*names)
    return Found(tuple(MemberRow(*row) for row in rows), found.count())


def cycle_of(scope: Scope, account_id: int) -> CycleRow | None:
    """The cycle of a visible account, if it has one that the scope sees."""
    if not BillingAccount.objects.visible_to(scope).filter(pk=account_id).exists():
        raise NotFound(noun="account")
    key = CycleMember.objects.filter(account_id=account_id).values_list("cycle_id", flat=True).first()
    row = _rows(scope, Q(pk=key)).first()
    return CycleRow(*row) if row else None


def _rows(scope: Scope, wanted: Q) -> "QuerySet[Cycle, tuple[Any, ...]]":
    wanted &= scope.entities() if scope.sees_every_customer else Q(pk__in=())
    visible = BillingAccount.objects.visible_to(scope)
    names = [name for name in CycleRow._fields if name not in {"id", "entity", "is_active", "accounts"}]
    return (
        Cycle.objects.filter(wanted)
        .annotate(seen=Count("members", filter=Q(members__account__in=visible)))
        .values_list("pk", *names, "legal_entity__identity__name", "is_active", "seen")
    )
