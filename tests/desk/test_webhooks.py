"""Webhooks at the desk: opened, tried, looked into, sent again, taken away."""

import html
import ipaddress
import re
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from encaisse.adapters import http_out
from encaisse.desk import webhook_words
from encaisse.flows.tell_endpoints import deliver_messages
from encaisse.webhook import queries, rules
from encaisse.webhook.models import Disabled, Endpoint, EndpointState, Message
from encaisse.webhook.operations import endpoints
from encaisse.webhook.operations.endpoints import EndpointFacts
from tests.adapters.receivers import receiving, status
from tests.desk.placements import body
from tests.desk.signed_in import signed_in, words
from tests.makers import CLERK, make_entity, make_scope

pytestmark = pytest.mark.django_db
SCOPE = make_scope("integrate")


@pytest.fixture
def client(settings) -> Client:
    """Somebody who may integrate, where this machine is trusted."""
    settings.TRUSTED_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)
    return signed_in("integrate")


def opened(url: str = "https://receiver.example/") -> int:
    return endpoints.create(SCOPE, EndpointFacts(url, ("invoice.issued", "payment.recorded")))


def press(client: Client, name: str, key: int, **typed: object) -> str:
    return body(client.post(reverse(f"desk:{name}", args=[key]), typed, follow=True))


def test_a_webhook_is_opened_and_shows_its_secret_once(client):
    entity = make_entity()
    typed = {
        "url": "https://receiver.example/hook", "description": "Warehouse", "types": ["invoice.issued"],
        "mode": "live", "entity_ids": [entity.pk],
    }  # fmt: skip
    page = body(client.post(reverse("desk:new_webhook"), typed, follow=True))

    key = Endpoint.objects.get().pk
    secret = queries.secret(SCOPE, key)
    assert secret in page
    assert "Keep this secret now" in page
    assert queries.endpoint(SCOPE, key).entity_ids == (entity.pk,)
    again = body(client.get(reverse("desk:webhook", args=[key])))
    assert "whsec_" not in again
    assert "Warehouse" in body(client.get(reverse("desk:webhooks")))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"url": "https://192.0.2.1/"}, "it leads into a private network"),
        ({"url": "https://receiver.example/", "types": []}, "This field is required."),
        ({"url": "ftp://receiver.example/"}, "it does not start with https://"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_kept(client, typed, said):
    page = body(
        client.post(reverse("desk:new_webhook"), {"types": ["run.completed"], "mode": "live", **typed})
    )

    assert said in html.unescape(page)
    assert f'value="{typed["url"]}"' in page
    assert not Endpoint.objects.exists()


def test_a_test_is_sent_and_its_answer_is_in_the_log(client):
    with receiving(status(418, b"I am a teapot")) as server:
        key = opened(server.url)
        assert "Not sent yet" in press(client, "try_webhook", key)
        deliver_messages()

    message = Message.objects.get()
    page = words(body(client.get(reverse("desk:webhook_message", args=[message.pk]))))
    assert "I am a teapot" in page
    assert "418" in page
    assert "endpoint.test" in page
    assert "Failing" in body(client.get(reverse("desk:webhook", args=[key])))
    assert "To be tried again" in body(client.get(reverse("desk:webhook", args=[key]), {"state": "waiting"}))


def test_a_webhook_is_changed_given_another_secret_disabled_enabled_and_removed(client):
    key = opened()
    first = queries.secret(SCOPE, key)
    typed = {"url": "https://other.example/", "types": ["run.completed"], "mode": "test"}
    assert "Saved." in press(client, "change_webhook", key, **typed)
    page = press(client, "rotate_webhook", key)
    assert queries.secret(SCOPE, key) in page
    assert first not in page
    assert "Enable" in press(client, "disable_webhook", key)
    assert "Send a test" in press(client, "enable_webhook", key)
    assert "Nobody is told yet" in press(client, "remove_webhook", key)

    assert client.get(reverse("desk:webhook", args=[key])).status_code == 404


def test_what_failed_is_sent_again_since_a_day(client):
    key = opened()
    press(client, "try_webhook", key)
    press(client, "disable_webhook", key)
    press(client, "enable_webhook", key)
    message = Message.objects.get()
    assert "Send again what failed" in body(client.get(reverse("desk:webhook", args=[key])))

    assert "Nothing has failed since that day." in press(client, "replay_failed", key, since="2099-01-01")
    assert "1 message is sent again." in press(client, "replay_failed", key, since="2020-01-01")
    endpoints.disable(SCOPE, key)
    endpoints.enable(SCOPE, key)
    press(client, "replay_message", message.pk)
    message.refresh_from_db()
    assert message.state == "waiting"


@pytest.mark.parametrize(("why", "said"), [("failing", "five days in a row"), ("gone", "answered 410")])
def test_a_webhook_that_disabled_itself_says_why(client, why, said):
    key = opened()
    endpoints.close(key, EndpointState.DISABLED, Disabled(why), CLERK)

    page = body(client.get(reverse("desk:webhook", args=[key])))
    assert said in page
    assert "This webhook disabled itself" in page


def test_each_type_state_and_reason_has_its_words():
    reasons = set(re.findall(r'reason="(\w+)"', Path(http_out.__file__).read_text(encoding="utf-8")))

    assert list(webhook_words.TYPES) == list(rules.BY_NAME)
    assert reasons | {"tls", "unreachable", "secret_unreadable", "unwritable", "fault"} == set(
        webhook_words.ERRORS
    )
