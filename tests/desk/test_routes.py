"""Who may ask for an address at all, from the table of routes: whatever is added to it is tested."""

import re
from typing import Final
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from encaisse.access.models import AccessLevel, Permission, User
from encaisse.access.operations import users as operations
from encaisse.access.operations.users import Profile
from encaisse.desk.middleware import OPEN, OTHERS
from encaisse.desk.routes import Route
from encaisse.desk.urls import ROUTES
from encaisse.kernel.scope import Actor

pytestmark = pytest.mark.django_db
KEY: Final = re.compile(r"<\w+:(\w+)>")
SETUP: Final = Actor("command", None, "encaisse user create")
CLOSED: Final = [route for route in ROUTES if not route.public]
GUARDED: Final = [route for route in ROUTES if route.permission]


def address(route: Route) -> str:
    """The route's address, of a row that need not exist."""
    return reverse(f"desk:{route.name}", kwargs=dict.fromkeys(KEY.findall(route.address), 1))


def client_with(*permissions: str) -> Client:
    """Somebody who sees everything and may do only this."""
    operations.create_role(
        "tried", "Tried", level=AccessLevel.EVERYTHING, permissions=frozenset(permissions), actor=SETUP
    )
    profile = Profile("essai@encaisse.example", "Essai", "tried")
    key = operations.create_user(profile, password="rien à deviner ici", actor=SETUP)
    client = Client()
    client.force_login(User.objects.get(pk=key))
    return client


@pytest.mark.parametrize("route", CLOSED, ids=lambda route: route.name)
def test_a_stranger_is_sent_to_the_log_in_page(route):
    for method in route.methods:
        answer = Client().generic(method, address(route))

        back = address(route) if method == "GET" else "/"
        assert answer.status_code == 302
        assert answer.headers["Location"] == f"/login?next={quote(back)}"


@pytest.mark.parametrize("route", GUARDED, ids=lambda route: route.name)
def test_a_missing_permission_is_a_403(route):
    client = client_with(*(set(Permission) - {route.permission}))

    for method in route.methods:
        assert client.generic(method, address(route)).status_code == 403


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
def test_no_address_takes_another_method(route):
    client = client_with(*Permission)

    for method in {"GET", "POST", "PUT", "DELETE"} - set(route.methods):
        assert client.generic(method, address(route)).status_code == 405


def test_every_permission_of_the_table_exists():
    assert {route.permission for route in GUARDED} <= set(Permission)


def test_names_and_addresses_are_unique():
    assert len({route.name for route in ROUTES}) == len(ROUTES)
    assert len({route.address for route in ROUTES}) == len(ROUTES)


def test_only_what_is_listed_is_open_to_strangers():
    names = set()
    for pattern in get_resolver().url_patterns:
        space = f"{pattern.namespace}:" if getattr(pattern, "namespace", None) else ""
        if space.rstrip(":") not in OTHERS:
            names |= {space + each.name for each in getattr(pattern, "url_patterns", [pattern])}

    open_names = {name for name in names if name not in {f"desk:{route.name}" for route in CLOSED}}

    assert open_names == OPEN


def test_the_health_of_the_process_is_told_to_strangers():
    answer = Client().get("/health")

    assert (answer.status_code, answer.json()) == (200, {"ok": True, "database": True, "schema": True})
