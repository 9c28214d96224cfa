"""Coming in, staying in, going out; and what a refusal looks like."""

import datetime as dt
import re

import pytest
from django.test import Client

from encaisse.access.models import User
from encaisse.access.operations import users as operations
from encaisse.access.operations.users import Profile
from encaisse.kernel.scope import Actor

pytestmark = pytest.mark.django_db
SETUP = Actor("command", None, "encaisse user create")
PASSWORD = "bien gardé au chaud"  # noqa: S105 - opens nothing


def make_user(email: str = "ines@encaisse.example", language: str = "fr") -> int:
    operations.install_roles()
    profile = Profile(email, "Inès", "admin", language=language)
    return operations.create_user(profile, password=PASSWORD, actor=SETUP)


def signed_in(user_id: int) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=user_id))
    return client


def test_who_logs_in_goes_on_to_where_they_were_heading():
    make_user()
    client = Client()

    answer = client.post("/login?next=/account", {"email": "INES@encaisse.example", "password": PASSWORD})

    assert (answer.status_code, answer.headers["Location"]) == (302, "/account")
    assert client.get("/account").status_code == 200


@pytest.mark.parametrize(
    "elsewhere", ["https://ailleurs.example/", "//ailleurs.example/", "javascript:alert(1)"]
)
def test_log_in_never_leads_to_another_site(elsewhere):
    make_user()

    answer = Client().post(
        f"/login?next={elsewhere}", {"email": "ines@encaisse.example", "password": PASSWORD}
    )

    assert answer.headers["Location"] == "/"


@pytest.mark.parametrize("email", ["ines@encaisse.example", "personne@encaisse.example"])
def test_a_refused_log_in_reads_the_same_and_keeps_the_address(email):
    make_user()
    make_page = lambda: Client().post("/login", {"email": email, "password": "pas le bon"})  # noqa: E731

    page = make_page().content.decode()

    assert f'value="{email}"' in page
    assert "pas le bon" not in page
    assert page.count('role="alert"') == 1


def test_the_session_changes_at_log_in():
    make_user()
    client = Client()
    client.cookies["sessionid"] = "planted"

    client.post("/login", {"email": "ines@encaisse.example", "password": PASSWORD})

    assert client.cookies["sessionid"].value != "planted"


def test_log_out_ends_the_session():
    client = signed_in(make_user())

    client.post("/logout")

    assert client.get("/account").headers["Location"] == "/login?next=/account"


def test_log_out_by_a_link_is_refused():
    assert signed_in(make_user()).get("/logout").status_code == 405


def test_a_deactivated_user_is_out_at_once():
    make_user("chef@encaisse.example")
    user_id = make_user()
    client = signed_in(user_id)
    assert client.get("/account").status_code == 200

    operations.deactivate(user_id, actor=SETUP)

    assert client.get("/account").status_code == 302


def test_a_new_password_ends_the_other_sessions():
    user_id = make_user()
    client = signed_in(user_id)

    operations.set_password(user_id, password="tout autre chose", actor=SETUP)

    assert client.get("/account").status_code == 302


def test_a_new_role_acts_on_the_next_request():
    make_user("chef@encaisse.example")
    user_id = make_user()
    client = signed_in(user_id)
    assert client.get("/users").status_code == 200

    operations.change_user(user_id, Profile("ines@encaisse.example", "Inès", "billing"), actor=SETUP)

    assert client.get("/users").status_code == 403


def test_the_page_speaks_the_users_language_unless_the_browser_chose_another():
    client = signed_in(make_user(language="en"))
    assert '<html lang="en"' in client.get("/account").content.decode()

    client.cookies["django_language"] = "fr"

    assert '<html lang="fr"' in client.get("/account").content.decode()


def test_one_users_language_does_not_stay_for_the_next():
    signed_in(make_user(language="en")).get("/account")

    assert '<html lang="fr"' in Client().get("/login").content.decode()


def test_instants_are_shown_in_the_readers_time_zone():
    user_id = make_user()
    client = signed_in(user_id)
    User.objects.filter(pk=user_id).update(last_login=dt.datetime(2026, 7, 14, 22, 30, tzinfo=dt.UTC))

    assert "15/07/2026\u00a000:30" in client.get("/account").content.decode()


def test_pages_are_kept_by_nobody_between():
    assert signed_in(make_user()).get("/account").headers["Cache-Control"] == "private, no-cache"


def test_a_fragment_asked_for_after_the_session_ended_leads_the_page_to_the_log_in():
    answer = Client().get("/users", headers={"HX-Request": "true"})

    assert answer.headers["HX-Redirect"] == "/login?next=/users"


def test_a_refused_button_says_so_on_the_page_where_it_stands():
    client = signed_in(make_user())
    user_id = User.objects.get().pk
    page = client.get("/users").content.decode()
    address = re.search(r"/users/usr_\w+", page)[0]

    answer = client.post(
        f"{address}/deactivate", headers={"Referer": f"http://testserver{address}"}, follow=True
    )

    assert answer.redirect_chain == [(f"http://testserver{address}", 302)]
    assert "Plus personne" in answer.content.decode()
    assert User.objects.get(pk=user_id).is_active


def test_what_is_not_a_reference_is_a_404():
    client = signed_in(make_user())

    for guess in ["usr_1", "usr_0000000000", "cus_0000000000", "1", "usr_UUUUUUUUUU"]:
        assert client.get(f"/users/{guess}").status_code == 404


def test_no_page_allows_inline_script():
    policy = signed_in(make_user()).get("/account").headers["Content-Security-Policy"]

    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
