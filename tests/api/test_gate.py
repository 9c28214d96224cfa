"""Who comes in, how often, with what, and that each POST happens once."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.test import Client

from encaisse.access.models import ApiKey, Lease
from encaisse.access.operations.keys import revoke_key
from encaisse.api import limits
from encaisse.kernel.references import public_id
from encaisse.payment.models import Payment
from tests.api.programs import ROOT, Program, program
from tests.makers import make_account, make_issued_invoice


def paid(account, amount_minor: int = 1_000) -> dict:
    """A payment as a program tells it."""
    return {
        "account_id": public_id("ba", account.pk),
        "amount_minor": amount_minor,
        "method": "transfer",
        "received_on": "2026-03-31",
    }


@pytest.fixture
def account(db):
    return make_issued_invoice().account


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("authorization", "code"),
    [("", "key_missing"), ("Basic abc", "key_missing"), ("Bearer enc_live_nobody", "key_refused")],
)
def test_nobody_comes_in_without_a_good_key(authorization, code):
    answer = Client().get("/api/v1/invoices", headers={"Authorization": authorization})

    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert answer.json()["code"] == code


@pytest.mark.django_db
def test_a_revoked_key_is_refused_from_the_next_request_on():
    caller = program()
    assert caller.get("/invoices").status == 200

    revoke_key(ROOT, ApiKey.objects.get().pk)

    assert caller.get("/invoices").status == 401


@pytest.mark.django_db
def test_a_key_that_may_not_is_told_so():
    answer = program(permissions=frozenset({"bill"})).post("/payments", {})

    assert answer.status in {403, 422}
    assert program(permissions=frozenset({"bill"})).get("/legal-entities").status == 200


@pytest.mark.django_db
def test_a_session_of_a_person_opens_nothing(client):
    from tests.desk.signed_in import signed_in

    assert signed_in().get("/api/v1/invoices").status_code == 401


@pytest.mark.django_db
def test_refusals_are_problems_in_the_language_asked_for(account):
    caller = program()
    refused = {
        language: caller.post(
            "/payments", paid(account) | {"amount_minor": 0}, **{"Accept-Language": language}
        ).body
        for language in ("en", "fr")
    }

    assert refused["en"]["errors"] == [
        {"field": "amount_minor", "code": "greater_than_equal", "detail": "It is 1 or more."}
    ]
    assert refused["en"]["title"] == "Not valid"
    assert refused["fr"]["title"] == "Non valide"
    assert set(refused["fr"]) == {"type", "title", "status", "code", "detail", "errors"}


@pytest.mark.django_db
def test_what_is_not_there_not_taken_or_not_readable_is_a_problem():
    caller = program()
    key = {"Authorization": f"Bearer {caller.secret}", "Idempotency-Key": "a"}
    client = Client(raise_request_exception=False)

    told = {
        "not_found": client.get("/api/v1/nothing", headers=key),
        "method_not_allowed": client.patch("/api/v1/invoices", headers=key),
        "body_malformed": client.post("/api/v1/payments", "{", content_type="application/json", headers=key),
        "media_type_unsupported": client.post(
            "/api/v1/payments", "a=1", content_type="text/plain", headers=key
        ),
        "body_too_large": client.post(
            "/api/v1/payments", " " * (2 * 2**20 + 1), content_type="application/json", headers=key
        ),
        "idempotency_key_missing": client.post(
            "/api/v1/payments",
            "{}",
            content_type="application/json",
            headers={"Authorization": key["Authorization"]},
        ),
    }

    assert {code: answer.json()["code"] for code, answer in told.items()} == {code: code for code in told}
    assert [answer.status_code for answer in told.values()] == [404, 405, 400, 415, 413, 400]
    assert all(answer.headers["Content-Type"] == "application/problem+json" for answer in told.values())


@pytest.mark.django_db
def test_too_many_requests_of_all_processes_are_told_when_to_come_back(settings, monkeypatch):
    caller, other = program(), program()
    settings.API_REQUESTS_PER_MINUTE = 3

    told = [caller.get("/legal-entities") for _ in range(2)]
    monkeypatch.setattr(limits, "_held", {})  # another process has nothing set aside yet
    told += [caller.get("/legal-entities") for _ in range(2)]

    assert [each.status for each in told] == [200, 200, 200, 429]
    assert [each.headers["RateLimit-Remaining"] for each in told] == ["2", "1", "0", "0"]
    assert 0 < int(told[3].headers["Retry-After"]) <= 60
    assert other.get("/legal-entities").status == 200, "each key has its own"


@pytest.mark.django_db
def test_a_process_has_a_hundredth_of_the_limit_set_aside_at_a_time(settings):
    program()
    key_id = ApiKey.objects.get().pk
    settings.API_REQUESTS_PER_MINUTE = 1_000

    left = [limits.take(key_id).left for _ in range(25)]

    assert left == list(range(999, 974, -1))
    assert Lease.objects.get().taken == 30


@pytest.mark.django_db
def test_the_same_word_and_body_are_answered_the_same_and_done_once(account):
    caller = program()

    first = caller.post("/payments", paid(account), word="once")
    second = caller.post("/payments", paid(account), word="once")

    assert (first.status, second.status) == (201, 201)
    assert first.body == second.body
    assert second.headers["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first.headers
    assert Payment.objects.count() == 1


@pytest.mark.django_db
def test_the_same_word_with_another_body_or_address_is_refused(account):
    caller = program()
    caller.post("/payments", paid(account), word="once")

    other = caller.post("/payments", paid(account, 2_000), word="once")
    elsewhere = caller.post("/allocations/alo_7k2m9q0d4w/undo", word="once")

    assert [(each.status, each.body["code"]) for each in (other, elsewhere)] == [
        (409, "idempotency_key_reused")
    ] * 2
    assert Payment.objects.count() == 1
    assert program().post("/payments", paid(account, 2_000), word="once").status == 201


@pytest.mark.django_db
def test_a_refusal_of_the_business_is_told_again_and_leaves_nothing(account):
    caller = program()
    said = paid(account) | {"invoice_ids": [public_id("inv", make_issued_invoice().pk)]}

    first = caller.post("/payments", said, word="once")
    second = caller.post("/payments", said, word="once")

    assert first.status == second.status == 409
    assert first.body == second.body
    assert not Payment.objects.exists()


def test_twenty_at_once_are_one_payment_and_twenty_equal_answers(fresh_database):
    account = make_issued_invoice().account
    secret = program().secret

    def pay(_):
        try:
            return Program(secret).post("/payments", paid(account), word="once")
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        told = list(pool.map(pay, range(20)))

    assert {each.status for each in told} == {201}
    assert len({json.dumps(each.body, sort_keys=True) for each in told}) == 1
    assert Payment.objects.count() == 1


@pytest.mark.django_db
def test_the_mode_is_told():
    make_account()

    assert program().get("/legal-entities").headers["Encaisse-Mode"] == "live"
    tested = program(mode="test").get("/legal-entities")
    assert tested.headers["Encaisse-Mode"] == "test"
    assert [each["is_sandbox"] for each in tested.body["data"]] == [True]


@pytest.mark.django_db
def test_what_is_for_browsers_is_not_for_programs_and_what_protects_stays():
    answer = program().get("/invoices", limit=1)
    strange = Client().get("/api/v1/invoices", headers={"host": "elsewhere.example"})

    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert answer.headers["Content-Language"] == "en"
    assert (answer.headers["Cache-Control"], answer.headers["X-Frame-Options"]) == ("no-store", "DENY")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert not {"Set-Cookie", "Vary"} & answer.headers.keys()
    assert (strange.status_code, strange.headers["Content-Type"]) == (400, "application/problem+json")
