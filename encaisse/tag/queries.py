"""Which documents bear which tags."""

from collections.abc import Collection

from django.db.models import Exists, OuterRef, QuerySet

from encaisse.invoice.models import Invoice
from encaisse.kernel.lists import Among
from encaisse.kernel.scope import Scope
from encaisse.tag.models import Tag, Tagged


def in_use(scope: Scope) -> tuple[str, ...]:
    """The tags that a visible document bears, by name."""
    borne = _visible(scope).filter(tag_id=OuterRef("pk"))
    return tuple(Tag.objects.filter(Exists(borne)).order_by("name").values_list("name", flat=True))


def offered(scope: Scope, invoice_id: int) -> tuple[tuple[str, bool], ...]:
    """The tags that a visible document bears, by name, and whether this one does."""
    seen = _visible(scope).filter(tag_id=OuterRef("pk"))
    found = Tag.objects.filter(Exists(seen)).annotate(borne=Exists(seen.filter(invoice_id=invoice_id)))
    return tuple(found.order_by("name").values_list("name", "borne"))


def tags_of(scope: Scope, invoice_ids: Collection[int]) -> dict[int, tuple[str, ...]]:
    """The tags of each of these documents that bears one and may be seen."""
    found: dict[int, tuple[str, ...]] = {}
    rows = _visible(scope).filter(invoice_id__in=invoice_ids).order_by("tag__name")
    for invoice_id, name in rows.values_list("invoice_id", "tag__name"):
        found[invoice_id] = (*found.get(invoice_id, ()), name)
    return found


def tagged(scope: Scope, name: str) -> Among:
    """The visible documents that bear this tag, whatever its capitals, for a list to be narrowed to."""
    return Among(_visible(scope).filter(tag__name__iexact=name).values("invoice_id"))


def _visible(scope: Scope) -> "QuerySet[Tagged]":
    if scope.sees_every_row:
        return Tagged.objects.all()
    return Tagged.objects.filter(invoice__in=Invoice.objects.visible_to(scope).values("pk"))
