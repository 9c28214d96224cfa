"""Roles as an administrator makes and changes them."""

import pytest

from encaisse.access.errors import (
    HolderWithoutRep,
    LastManager,
    ManagerSeesEverything,
    RoleIsFixed,
    RoleNameTaken,
)
from encaisse.access.models import AccessLevel, Permission, Role, User
from encaisse.access.operations import roles
from encaisse.access.operations import users as operations
from encaisse.access.operations.roles import RoleFacts
from encaisse.access.operations.users import Profile
from encaisse.access.queries.users import scope_of
from encaisse.kernel.errors import NotFound
from encaisse.kernel.models import Event
from encaisse.kernel.scope import Actor
from tests.makers import make_entity

pytestmark = pytest.mark.django_db
SETUP = Actor("command", None, "encaisse user create")
EVERYTHING = AccessLevel.EVERYTHING


@pytest.fixture(autouse=True)
def ready_made() -> None:
    operations.install_roles()


def test_a_role_is_made_under_a_name_of_its_own():
    entity = make_entity()
    said = RoleFacts("Comptable", EVERYTHING, frozenset({"read_ledger"}), frozenset({entity.pk}), True)

    key = roles.new_role(said, actor=SETUP)

    made = Role.objects.get(pk=key)
    assert (made.code, made.permissions, made.second_factor_required) == ("comptable", ["read_ledger"], True)
    assert list(made.legal_entities.all()) == [entity]
    for name in ("Comptable", "–"):
        with pytest.raises(RoleNameTaken):
            roles.new_role(RoleFacts(name, EVERYTHING), actor=SETUP)


def test_a_change_tells_what_was_given_and_taken():
    key = roles.new_role(RoleFacts("Comptable", EVERYTHING, frozenset({"read_ledger"})), actor=SETUP)

    roles.change_role(key, RoleFacts("Comptable", EVERYTHING, frozenset({"bill"})), actor=SETUP)

    facts = Event.objects.get(topic="role.changed").facts
    assert (facts["given"], facts["taken"]) == (["bill"], ["read_ledger"])
    with pytest.raises(NotFound):
        roles.change_role(0, RoleFacts("Comptable", EVERYTHING), actor=SETUP)


def test_two_roles_cannot_have_one_name():
    key = roles.new_role(RoleFacts("Comptable", EVERYTHING), actor=SETUP)
    roles.new_role(RoleFacts("Juriste", EVERYTHING), actor=SETUP)

    with pytest.raises(RoleNameTaken):
        roles.change_role(key, RoleFacts("Juriste", EVERYTHING), actor=SETUP)


def test_the_administrator_s_role_stays_whole():
    admin = Role.objects.get(code="admin")
    whole = RoleFacts("Direction", EVERYTHING, frozenset(Permission), second_factor_required=True)

    roles.change_role(admin.pk, whole, actor=SETUP)

    assert Role.objects.get(pk=admin.pk).second_factor_required
    with pytest.raises(RoleIsFixed):
        roles.change_role(admin.pk, RoleFacts("Direction", EVERYTHING, frozenset({"bill"})), actor=SETUP)


def test_the_last_role_that_manages_users_keeps_that():
    chief = roles.new_role(RoleFacts("Chef", EVERYTHING, frozenset({"manage_users"})), actor=SETUP)
    profile = Profile("chef@encaisse.example", "Chef", "chef")
    operations.create_user(profile, password="bien gardé au chaud", actor=SETUP)

    with pytest.raises(LastManager):
        roles.change_role(chief, RoleFacts("Chef", EVERYTHING), actor=SETUP)


def test_a_role_shows_a_rep_s_customers_to_reps_only():
    key = roles.new_role(RoleFacts("Terrain", EVERYTHING), actor=SETUP)
    admin = Profile("chef@encaisse.example", "Chef", "admin")
    operations.create_user(admin, password="bien gardé au chaud", actor=SETUP)
    profile = Profile("ada@encaisse.example", "Ada", "terrain")
    operations.create_user(profile, password="bien gardé au chaud", actor=SETUP)

    with pytest.raises(HolderWithoutRep) as refused:
        roles.change_role(key, RoleFacts("Terrain", AccessLevel.OWN), actor=SETUP)

    assert refused.value.holder == "Ada"


def test_who_sees_a_part_manages_no_users():
    entity, manages = make_entity(), frozenset({"manage_users", "read_ledger"})
    parts = [
        RoleFacts("Siège", EVERYTHING, manages, frozenset({entity.pk})),
        RoleFacts("Région", AccessLevel.GROUPS, manages),
    ]
    for said in parts:
        with pytest.raises(ManagerSeesEverything):
            roles.new_role(said, actor=SETUP)
    assert not Role.objects.filter(name__in=["Siège", "Région"]).exists()

    # A role that was limited before, or by the command line, manages nobody either.
    operations.create_role("site", "Site", level=EVERYTHING, permissions=manages, actor=SETUP)
    operations.limit_role("site", frozenset({entity.pk}), actor=SETUP)
    key = operations.create_user(
        Profile("site@encaisse.example", "Site", "site"), password="rien à deviner ici", actor=SETUP
    )
    assert scope_of(User.objects.get(pk=key)).permissions == {"read_ledger"}
