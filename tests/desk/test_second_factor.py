"""Two-factor log-in on its pages, and roles and groups on theirs."""

import datetime as dt
import re

import pyotp
import pytest
from django.test import Client
from django.urls import reverse

from encaisse.access.models import Role, SecondFactor, User
from encaisse.access.operations import second_factor
from encaisse.access.operations import users as operations
from encaisse.access.operations.users import Profile, create_user, install_roles
from encaisse.kernel import clock
from encaisse.kernel.scope import Actor
from encaisse.party.models import Group, Rep
from tests.desk.signed_in import signed_in, words
from tests.makers import make_entity, make_rep

pytestmark = pytest.mark.django_db
SETUP = Actor("command", None, "encaisse user create")
PASSWORD = "rien à deviner ici"  # noqa: S105 - opens nothing


@pytest.fixture
def client() -> Client:
    return signed_in()


def set_up(client: Client) -> tuple[pyotp.TOTP, list[str]]:
    """Set the telephone up as a person does: the key from the page, its code typed back."""
    client.post("/account/two-factor/ask")
    page = client.get("/account/two-factor").content.decode()
    telephone = pyotp.TOTP(re.search(r'class="key">([A-Z2-7]+)<', page)[1])
    shown = client.post("/account/two-factor", {"code": telephone.now()}).content.decode()
    return telephone, re.findall(r'class="key">([A-Z2-9]{5}-[A-Z2-9]{5})<', shown)


def test_a_telephone_is_set_up_and_its_code_opens_the_door(client):
    telephone, codes = set_up(client)
    assert len(codes) == 10
    assert 'class="qr"' not in client.get("/account/two-factor").content.decode()

    door = Client()
    first = door.post("/login?next=/account", {"email": "essai@encaisse.example", "password": PASSWORD})
    assert first.headers["Location"] == "/login/code?next=%2Faccount"
    assert door.get("/account").status_code == 302
    assert 'autocomplete="one-time-code"' in door.get("/login/code").content.decode()
    refused = door.post("/login/code?next=/account", {"code": "000000"}).content.decode()
    assert 'id="id_code_error"' in refused
    second = door.post("/login/code?next=/account", {"code": codes[0]})
    assert second.headers["Location"] == "/account"
    assert door.get("/account").status_code == 200


def test_the_second_step_begins_with_the_first_and_does_not_wait_for_ever(client):
    _, codes = set_up(client)
    door = Client()
    assert door.get("/login/code").headers["Location"].startswith("/login")
    door.post("/login", {"email": "essai@encaisse.example", "password": PASSWORD})

    with clock.stopped_at(clock.now() + dt.timedelta(minutes=6)):
        assert door.post("/login/code", {"code": codes[0]}).headers["Location"].startswith("/login?")


def test_whose_role_asks_for_it_sets_it_up_before_anything_else(client):
    Role.objects.filter(code="tried").update(second_factor_required=True)

    assert client.get("/").headers["Location"] == "/account/two-factor"
    assert client.post("/users/new").headers["Location"] == "/account/two-factor"
    set_up(client)
    assert client.get("/account").status_code == 200


def test_recovery_codes_are_renewed_and_the_factor_given_up_with_the_password(client):
    _, codes = set_up(client)

    wrong = client.post("/account/two-factor/codes", {"current": "pas le bon"}).content.decode()
    others = client.post("/account/two-factor/codes", {"current": PASSWORD}).content.decode()
    client.post("/account/two-factor/give-up", {"current": PASSWORD})

    assert 'id="id_current_error"' in wrong
    assert codes[0] not in others
    assert not SecondFactor.objects.exists()


def test_an_administrator_resets_that_of_somebody_else(client):
    install_roles()
    key = create_user(Profile("ada@encaisse.example", "Ada", "billing"), password=PASSWORD, actor=SETUP)
    ada = Actor("user", key, "Ada")
    second_factor.ask(ada)
    second_factor.confirm(ada, code=pyotp.TOTP(second_factor.enrolment(ada).key).now())
    assert "Ada" not in client.get("/users", {"state": "alone"}).content.decode()

    client.post(reverse("desk:reset_second_factor", args=[key]))

    assert not SecondFactor.objects.filter(user_id=key).exists()
    assert "Ada" in client.get("/users", {"state": "alone"}).content.decode()


def test_a_role_is_made_changed_and_listed_with_what_it_grants(client):
    said = {"name": "Comptable", "level": "everything", "reading": ["read_ledger"]}

    client.post("/roles/new", said)
    role = Role.objects.get(code="comptable")
    client.post(
        reverse("desk:role", args=[role.pk]), said | {"money": ["allocate"], "second_factor_required": "on"}
    )

    role.refresh_from_db()
    assert (role.permissions, role.second_factor_required) == (["allocate", "read_ledger"], True)
    assert "Allocate payments, Read the books" in words(client.get("/roles").content.decode())


def test_nobody_takes_the_last_right_to_manage_users_away(client):
    tried = User.objects.get().role

    page = client.post(reverse("desk:role", args=[tried.pk]), {"name": "Tried", "level": "everything"})

    assert "Nobody could manage users any more." in words(page.content.decode())
    tried.refresh_from_db()
    assert "manage_users" in tried.permissions


def test_a_group_has_its_leader_and_its_members(client):
    ada, bob = make_rep(name="Ada"), make_rep(name="Bob")
    client.post("/groups/representatives/new", {"name": "Chloé"})
    client.post("/groups/new", {"name": "Nord", "leader": ada.code, "members": [bob.code, "chloe"]})
    group = Group.objects.get()
    client.post(
        reverse("desk:team", args=[group.pk]), {"name": "Grand Nord", "leader": "", "members": ["chloe"]}
    )

    group.refresh_from_db()
    assert (group.code, group.name, group.leader) == ("nord", "Grand Nord", None)
    assert [rep.name for rep in Rep.objects.filter(group=group)] == ["Chloé"]
    taken = client.post("/groups/new", {"name": "Nord", "leader": "", "members": []}).content.decode()
    assert 'id="id_name_error"' in taken


def test_who_is_limited_to_a_legal_entity_opens_no_role():
    client = signed_in()
    operations.limit_role("tried", frozenset({make_entity().pk}), actor=SETUP)
    role = Role.objects.get(code="tried")

    answer = client.post(reverse("desk:role", args=[role.pk]), {"name": "Partout", "level": "everything"})

    assert answer.status_code == 403
    role.refresh_from_db()
    assert role.name == "Tried"
    assert role.legal_entities.count() == 1
