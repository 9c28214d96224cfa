"""What is told, how it is signed, and when it is tried again: against the library that receivers use."""

import datetime as dt
import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from encaisse.kernel import clock
from encaisse.webhook import rules

BODY = '{"type":"invoice.issued","data":{"libellé":"Électricité"}}'.encode()


def headers(*secrets: str) -> dict[str, str]:
    timestamp = int(clock.now().timestamp())
    signed = rules.signatures(secrets, "msg_1", timestamp, BODY)
    return {"webhook-id": "msg_1", "webhook-timestamp": str(timestamp), "webhook-signature": signed}


@given(st.binary(min_size=24, max_size=64))
def test_what_is_signed_is_verified_by_the_library_of_the_scheme(random):
    secret = rules.new_secret(random)

    assert Webhook(secret).verify(BODY.decode(), headers(secret))["type"] == "invoice.issued"
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(BODY.decode().replace("issued", "voided"), headers(secret))


def test_while_a_secret_changes_either_verifies():
    old, new, other = (rules.new_secret(bytes([n]) * 32) for n in (1, 2, 3))
    both = headers(new, old)

    assert Webhook(old).verify(BODY.decode(), both) == Webhook(new).verify(BODY.decode(), both)
    with pytest.raises(WebhookVerificationError):
        Webhook(other).verify(BODY.decode(), both)


def test_ten_attempts_take_three_days_and_a_little():
    waits = [rules.wait_after(attempts, "msg_1") for attempts in range(1, 11)]

    assert waits[-1] is None
    assert all(plain <= wait < plain * 1.1 for plain, wait in zip(rules.WAITS, waits, strict=False))
    assert dt.timedelta(days=3) < sum(waits[:-1], dt.timedelta()) < dt.timedelta(days=3.6)


def test_messages_that_fail_together_come_back_apart():
    waits = {rules.wait_after(3, f"msg_{n}") for n in range(100)}

    assert len(waits) == 100
    assert rules.wait_after(3, "msg_1") == rules.wait_after(3, "msg_1")


def test_an_endpoint_that_fails_rests_longer_and_longer_but_never_long():
    rests = [rules.rest_after(failures) for failures in range(1, 30)]

    assert rests[0] == dt.timedelta(seconds=2)
    assert all(before <= after for before, after in itertools.pairwise(rests))
    assert max(rests) == dt.timedelta(minutes=5)


@pytest.mark.parametrize(
    ("status", "taken"), [(200, True), (204, True), (299, True), (301, False), (410, False)]
)
def test_only_a_success_is_one(status, taken):
    assert rules.is_taken(status) == taken


def test_an_event_is_told_by_its_kind_of_row():
    assert [each.name for each in rules.types_of("allocation.made", "payment")] == ["payment.allocated"]
    assert [each.name for each in rules.types_of("allocation.made", "invoice")] == ["credit_note.allocated"]
    assert [each.name for each in rules.types_of("invoice.issued", "invoice")] == [
        "invoice.issued",
        "advance.issued",
        "credit_note.issued",
    ]
    assert len(rules.BY_NAME) == len(rules.TYPES)


@pytest.mark.parametrize(("asked", "given"), [(120, 120), (0, 0), (-5, 0), (1e12, 86_400)])
def test_a_receiver_that_asks_for_time_gets_a_day_at_most(asked, given):
    assert rules.asked_wait(asked) == dt.timedelta(seconds=given)
