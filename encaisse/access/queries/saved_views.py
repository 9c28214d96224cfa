"""Saved views of a list, as it offers them to a person."""

from typing import NamedTuple

from django.db.models import Exists, F, OuterRef, Q

from encaisse.access.models import OpeningView, SavedView
from encaisse.kernel.scope import Scope


class ViewRow(NamedTuple):
    """One saved view. The list `opens` with it for who asks; `owner` saved it."""

    id: int
    name: str
    address: str
    is_shared: bool
    owner: str
    is_mine: bool
    opens: bool


def views(scope: Scope, list_name: str) -> tuple[ViewRow, ...]:
    """The person's own views of a list and those that others share, by name."""
    person = scope.actor.id or 0 if scope.actor.kind == "user" else 0
    openings = OpeningView.objects.filter(view=OuterRef("pk"), user_id=person)
    rows = (
        SavedView.objects.visible_to(scope)
        .filter(list=list_name)
        .annotate(owner=F("user__name"), is_mine=Q(user_id=person), opens=Exists(openings))
        .order_by("name", "pk")
    )
    return tuple(ViewRow(*row) for row in rows.values_list(*ViewRow._fields))
