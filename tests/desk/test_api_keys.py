"""Keys of the API on the desk."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from encaisse.access.models import ApiKey
from encaisse.access.queries.keys import program_of
from tests.desk.signed_in import signed_in
from tests.makers import make_account, make_entity

pytestmark = pytest.mark.django_db


def test_a_key_is_made_shown_once_and_revoked():
    make_entity(code="ACME")
    client = signed_in("integrate", "bill")
    assert "No program comes in yet" in client.get(reverse("desk:api_keys")).content.decode()

    made = client.post(reverse("desk:new_api_key"), {"name": "CRM", "mode": "test", "permissions": ["bill"]})

    secret = re.search(r"enc_test_[\w-]{43}", made.content.decode())[0]
    assert made.headers["Cache-Control"] == "no-store"
    assert program_of(secret).scope.permissions == {"bill"}
    key = ApiKey.objects.get()
    shown = client.get(reverse("desk:api_key", args=[key.pk])).content.decode()
    assert secret not in shown
    assert secret not in client.get(reverse("desk:api_keys")).content.decode()
    assert "Revoke this key?" in shown
    client.post(reverse("desk:revoke_api_key", args=[key.pk]))
    assert program_of(secret) is None
    assert "Revoke this key?" not in client.get(reverse("desk:api_key", args=[key.pk])).content.decode()


def test_nobody_gives_a_program_what_they_may_not_do():
    client = signed_in("integrate")

    page = client.post(reverse("desk:new_api_key"), {"name": "CRM", "mode": "live", "permissions": ["bill"]})

    assert page.status_code == 200
    assert not ApiKey.objects.exists()


def test_a_key_is_of_one_customer_by_its_reference():
    account = make_account()
    client = signed_in("integrate")
    typed = {"name": "Portal", "mode": "live", "customer": account.customer.reference}

    client.post(reverse("desk:new_api_key"), typed)
    unknown = client.post(reverse("desk:new_api_key"), typed | {"customer": "nobody"})

    assert ApiKey.objects.get().customer == account.customer
    assert "No customer has this reference." in unknown.content.decode()


def test_the_keys_are_for_who_connects_programs():
    client: Client = signed_in("bill")
    client.raise_request_exception = False

    assert client.get(reverse("desk:api_keys")).status_code == 403
