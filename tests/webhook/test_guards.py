"""What PostgreSQL keeps of webhooks, under attack by raw SQL."""

from collections.abc import Mapping

import pytest

from encaisse.adapters.http_out import Answer, Outcome
from encaisse.kernel import clock, events
from encaisse.webhook.models import Attempt, Message
from encaisse.webhook.operations import endpoints, messages
from encaisse.webhook.operations.endpoints import EndpointFacts
from encaisse.webhook.operations.messages import Told
from tests.guards import Attack, assert_guarded, copied
from tests.makers import CLERK, make_scope

ATTACKS = [
    Attack("endpoint_says_why_iff_disabled", "UPDATE webhook_endpoint SET disabled = 'gone' WHERE id = %(endpoint)s"),
    Attack(
        "endpoint_keeps_the_secret_before_for_a_while",
        "UPDATE webhook_endpoint SET previous_secret = 'x' WHERE id = %(endpoint)s",
    ),
    Attack("endpoint_fails_since_iff_it_failed", "UPDATE webhook_endpoint SET failures = 1 WHERE id = %(unused)s"),
    Attack("webhook_endpoint_never_goes", "DELETE FROM webhook_endpoint WHERE id = %(unused)s"),
    Attack("webhook_message_references", copied("webhook_message", "message", row_id=8, endpoint_id=0)),
    Attack("webhook_message_transitions", "UPDATE webhook_message SET state = 'delivered', next_attempt_at = NULL,"
           " ended_at = now() WHERE id = %(failed)s"),
    Attack("message_once_per_row_and_endpoint", copied("webhook_message", "message"),
           also=("message_tells_an_issue_once",)),
    Attack("message_tells_an_issue_once", copied("webhook_message", "message", event_id=1),
           also=("webhook_message_references",)),
    Attack("message_of_an_event_names_its_row", copied("webhook_message", "message", row_id=None)),
    Attack("message_is_due_iff_it_waits", "UPDATE webhook_message SET next_attempt_at = NULL WHERE id = %(message)s"),
    Attack("message_says_the_same_for_ever", "UPDATE webhook_message SET body = '{}' WHERE id = %(message)s"),
    Attack("attempt_never_changes", "UPDATE webhook_attempt SET status = 501 WHERE id = %(attempt)s"),
    Attack("attempt_once_per_message", copied("webhook_attempt", "attempt")),
    Attack("attempt_has_a_status_iff_it_was_answered",
           copied("webhook_attempt", "attempt", number=9, status=None)),
]  # fmt: skip


@pytest.fixture(scope="module")
def story(shared_database: str) -> Mapping[str, int]:
    """An endpoint with a message that waits and one that failed."""
    scope = make_scope("integrate")
    facts = EndpointFacts("https://receiver.example/", ("invoice.issued",))
    endpoint_id = endpoints.create(scope, facts)
    unused = endpoints.create(scope, facts)
    event = events.record("invoice.issued", "invoice", (1, 9), CLERK)
    messages.tell(event.pk, clock.now(), [Told(endpoint_id, row, "invoice.issued", {}) for row in (1, 2)])
    waiting, failed = Message.objects.order_by("pk").values_list("pk", flat=True)
    messages.tried(failed, Outcome(Answer(500, b"no"), None, 3))
    Message.objects.filter(pk=failed).update(state="failed", next_attempt_at=None, ended_at=clock.now())
    attempt = Attempt.objects.get().pk
    return {
        "endpoint": endpoint_id, "unused": unused, "message": waiting, "failed": failed, "attempt": attempt,
    }  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack, story) -> None:
    assert_guarded(attack, story)
