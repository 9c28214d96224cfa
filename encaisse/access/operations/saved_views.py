"""Saved views: what a person asks of a list, kept under a name, shared, opened first, forgotten."""

from django.db import transaction

from encaisse.access.errors import ViewNameTaken, ViewWithoutName
from encaisse.access.models import OpeningView, SavedView
from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope


@transaction.atomic
def save_view(scope: Scope, list_name: str, *, name: str, address: str, is_shared: bool) -> int:
    """The list can be asked for again under this name; one that had it asks for this from now on. Returns its key.

    Raises ViewWithoutName, NotFound when no person asks.
    """
    kept = {"address": address, "is_shared": is_shared}
    view, _ = SavedView.objects.update_or_create(
        user_id=_person(scope), list=list_name, name=_name(name), defaults=kept
    )
    events.record("view.saved", "view", view.pk, scope.actor)
    return view.pk


@transaction.atomic
def rename_view(scope: Scope, view_id: int, *, name: str) -> None:
    """The view has another name. Raises NotFound, ViewNameTaken, ViewWithoutName."""
    view = _own(scope, view_id)
    others = SavedView.objects.filter(user_id=view.user_id, list=view.list, name=_name(name))
    if others.exclude(pk=view.pk).exists():
        raise ViewNameTaken(name=name)
    view.name = _name(name)
    view.save(update_fields=["name"])
    events.record("view.renamed", "view", view.pk, scope.actor)


@transaction.atomic
def share_view(scope: Scope, view_id: int, *, is_shared: bool) -> None:
    """Everybody who sees the list is offered the view, or nobody else is any more. Raises NotFound."""
    view = _own(scope, view_id)
    view.is_shared = is_shared
    view.save(update_fields=["is_shared"])
    if not is_shared:
        view.openings.exclude(user_id=view.user_id).delete()
    events.record("view.shared" if is_shared else "view.kept_private", "view", view.pk, scope.actor)


@transaction.atomic
def open_with(scope: Scope, view_id: int, *, opens: bool) -> None:
    """The person's list opens with this view, or with everything again. Raises NotFound."""
    view = SavedView.objects.visible_to(scope).filter(pk=view_id).first()
    if view is None:
        raise NotFound(noun="view")
    mine = OpeningView.objects.filter(user_id=_person(scope), list=view.list)
    mine.delete()
    if opens:
        OpeningView.objects.create(user_id=_person(scope), list=view.list, view=view)
    events.record("view.opens" if opens else "view.opens_no_more", "view", view.pk, scope.actor)


@transaction.atomic
def delete_view(scope: Scope, view_id: int) -> None:
    """The view is gone, and no list opens with it. Raises NotFound."""
    view = _own(scope, view_id)
    events.record("view.deleted", "view", view.pk, scope.actor)
    view.openings.all().delete()
    view.delete()


def _own(scope: Scope, view_id: int) -> SavedView:
    view = SavedView.objects.select_for_update().filter(pk=view_id, user_id=_person(scope)).first()
    if view is None:
        raise NotFound(noun="view")
    return view


def _person(scope: Scope) -> int:
    if scope.actor.kind != "user" or scope.actor.id is None:
        raise NotFound(noun="user")
    return scope.actor.id


def _name(name: str) -> str:
    if not name.strip():
        raise ViewWithoutName
    return name.strip()
