"""Saved views: one's own, those that others share, and the one that a list opens with."""

import pytest
from django.db import IntegrityError, connection, transaction

from encaisse.access.errors import ViewNameTaken, ViewWithoutName
from encaisse.access.models import AccessLevel, OpeningView, SavedView
from encaisse.access.operations import saved_views as saved
from encaisse.access.operations import users
from encaisse.access.operations.users import Profile
from encaisse.access.queries.saved_views import views
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Actor, Level, Scope

pytestmark = pytest.mark.django_db
TWICE = "INSERT INTO access_openingview (user_id, list, view_id) SELECT user_id, list, view_id FROM access_openingview"
SETUP = Actor("command", None, "encaisse user create")


def _person(name: str) -> Scope:
    if not users.Role.objects.filter(code="r").exists():
        users.create_role("r", "R", level=AccessLevel.EVERYTHING, permissions=frozenset(), actor=SETUP)
    profile = Profile(f"{name}@encaisse.example".lower(), name, "r")
    key = users.create_user(profile, password="rien à deviner ici", actor=SETUP)
    return Scope(Actor("user", key, name), Level.EVERYTHING)


def _save(scope: Scope, name: str, *, address: str = "state=open", shared: bool = False) -> int:
    return saved.save_view(scope, "invoices", name=name, address=address, is_shared=shared)


def test_a_view_is_ones_own_until_it_is_shared() -> None:
    ada, bob = _person("Ada"), _person("Bob")
    key = _save(ada, "Late")

    assert views(bob, "invoices") == ()
    saved.share_view(ada, key, is_shared=True)

    (row,) = views(bob, "invoices")
    assert (row.name, row.owner, row.is_mine, row.opens) == ("Late", "Ada", False, False)
    assert views(bob, "customers") == ()


def test_saving_under_a_name_of_ones_own_replaces_it() -> None:
    ada = _person("Ada")

    assert _save(ada, "Late") == _save(ada, " Late ", address="state=overdue")

    assert [row.address for row in views(ada, "invoices")] == ["state=overdue"]


def test_a_list_opens_with_one_view_and_forgets_it_when_it_goes() -> None:
    ada, bob = _person("Ada"), _person("Bob")
    first, second = _save(ada, "A", shared=True), _save(ada, "B")
    saved.open_with(ada, first, opens=True)
    saved.open_with(ada, second, opens=True)
    saved.open_with(bob, first, opens=True)

    assert [row.opens for row in views(ada, "invoices")] == [False, True]
    saved.share_view(ada, first, is_shared=False)
    assert not OpeningView.objects.filter(user_id=bob.actor.id).exists()
    saved.delete_view(ada, second)
    assert [row.name for row in views(ada, "invoices")] == ["A"]


def test_nobody_changes_the_view_of_another() -> None:
    ada, bob = _person("Ada"), _person("Bob")
    key, hidden = _save(ada, "A", shared=True), _save(ada, "B")

    for act in (
        lambda: saved.rename_view(bob, key, name="C"),
        lambda: saved.share_view(bob, key, is_shared=False),
        lambda: saved.delete_view(bob, key),
        lambda: saved.open_with(bob, hidden, opens=True),
        lambda: _save(Scope(SETUP, Level.EVERYTHING), "D"),
    ):
        with pytest.raises(NotFound):
            act()


def test_a_name_tells_a_view_from_others() -> None:
    ada = _person("Ada")
    _save(ada, "A")
    key = _save(ada, "B")

    with pytest.raises(ViewNameTaken):
        saved.rename_view(ada, key, name="A")
    with pytest.raises(ViewWithoutName):
        saved.rename_view(ada, key, name="  ")


@pytest.mark.parametrize(
    ("name", "attack"),
    [
        ("saved_view_has_a_name", "UPDATE access_savedview SET name = ' '"),
        ("saved_view_name_once", "UPDATE access_savedview SET name = 'A'"),
        ("saved_view_with_its_list", "UPDATE access_savedview SET id = 1"),
        ("opening_view_once_a_list", TWICE),
        ("opening_view_is_of_its_list", "UPDATE access_openingview SET list = 'customers'"),
    ],
)  # fmt: skip
def test_the_database_refuses(name: str, attack: str) -> None:
    ada = _person("Ada")
    _save(ada, "A")
    saved.open_with(ada, _save(ada, "B"), opens=True)

    refused = "access_savedview_pkey" if "SET id" in attack else name
    with pytest.raises(IntegrityError, match=refused), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(attack)
    assert SavedView.objects.count() == 2
