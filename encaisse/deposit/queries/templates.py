"""Templates of deposits, of the legal entities that the asker may see."""

import datetime as dt
from typing import NamedTuple

from django.db.models import Count, QuerySet

from encaisse.deposit.models import Template
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.scope import Scope

ORDERS = {"name": "name", "entity": "legal_entity__code"}


class TemplateRow(NamedTuple):
    """One template, in minor units of `currency`, and how many deposits were ever made from it."""

    id: int
    entity_id: int
    entity: str
    name: str
    currency: str
    min_minor: int
    max_minor: int
    customer_max_minor: int | None
    valid_until: dt.date | None
    valid_months: int | None
    is_auto_refund: bool
    is_archived: bool
    deposits: int


_FIELDS = (
    "pk", "legal_entity_id", "legal_entity__identity__name", "name", "currency", "min_minor", "max_minor",
    "customer_max_minor", "valid_until", "valid_months", "is_auto_refund", "is_archived",
)  # fmt: skip


def templates(scope: Scope, *, only_active: bool = False, window: Window | None = None) -> Found[TemplateRow]:
    """Templates by name."""
    found = _counted(Template.objects.visible_to(scope))
    if only_active:
        found = found.filter(is_archived=False)
    rows = (window or Window(size=200)).cut(found, ORDERS)
    return Found(tuple(_rows(rows)), found.count())


def fitting(scope: Scope, legal_entity_id: int, currency: str) -> list[TemplateRow]:
    """The templates from which a deposit may be asked of an account of this legal entity and currency, by name."""
    found = Template.objects.visible_to(scope).filter(
        legal_entity_id=legal_entity_id, currency=currency, is_archived=False
    )
    return _rows(_counted(found).order_by("name", "pk"))


def template(scope: Scope, template_id: int) -> TemplateRow:
    """One template. Raises NotFound."""
    found = _rows(_counted(Template.objects.visible_to(scope).filter(pk=template_id)))
    if not found:
        raise NotFound(noun="deposit_template")
    return found[0]


def _counted(found: "QuerySet[Template]") -> "QuerySet[Template]":
    return found.annotate(made=Count("deposits"))


def _rows(found: "QuerySet[Template]") -> list[TemplateRow]:
    return [TemplateRow(*row) for row in found.values_list(*_FIELDS, "made")]
