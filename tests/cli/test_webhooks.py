"""`encaisse webhooks`: what was told, and what is told again."""

import pytest

from encaisse.adapters.http_out import Answer, Outcome
from encaisse.kernel.references import public_id
from encaisse.webhook.models import Message
from encaisse.webhook.operations import messages
from tests.webhook.test_operations import opened, told

pytestmark = pytest.mark.django_db


def test_webhooks_and_their_log_are_listed_and_what_failed_is_told_again(encaisse):
    endpoint_id = opened()
    one, two = told(endpoint_id, rows=2)
    for _ in range(10):
        messages.tried(one, Outcome(Answer(503, b"later"), None, 5))
    webhook, message = public_id("wh", endpoint_id), public_id("msg", one)

    listed = encaisse("webhooks", "list").out.splitlines()
    logged = encaisse("webhooks", "log", webhook, "--state", "failed").out.splitlines()
    again = encaisse("webhooks", "replay", webhook, "--since", "2026-01-01")

    assert listed[1].split() == [webhook, "https://receiver.example/hook", "live", "enabled", "1", "1", "0"]
    assert [line.split()[0] for line in logged[1:]] == [message]
    assert logged[1].split()[-3:] == ["failed", "10", "503"]
    assert (again.code, again.out.strip()) == (0, "1 messages are told again.")
    assert set(Message.objects.values_list("state", flat=True)) == {"waiting"}


def test_what_cannot_be_told_again_is_refused_in_words(encaisse):
    endpoint_id = opened()
    (waiting,) = told(endpoint_id)

    still = encaisse("webhooks", "replay", public_id("msg", waiting))
    nothing = encaisse("webhooks", "replay", public_id("wh", endpoint_id), "--since", "2026-01-01")
    when = encaisse("webhooks", "replay", public_id("wh", endpoint_id))
    stranger = encaisse("webhooks", "log", "wh_0000000000")

    assert all(each.code for each in (still, nothing, when, stranger))
    assert "--since" in when.err
