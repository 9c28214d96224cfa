"""Users as an administrator manages them."""

import pytest
from django.test import Client
from django.urls import reverse

from encaisse.access.models import User
from encaisse.access.operations import users as operations
from encaisse.access.operations.users import Profile
from encaisse.kernel.scope import Actor
from tests.makers import make_rep

pytestmark = pytest.mark.django_db
SETUP = Actor("command", None, "encaisse user create")
PASSWORD = "bien gardé au chaud"  # noqa: S105 - opens nothing


@pytest.fixture
def client() -> Client:
    """An administrator, signed in."""
    operations.install_roles()
    key = operations.create_user(
        Profile("chef@encaisse.example", "Chef", "admin"), password=PASSWORD, actor=SETUP
    )
    client = Client()
    client.force_login(User.objects.get(pk=key))
    return client


def test_an_administrator_gives_somebody_an_account(client):
    rep = make_rep(name="Ada")
    said = {"name": "Ada", "email": "Ada@Encaisse.example", "role": "rep", "rep": rep.pk, "language": "en"}

    answer = client.post("/users/new", {**said, "password": PASSWORD})

    assert answer.headers["Location"] == "/users"
    made = User.objects.select_related("role").get(email="ada@encaisse.example")
    assert (made.name, made.role.code, made.rep_id, made.language) == ("Ada", "rep", rep.pk, "en")


def test_a_refusal_stands_beside_its_field_and_keeps_what_was_typed(client):
    said = {"name": "Ada", "email": "chef@encaisse.example", "role": "admin", "rep": "", "language": "fr"}

    page = client.post("/users/new", {**said, "password": PASSWORD}).content.decode()

    assert 'id="id_email_error"' in page
    assert 'value="Ada"' in page
    assert PASSWORD not in page
    assert User.objects.count() == 1


def test_nobody_becomes_an_administrator_for_want_of_a_choice(client):
    said = {"name": "Ada", "email": "ada@encaisse.example", "role": "", "rep": "", "language": "fr"}

    page = client.post("/users/new", {**said, "password": PASSWORD}).content.decode()

    assert 'id="id_role_error"' in page
    assert User.objects.count() == 1


def test_a_role_without_its_rep_is_refused_beside_the_rep(client):
    said = {"name": "Ada", "email": "ada@encaisse.example", "role": "rep", "rep": "", "language": "fr"}

    page = client.post("/users/new", {**said, "password": PASSWORD}).content.decode()

    assert 'id="id_rep_error"' in page


def test_a_user_is_changed_deactivated_and_let_in_again(client):
    profile = Profile("ada@encaisse.example", "Ada", "billing")
    key = operations.create_user(profile, password=PASSWORD, actor=SETUP)
    said = {
        "name": "Ada L.",
        "email": "ada@encaisse.example",
        "role": "collector",
        "rep": "",
        "language": "fr",
    }

    client.post(reverse("desk:user", args=[key]), said)
    client.post(reverse("desk:deactivate_user", args=[key]))
    gone = User.objects.select_related("role").get(pk=key)
    client.post(reverse("desk:reactivate_user", args=[key]))

    assert (gone.name, gone.role.code, gone.is_active) == ("Ada L.", "collector", False)
    assert User.objects.get(pk=key).is_active


def test_an_administrator_sets_a_password(client):
    profile = Profile("ada@encaisse.example", "Ada", "billing")
    key = operations.create_user(profile, password=PASSWORD, actor=SETUP)

    client.post(reverse("desk:user_password", args=[key]), {"password": "tout autre chose"})

    assert User.objects.get(pk=key).check_password("tout autre chose")


def test_ones_own_password_changes_and_this_session_stays(client):
    answer = client.post("/account/password", {"current": PASSWORD, "password": "tout autre chose"})

    assert answer.headers["Location"] == "/account"
    assert client.get("/account").status_code == 200


def test_everyone_may_change_their_own_name_and_language(client):
    client.post("/account", {"name": "La Cheffe", "language": "en"})

    user = User.objects.get()
    assert (user.name, user.language) == ("La Cheffe", "en")


@pytest.mark.parametrize(("words", "found"), [("ada", 1), ("EXAMPLE", 2), ("ada lovelace", 0), ("", 2)])
def test_users_are_found_by_words_of_their_name_and_address(client, words, found):
    operations.create_user(Profile("ada@encaisse.example", "Ada", "billing"), password=PASSWORD, actor=SETUP)

    page = client.get("/users", {"q": words}).content.decode()

    assert page.count('scope="row"') == found
