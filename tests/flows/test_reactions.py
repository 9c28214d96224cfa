"""What follows from what happened: enqueued with it, done by any worker, finished by another when one is killed."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import transaction

from encaisse.archive.queries import missing_or_changed
from encaisse.delivery.errors import StillWaiting
from encaisse.delivery.models import Delivery
from encaisse.delivery.operations import REQUEUED, alone
from encaisse.document.models import Document, Failure
from encaisse.flows.reactions import REACTIONS, react
from encaisse.flows.send_documents import PORTION, send_documents
from encaisse.kernel import events, queue
from encaisse.kernel.models import Event, OutboxMessage
from tests import cluster
from tests.flows.stories import ACTOR, bill, seller
from tests.makers import make_account, make_charge, make_identity, make_product

ALL = (1, 2**62)
# What the official rules say is asked in `test_make_documents`.
UNCHECKED = (queue.DEFAULT, queue.DOCUMENTS)


def invoices(count: int) -> None:
    entity, product, identity = seller(), make_product(), make_identity()
    for _ in range(count):
        account = make_account(legal_entity=entity, identity=identity)
        make_charge(account=account, product=product)
    bill(entity)


def until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.01)


@contextmanager
def worker(database: str, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Another process that drains the queue; it takes over the tasks of the dead within 1.5 seconds."""
    program = (
        "import django; django.setup(); from encaisse.kernel import queue;"
        f"queue.work(wait=False, silence_s=1.5, lanes={UNCHECKED!r})"
    )
    environment = os.environ | cluster.environment(database) | {"ENCAISSE_HOME": str(home)}
    with subprocess.Popen([sys.executable, "-c", program], env=environment) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.django_db
def test_a_reaction_is_told_once_and_marks_its_message():
    invoices(2)
    message = OutboxMessage.objects.get()

    react(message.pk)
    react(message.pk)

    message.refresh_from_db()
    assert (message.attempts, message.last_error, message.done_at is None) == (1, "", False)
    assert queue.waiting([queue.DOCUMENTS]) == 1
    assert events.untold() == []


@pytest.mark.django_db
def test_a_reaction_that_fails_waits_with_its_reason_and_is_tried_again(outbox, settings):
    invoices(1)
    taken, settings.MAIL_URL = settings.MAIL_URL, "smtp://127.0.0.1:1"
    with pytest.raises(StillWaiting):
        send_documents(*ALL)
    events.publish(REQUEUED, "delivery", Delivery.objects.get().pk, ACTOR)
    key = OutboxMessage.objects.latest("pk").pk

    with pytest.raises(Exception, match="deliveries_still_waiting"):
        react(key)

    message = OutboxMessage.objects.get(pk=key)
    assert (message.attempts, message.done_at) == (1, None)
    assert "refused" in message.last_error
    assert key in events.untold()
    settings.MAIL_URL = taken
    react(key)
    message.refresh_from_db()
    assert (message.attempts, message.last_error) == (2, "")
    assert key not in events.untold()


@pytest.mark.django_db
def test_every_topic_that_is_published_has_its_reactions(outbox):
    invoices(1)

    assert set(Event.objects.filter(outboxmessage__isnull=False).values_list("topic", flat=True)) <= set(
        REACTIONS
    )


def test_what_is_enqueued_in_a_transaction_that_rolls_back_is_not_there(fresh_database):
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        events.publish("invoice.issued", "invoice", (1, 2), ACTOR)
        assert queue.waiting() == 1
        raise ZeroDivisionError

    assert (queue.waiting(), OutboxMessage.objects.count()) == (0, 0)


def test_a_worker_does_what_waits_once_and_returns(fresh_database, outbox):
    invoices(3)
    assert queue.waiting() == 1

    queue.work(wait=False, lanes=UNCHECKED)
    queue.work(wait=False, lanes=UNCHECKED)

    assert queue.waiting(UNCHECKED) == 0
    assert OutboxMessage.objects.get().attempts == 1
    assert (Document.objects.count(), Delivery.objects.filter(state="sent").count()) == (3, 3)
    assert len(list(outbox.iterdir())) == 3


def test_two_workers_share_the_tasks(fresh_database, outbox, tmp_path):
    for _ in range(4):
        invoices(1)
    with worker(fresh_database, tmp_path) as first, worker(fresh_database, tmp_path) as second:
        assert (first.wait(60), second.wait(60)) == (0, 0)

    assert queue.waiting(UNCHECKED) == 0
    assert set(OutboxMessage.objects.values_list("attempts", flat=True)) == {1}
    assert len(list(outbox.iterdir())) == Delivery.objects.count() == 4


def test_workers_killed_while_rendering_and_while_sending_are_finished_by_another(
    fresh_database, outbox, tmp_path
):
    count = PORTION + 6
    invoices(count)

    with worker(fresh_database, tmp_path) as first:
        until(lambda: Document.objects.count() >= PORTION)
        first.send_signal(signal.SIGKILL)
    with worker(fresh_database, tmp_path) as second:
        until(lambda: outbox.exists() and len(list(outbox.glob("*.eml"))) >= 10)
        second.send_signal(signal.SIGKILL)
    sent_by_two = len(list(outbox.glob("*.eml")))
    with worker(fresh_database, tmp_path) as third:
        assert third.wait(180) == 0

    assert 10 <= sent_by_two <= count  # on a quick machine the second may have ended before it was killed
    assert Document.objects.values("invoice").distinct().count() == Document.objects.count() == count
    assert Delivery.objects.filter(state="sent").count() == Delivery.objects.count() == count
    assert len(list(outbox.glob("*.eml"))) == count
    assert (queue.waiting(UNCHECKED), events.untold(), list(missing_or_changed())) == (0, [], [])
    assert not Failure.objects.exists()


def test_a_delivery_that_somebody_else_is_sending_is_left_alone(fresh_database, outbox):
    invoices(1)
    send_documents(*ALL)
    key = Delivery.objects.get().pk
    place = cluster.address()
    with psycopg.connect(place.url(place.app, fresh_database)) as other:
        taken = other.execute(
            "SELECT pg_try_advisory_lock(hashtextextended('delivery', 0) # %s::bigint)", [key]
        ).fetchone()
        assert taken == (True,)
        with alone(key) as mine:
            assert not mine
    until(lambda: _free(key))


def _free(key: int) -> bool:
    with alone(key) as mine:
        return mine
