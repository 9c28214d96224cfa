"""What happened is told once, and rolled back with what made it."""

import psycopg
import pytest
from django.db import IntegrityError, connection, transaction

from encaisse.kernel import events, queue
from encaisse.kernel.models import Event, OutboxMessage
from encaisse.kernel.scope import Actor
from tests import cluster

ADA = Actor("user", 7, "Ada")


@pytest.mark.django_db
def test_an_event_keeps_its_actor_as_a_plain_value() -> None:
    event = events.record("invoice.drafted", "invoice", (3, 9), ADA, run=2)
    event.refresh_from_db()

    assert (event.first_id, event.last_id, event.facts) == (3, 9, {"run": 2})
    assert (event.actor_kind, event.actor_id, event.actor_label) == ("user", 7, "Ada")
    assert event.at is not None


@pytest.mark.django_db
def test_an_event_of_one_row_is_a_range_of_one() -> None:
    event = events.record("invoice.seen", "invoice", 3, ADA)

    assert (event.first_id, event.last_id) == (3, 3)


@pytest.mark.django_db
def test_a_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(IntegrityError, match="event_range_is_ordered"):
        events.record("invoice.seen", "invoice", (4, 3), ADA)


@pytest.mark.django_db
def test_what_is_recorded_alone_asks_for_no_reaction() -> None:
    events.record("invoice.seen", "invoice", 3, ADA)

    assert OutboxMessage.objects.count() == 0
    assert queue.waiting() == 0


@pytest.mark.django_db
def test_what_is_published_waits_in_the_outbox_with_one_task() -> None:
    event = events.publish("invoice.issued", "invoice", (3, 9), ADA)

    assert OutboxMessage.objects.get().event_id == event.pk
    assert OutboxMessage.objects.get().done_at is None
    assert queue.waiting() == 1


@pytest.mark.django_db
def test_an_operation_that_fails_leaves_neither_event_nor_message_nor_task() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        events.publish("invoice.issued", "invoice", 3, ADA)
        raise ZeroDivisionError

    assert (Event.objects.count(), OutboxMessage.objects.count(), queue.waiting()) == (0, 0, 0)


@pytest.mark.django_db
@pytest.mark.parametrize("attack", ["UPDATE kernel_event SET topic = 'x'", "DELETE FROM kernel_event"])
def test_history_is_never_rewritten(attack) -> None:
    events.record("invoice.seen", "invoice", 3, ADA)

    with (
        pytest.raises(IntegrityError, match="never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(attack)


def test_a_task_is_seen_at_the_commit_that_asked_for_it(fresh_database) -> None:
    with transaction.atomic():
        events.publish("invoice.issued", "invoice", 3, ADA)
        with _another() as other:
            assert other.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (0,)

    with _another() as other:
        assert other.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (1,)


def _another() -> psycopg.Connection:
    """A connection of its own to the same database."""
    place = cluster.address()
    return psycopg.connect(place.url(place.app, connection.settings_dict["NAME"]))
