"""What happens to endpoints and messages, one behaviour a test."""

import datetime as dt
import json
from concurrent.futures import Future

import pytest

from encaisse.adapters.errors import AddressRefused, NoAnswer, SecretUnreadable
from encaisse.adapters.http_out import Answer, Letter, Outcome
from encaisse.adapters.sealing import seal
from encaisse.kernel import clock, events
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.models import Event
from encaisse.kernel.scope import Level
from encaisse.webhook import queries, rules
from encaisse.webhook.errors import (
    EndpointHearsNothing,
    EndpointNotInState,
    EntityNotSeenWhole,
    MessageStillWaiting,
    NothingToReplay,
    UnknownEventType,
)
from encaisse.webhook.models import Endpoint, Message
from encaisse.webhook.operations import endpoints, messages
from encaisse.webhook.operations.endpoints import EndpointFacts
from encaisse.webhook.operations.messages import Told
from encaisse.webhook.tasks import deliver
from tests.makers import CLERK, make_entity, make_scope

pytestmark = pytest.mark.django_db

NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
FACTS = EndpointFacts("https://receiver.example/hook", ("invoice.issued", "payment.recorded"))
SCOPE = make_scope("integrate")
TAKEN, REFUSED = Outcome(Answer(200, b"ok"), None, 5), Outcome(Answer(503, b"later"), None, 5)
GONE, SILENT = Outcome(Answer(410, b""), None, 5), Outcome(None, NoAnswer(reason="timeout", message=""), 900)


def opened(**said: object) -> int:
    return endpoints.create(SCOPE, FACTS._replace(**said))


def told(endpoint_id: int, rows: int = 1) -> list[int]:
    event = events.record("payment.recorded", "payment", (1, rows), CLERK)
    messages.tell(
        event.pk, NOON, [Told(endpoint_id, n, "payment.recorded", {"n": n}) for n in range(1, rows + 1)]
    )
    return list(Message.objects.filter(event=event).order_by("pk").values_list("pk", flat=True))


def state(message_id: int) -> str:
    return queries.message(SCOPE, message_id).row.state


def test_an_endpoint_is_opened_with_a_secret_that_only_the_application_reads():
    key = opened(description="ERP")

    row = queries.endpoint(SCOPE, key)
    secret = queries.secret(SCOPE, key)
    assert (row.url, row.description, row.types, row.state) == (FACTS.url, "ERP", FACTS.types, "enabled")
    assert secret.startswith("whsec_")
    assert secret not in Endpoint.objects.get().secret
    assert Event.objects.get().topic == "endpoint.created"
    assert secret not in str(Event.objects.values())


def test_another_secret_key_reads_no_secret(settings):
    key = opened()
    settings.SECRET_KEY = "another key of thirty-two letters or more"

    with pytest.raises(SecretUnreadable):
        queries.secret(SCOPE, key)


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"url": "http://receiver.example/"}, AddressRefused),
        ({"url": "https://10.0.0.1/"}, AddressRefused),
        ({"types": ()}, EndpointHearsNothing),
        ({"types": ("invoice.exploded",)}, UnknownEventType),
    ],
)
def test_what_no_endpoint_can_be_is_refused(said, refusal):
    with pytest.raises(refusal):
        opened(**said)

    assert not Endpoint.objects.exists()


def test_without_the_permission_there_is_nothing():
    key = opened()
    stranger = make_scope("configure")

    for act in (endpoints.rotate, endpoints.disable, endpoints.remove, messages.test, queries.secret):
        with pytest.raises(NotPermitted):
            act(stranger, key)
    with pytest.raises(NotPermitted):
        endpoints.create(stranger, FACTS)
    with pytest.raises(NotPermitted):
        queries.endpoints(stranger)


def test_who_sees_one_legal_entity_opens_endpoints_of_that_one_alone():
    mine, other = make_entity(), make_entity()
    narrow = make_scope("integrate", entity_ids=frozenset({mine.pk}))
    everything, of_other = opened(), opened(entity_ids=(mine.pk, other.pk))

    of_mine = endpoints.create(narrow, FACTS._replace(entity_ids=(mine.pk,)))
    for named in ((), (other.pk,), (mine.pk, other.pk)):
        with pytest.raises(EntityNotSeenWhole):
            endpoints.create(narrow, FACTS._replace(entity_ids=named))

    assert [row.id for row in queries.endpoints(narrow)] == [of_mine]
    for hidden in (everything, of_other):
        with pytest.raises(NotFound):
            endpoints.disable(narrow, hidden)
    assert queries.endpoints(make_scope("integrate", level=Level.GROUPS)) == ()


def test_who_knows_of_no_sandbox_sees_no_endpoint_of_all_sandboxes():
    mine = make_entity()
    hidden = make_scope("integrate", hidden_entity_ids=frozenset({mine.pk}))
    live, _, _ = opened(), opened(mode="test"), opened(entity_ids=(mine.pk,))

    assert [row.id for row in queries.endpoints(hidden)] == [live]
    with pytest.raises(EntityNotSeenWhole):
        endpoints.create(hidden, FACTS._replace(mode="test"))


def test_a_new_secret_signs_beside_the_one_before_for_a_day():
    key = opened()
    before = queries.secret(SCOPE, key)
    (message_id,) = told(key)
    with clock.stopped_at(NOON):
        endpoints.rotate(SCOPE, key)
        assert len(queries.parcels([message_id])[0].secrets) == 2
    with clock.stopped_at(NOON + dt.timedelta(hours=24)):
        assert len(queries.parcels([message_id])[0].secrets) == 1

    assert queries.secret(SCOPE, key) != before


def test_a_message_is_made_once_whatever_is_repeated():
    key = opened()
    event = events.record("payment.recorded", "payment", 7, CLERK)
    row = [Told(key, 7, "payment.recorded", {"id": "pay_x"})]

    messages.tell(event.pk, NOON, row)
    messages.tell(event.pk, NOON, row)

    assert json.loads(Message.objects.get().body) == {
        "type": "payment.recorded",
        "timestamp": "2026-03-01T12:00:00+00:00",
        "data": {"id": "pay_x"},
    }


def test_a_message_that_is_taken_is_delivered_and_keeps_its_log():
    (message_id,) = told(opened())
    messages.tried(message_id, REFUSED)
    assert state(message_id) == "waiting"
    messages.tried(message_id, TAKEN)

    page = queries.message(SCOPE, message_id)
    assert (page.row.state, page.row.attempts, page.row.status) == ("delivered", 2, 200)
    assert [(each.number, each.status, each.answer) for each in page.log] == [
        (2, 200, "ok"),
        (1, 503, "later"),
    ]
    assert queries.endpoint(SCOPE, page.row.endpoint_id).failures == 0


def test_a_message_is_tried_ten_times_over_three_days_and_then_has_failed():
    (message_id,) = told(opened())
    at = NOON
    for number in range(1, 11):
        with clock.stopped_at(at):
            messages.tried(message_id, SILENT)
        row = queries.message(SCOPE, message_id).row
        assert row.attempts == number
        assert (row.next_attempt_at is None) == (number == 10)
        at = row.next_attempt_at or at

    assert (row.state, row.error) == ("failed", "timeout")
    assert dt.timedelta(days=3) < at - NOON < dt.timedelta(days=4)


def test_a_receiver_that_asks_for_time_gets_it_and_its_webhook_rests_as_long():
    key = opened()
    (message_id,) = told(key)
    with clock.stopped_at(NOON):
        messages.tried(message_id, Outcome(Answer(429, b"", 7_200), None, 5))

    waiting = Message.objects.select_related("endpoint").get(pk=message_id)
    assert waiting.next_attempt_at - NOON == waiting.endpoint.rest_until - NOON == dt.timedelta(hours=2)


def test_a_letter_that_cannot_be_written_fails_alone():
    poisoned, sound = opened(), opened()
    Endpoint.objects.filter(pk=poisoned).update(secret=seal("whsec_not base64!", purpose=queries.PURPOSE))
    (bad,), (good,) = told(poisoned), told(sound)
    door = _Door()

    deliver(door)

    assert (state(bad), queries.message(SCOPE, bad).row.error) == ("waiting", "unwritable")
    assert state(good) == "delivered"
    (strange,) = told(sound)
    door.fault = RuntimeError("ours")
    deliver(door)
    assert queries.message(SCOPE, strange).row.error == "fault"


class _Door:
    """Takes everything, or meets a fault."""

    fault: Exception | None = None

    def send(self, letter: Letter) -> Answer:
        """Nobody asks."""
        raise NotImplementedError

    def post(self, letter: Letter) -> "Future[Outcome]":
        """At once."""
        future: Future[Outcome] = Future()
        if self.fault:
            future.set_exception(self.fault)
        else:
            future.set_result(TAKEN)
        return future


def test_an_answer_of_410_disables_its_endpoint_at_once():
    key = opened()
    one, two = told(key, rows=2)
    messages.tried(one, GONE)

    row = queries.endpoint(SCOPE, key)
    assert (row.state, row.disabled) == ("disabled", "gone")
    assert (state(one), state(two)) == ("failed", "failed")
    assert Event.objects.filter(topic="endpoint.disabled", actor_kind="task").exists()


def test_an_endpoint_that_fails_for_five_days_disables_itself_and_one_success_resets_it():
    key = opened()
    first, second, third = told(key, rows=3)
    with clock.stopped_at(NOON):
        messages.tried(first, REFUSED)
    with clock.stopped_at(NOON + rules.GIVE_UP_AFTER - dt.timedelta(seconds=1)):
        messages.tried(first, REFUSED)
        assert queries.endpoint(SCOPE, key).state == "enabled"
        messages.tried(second, TAKEN)
    with clock.stopped_at(NOON + 2 * rules.GIVE_UP_AFTER):
        messages.tried(first, REFUSED)
        assert queries.endpoint(SCOPE, key).state == "enabled"
    with clock.stopped_at(NOON + 3 * rules.GIVE_UP_AFTER):
        messages.tried(third, REFUSED)

    assert queries.endpoint(SCOPE, key).disabled == "failing"


def test_what_failed_is_sent_again_under_its_own_id():
    key = opened()
    one, two = told(key, rows=2)
    messages.tried(two, TAKEN)
    endpoints.disable(SCOPE, key)
    with pytest.raises(EndpointNotInState):
        messages.replay(SCOPE, one)
    endpoints.enable(SCOPE, key)

    assert messages.replay_failed(SCOPE, key, since=clock.now() - dt.timedelta(days=1)) == 1
    with pytest.raises(MessageStillWaiting):
        messages.replay(SCOPE, one)
    with pytest.raises(NothingToReplay):
        messages.replay_failed(SCOPE, key, since=clock.now() - dt.timedelta(days=1))
    messages.replay(SCOPE, two)

    assert (state(one), state(two)) == ("waiting", "waiting")
    assert [each.message_id for each in messages.claim(9)] == [one, two]
    messages.tried(two, REFUSED)
    wait = Message.objects.get(pk=two).next_attempt_at - clock.now()
    assert wait < dt.timedelta(seconds=6)  # its schedule begins anew


def test_a_disabled_endpoint_hears_nothing_and_a_removed_one_is_not_there():
    key = opened()
    assert queries.anybody_listens("payment.recorded")
    assert not queries.anybody_listens("import.done")
    endpoints.disable(SCOPE, key)
    assert not queries.anybody_listens("payment.recorded")
    assert queries.listeners(["payment.recorded"]) == ()
    with pytest.raises(EndpointNotInState):
        messages.test(SCOPE, key)

    endpoints.remove(SCOPE, key)
    assert queries.endpoints(SCOPE) == ()
    with pytest.raises(NotFound):
        endpoints.enable(SCOPE, key)


def test_few_messages_of_an_endpoint_are_in_hand_at_once_and_one_alone_while_it_fails():
    eager, failing = opened(), opened()
    told(eager, rows=9)
    (trial, *_) = told(failing, rows=9)
    with clock.stopped_at(NOON):
        messages.tried(trial, SILENT)
    later = clock.now() + dt.timedelta(minutes=10)
    with clock.stopped_at(later):
        held = messages.claim(32)
        assert messages.claim(32) == []
    by_url = [Message.objects.get(pk=each.message_id).endpoint_id for each in held]

    assert (by_url.count(eager), by_url.count(failing)) == (messages.EACH, 1)
    with clock.stopped_at(later + messages.HELD + dt.timedelta(seconds=1)):
        assert len(messages.claim(32)) == 5  # whoever held them is dead


def test_an_endpoint_that_just_failed_is_left_alone_for_a_moment():
    key = opened()
    one, two = told(key, rows=2)
    messages.tried(one, SILENT)

    assert messages.claim(32) == []
    with clock.stopped_at(clock.now() + dt.timedelta(seconds=3)):
        assert [each.message_id for each in messages.claim(32)] == [two]


def test_when_the_next_message_is_due_is_known():
    assert queries.next_due() is None
    key = opened()
    (message_id,) = told(key)
    messages.tried(message_id, REFUSED)

    assert dt.timedelta(seconds=3) < queries.next_due() - clock.now() < dt.timedelta(seconds=6)


def test_messages_that_ended_long_ago_are_forgotten_with_their_log():
    key = opened()
    ended, waiting = told(key, rows=2)
    with clock.stopped_at(NOON):
        messages.tried(ended, TAKEN)
    with clock.stopped_at(NOON + messages.KEPT + dt.timedelta(days=1)):
        assert messages.forget_portion() == 1
        assert messages.forget_portion() == 0

    assert list(Message.objects.values_list("pk", flat=True)) == [waiting]


def test_the_log_is_narrowed_by_state_type_and_day():
    key = opened()
    one, two, three = told(key, rows=3)
    messages.tried(one, TAKEN)
    test = messages.test(SCOPE, key)

    assert [row.id for row in queries.messages(SCOPE, key, state="delivered").rows] == [one]
    assert [row.id for row in queries.messages(SCOPE, key, type="endpoint.test").rows] == [test]
    assert queries.messages(SCOPE, key, since=clock.now().date() + dt.timedelta(days=1)).total == 0
    assert {row.id for row in queries.messages(SCOPE, key).rows} == {one, two, three, test}
