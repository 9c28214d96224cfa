"""The categories of customers that rules of taxes may name."""

from django.db import transaction

from encaisse.intake.rules import parse_text
from encaisse.kernel import events
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Scope
from encaisse.party.errors import CategoryCodeTaken, CategoryCodeUnclear
from encaisse.party.models import Category
from encaisse.party.rules.names import slug


@transaction.atomic
def add_category(scope: Scope, *, code: str, name_fr: str, name_en: str) -> int:
    """There is one category more, which customers may be of and rules may name. Returns its key.

    Raises NotPermitted, CategoryCodeUnclear, CategoryCodeTaken.
    """
    _require_everything(scope)
    if not code or code != slug(code) or len(code) > 40:
        raise CategoryCodeUnclear(category=code)
    if Category.objects.filter(code=code).exists():
        raise CategoryCodeTaken(category=code)
    made = Category.objects.create(code=code, name_fr=parse_text(name_fr), name_en=parse_text(name_en))
    events.record("category.added", "category", made.pk, scope.actor, name=made.name_fr)
    return made.pk


@transaction.atomic
def rename_category(scope: Scope, category_id: int, *, name_fr: str, name_en: str) -> None:
    """The category is called so; who is of it stays. Locks it. Raises NotPermitted, NotFound."""
    _require_everything(scope)
    found = Category.objects.select_for_update().filter(pk=category_id).first()
    if found is None:
        raise NotFound(noun="category")
    found.name_fr, found.name_en = parse_text(name_fr), parse_text(name_en)
    found.save(update_fields=["name_fr", "name_en"])
    events.record("category.renamed", "category", category_id, scope.actor, name=found.name_fr)


def _require_everything(scope: Scope) -> None:
    """Categories are of every legal entity, and so for who sees them all. Raises NotPermitted."""
    scope.require("configure")
    if not scope.sees_everything:
        raise NotPermitted(permission="configure")
