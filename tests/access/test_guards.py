"""Keys and answers under attack by raw SQL."""

import pytest

from encaisse.access.models import AccessLevel, Answer, ApiKey
from tests.guards import Attack, assert_guarded, copied

ATTACKS = [
    Attack("api_key_is_live_or_test", copied("access_apikey", "key", digest="1" * 64, mode="both")),
    Attack("api_key_digest_is_sha256", copied("access_apikey", "key", digest="secret")),
    Attack(
        "api_key_keeps_what_it_allows",
        "UPDATE access_apikey SET permissions = ARRAY['configure'] WHERE id = %(key)s",
    ),
    Attack(
        "api_key_keeps_what_it_allows",
        "UPDATE access_apikey SET expires_at = now() + interval '1 year' WHERE id = %(key)s",
    ),
    Attack("answer_once_per_key", copied("access_answer", "answer")),
    Attack("answer_never_changes", "UPDATE access_answer SET status = 200 WHERE id = %(answer)s"),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """A key and an answer."""
    key = ApiKey.objects.create(
        name="CRM", mode="live", beginning="enc_live_", digest="0" * 64, level=AccessLevel.EVERYTHING
    )
    answer = Answer.objects.create(
        api_key=key, idempotency_key="a", request_hash="0" * 64, status=201, media_type="text/plain", body=""
    )
    return {"key": key.pk, "answer": answer.pk}
