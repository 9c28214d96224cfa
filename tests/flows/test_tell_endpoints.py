"""From what happened to the endpoints that listen: everybody hears what is theirs, and nobody waits for anybody."""

import ipaddress
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob
from standardwebhooks.webhooks import Webhook

from encaisse.adapters.http_out import house_rules, opened
from encaisse.billing.models import RunState
from encaisse.billing.operations import runs
from encaisse.flows.credit_invoice import credit_in_full
from encaisse.flows.take_payment import take_payment
from encaisse.flows.tell_endpoints import TELL, deliver_messages, tell_endpoints
from encaisse.insight.queries.told import _READERS, told
from encaisse.intake.models import Batch
from encaisse.invoice.models import Invoice
from encaisse.kernel import events, queue
from encaisse.kernel.models import Event
from encaisse.kernel.references import public_id
from encaisse.party.models import BillingAccount, LegalEntity
from encaisse.party.operations.sandboxes import open_sandbox
from encaisse.webhook import queries, rules
from encaisse.webhook.models import Message
from encaisse.webhook.operations import endpoints
from encaisse.webhook.operations.endpoints import EndpointFacts
from encaisse.webhook.tasks import deliver
from tests import cluster
from tests.adapters.receivers import receiving, status
from tests.architecture.source import ROOT
from tests.flows.stories import ACTOR, bill, seller
from tests.makers import (
    MARCH,
    make_account,
    make_charge,
    make_customer,
    make_entity,
    make_payment,
    make_run,
    make_scope,
    make_subscription,
)

EVERY = tuple(rules.BY_NAME)
INTEGRATOR = make_scope("integrate")


@pytest.fixture(autouse=True)
def _trusting(settings) -> None:
    settings.TRUSTED_NETWORKS = (ipaddress.ip_network("127.0.0.0/8"),)


def listening(url: str = "https://receiver.example/", *types: str, **said: object) -> int:
    return endpoints.create(INTEGRATOR, EndpointFacts(url, types or EVERY, **said))


def tell_all() -> list[tuple[int, str, str]]:
    """Fan out every event that waits, as a worker would; each message's endpoint, type and row."""
    for job in ProcrastinateJob.objects.filter(status="todo", task_name=TELL).order_by("id"):
        tell_endpoints(**job.args)
    rows = Message.objects.order_by("pk").values_list("endpoint_id", "type", "body")
    return [(key, name, json.loads(body)["data"]["id"]) for key, name, body in rows]


def payments(count: int) -> None:
    account = make_account()
    for _ in range(count):
        make_payment(account)


@pytest.mark.django_db
def test_each_invoice_of_a_chunk_is_a_message_of_its_own():
    entity = seller()
    for _ in range(3):
        make_charge(account=make_account(legal_entity=entity))
    key = listening("https://receiver.example/", "invoice.issued")
    bill(entity)

    assert Event.objects.filter(topic="invoice.issued").count() == 1
    issued = [public_id("inv", each) for each in Invoice.objects.order_by("pk").values_list("pk", flat=True)]
    assert tell_all() == [(key, "invoice.issued", each) for each in issued]
    assert tell_all() == [(key, "invoice.issued", each) for each in issued]


@pytest.mark.django_db
def test_an_invoice_and_its_credit_note_are_told_apart():
    entity = seller()
    make_charge(account=make_account(legal_entity=entity))
    bill(entity)
    invoice = Invoice.objects.get()
    key = listening()
    credit_note_id = credit_in_full(invoice.pk, reason="Erreur", actor=ACTOR, issue_date=invoice.issue_date)

    assert [(name, row) for of, name, row in tell_all() if of == key] == [
        ("credit_note.issued", public_id("inv", credit_note_id)),
        ("credit_note.allocated", public_id("inv", credit_note_id)),
        ("invoice.credited", public_id("inv", invoice.pk)),
    ]


@pytest.mark.django_db
def test_what_another_event_issued_within_the_range_is_told_once():
    entity = seller()
    for _ in range(3):
        make_charge(account=make_account(legal_entity=entity))
    listening("https://receiver.example/", "invoice.issued")
    bill(entity)
    first, middle, last = Invoice.objects.order_by("pk").values_list("pk", flat=True)
    events.record("invoice.issued", "invoice", (first, last), ACTOR)

    assert len(tell_all()) == 3


@pytest.mark.django_db
def test_an_endpoint_hears_of_its_legal_entities_and_types_alone():
    mine, other = make_entity(), make_entity()
    of_mine = listening("https://a.example/", "payment.recorded", entity_ids=(mine.pk,))
    of_all = listening("https://b.example/", "payment.recorded", "import.done")
    listening("https://c.example/", "payment.returned")
    made = {
        entity.pk: public_id("pay", make_payment(make_account(legal_entity=entity)).pk)
        for entity in (mine, other)
    }
    batch = Batch.objects.create(kind="customers", file_name="a.csv", sha256="0" * 64, actor_kind="user")
    events.record("import.done", "batch", batch.pk, ACTOR)

    heard = tell_all()
    assert [row for of, _, row in heard if of == of_mine] == [made[mine.pk]]
    assert {row for of, _, row in heard if of == of_all} == {*made.values(), public_id("imp", batch.pk)}
    assert len(heard) == 4


@pytest.mark.django_db
def test_what_happens_in_a_sandbox_is_told_in_test_mode_alone():
    entity = seller()
    sandbox = open_sandbox(entity.pk, actor=ACTOR)
    live, test = listening("https://a.example/"), listening("https://b.example/", mode="test")
    of_entity = listening("https://c.example/", mode="test", entity_ids=(entity.pk,))
    listening("https://d.example/", mode="test", entity_ids=(make_entity().pk,))
    real = make_payment(make_account(legal_entity=entity)).pk
    tried = make_payment(make_account(legal_entity=LegalEntity.objects.get(pk=sandbox))).pk

    heard = {(of, row) for of, name, row in tell_all() if name == "payment.recorded"}
    of_tried = public_id("pay", tried)
    assert heard == {(live, public_id("pay", real)), (test, of_tried), (of_entity, of_tried)}


@pytest.mark.django_db
def test_nobody_who_listens_costs_no_task():
    events.record("payment.recorded", "payment", 1, ACTOR)
    listening("https://receiver.example/", "import.done")
    events.record("payment.recorded", "payment", 1, ACTOR)

    assert not ProcrastinateJob.objects.filter(task_name=TELL).exists()


@pytest.mark.django_db
def test_a_large_set_is_told_portion_by_portion(monkeypatch):
    monkeypatch.setattr("encaisse.flows.tell_endpoints.PORTION", 2)
    listening("https://receiver.example/", "customer.created")
    first, *_, last = [make_customer().pk for _ in range(5)]
    events.record("customer.imported", "customer", (first, last), ACTOR)

    assert len(tell_all()) == 5


@pytest.mark.django_db
def test_what_is_told_of_each_kind_is_what_the_guide_says():
    guide = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
    said = dict(re.findall(r"^\| (an? [a-z ]+) \| (.+) \|$", guide, re.MULTILINE))
    entity = seller()
    account = make_account(legal_entity=entity)
    make_charge(account=account)
    bill(entity)
    make_payment(account)
    make_subscription(account=account)
    Batch.objects.create(kind="customers", file_name="a.csv", sha256="0" * 64, actor_kind="user")
    names = {
        "invoice": "an invoice", "payment": "a payment", "customer": "a customer",
        "billing_account": "a billing account", "subscription": "a contract", "run": "a run", "batch": "an import",
    }  # fmt: skip

    assert set(_READERS) == set(names) == {each.kind for each in rules.TYPES}
    for kind, name in names.items():
        row = told(kind, 1, 2**40, most=1)[0]
        fields = re.findall(r"`(\w+)`", re.sub(r"\(.*?\)", "", said[name]))
        assert (kind, list(row.data)) == (kind, fields)


@pytest.mark.django_db
def test_every_topic_of_the_table_is_one_that_something_records():
    text = "\n".join(
        path.read_text() for path in (ROOT / "encaisse").rglob("*.py") if "webhook" not in path.parts
    )
    states = {f"run.{state}" for state in RunState}

    assert {topic for topic in rules.TOPICS if f'"{topic}"' not in text} <= states
    run_id = make_run().pk
    runs.move(run_id, RunState.CANCELLED, ACTOR, allowed=[RunState.NEW])
    assert Event.objects.filter(topic="run.cancelled", first_id=run_id).exists()


@pytest.mark.django_db
def test_a_message_arrives_signed_as_the_scheme_says():
    with receiving() as server:
        key = listening(server.url, "payment.recorded")
        payments(1)
        tell_all()
        deliver_messages()

    (request,) = server.requests
    secret = queries.secret(INTEGRATOR, key)
    verified = Webhook(secret).verify(request.body.decode(), request.headers)
    assert verified["type"] == "payment.recorded"
    assert request.headers["webhook-id"] == public_id("msg", Message.objects.get().pk)
    assert request.headers["content-type"] == "application/json"
    assert Message.objects.get().state == "delivered"


@pytest.mark.django_db
def test_servers_that_hang_drip_lie_or_hang_up_delay_nobody_else(monkeypatch):
    monkeypatch.setattr("encaisse.webhook.tasks.TURN_S", 2.0)
    manners = {
        "timeout": [{"hangs": True}, {"hangs": True}, {"answer": status(200, b"x" * 99), "drip_s": 0.1}],
        "garbage": [{"answer": b"\x00\x01\x02\r\n\r\n"}, {"answer": b""}],
        "302": [{"answer": status(302, b"", "Location: http://127.0.0.1/")}],
        "500": [{"answer": status(500, b"y" * 100_000)}],
    }
    with ExitStack() as stack:
        odd = {
            name: [stack.enter_context(receiving(**how)) for how in each] for name, each in manners.items()
        }
        wrong = {listening(one.url, "payment.recorded"): name for name, each in odd.items() for one in each}
        good = stack.enter_context(receiving())
        well = listening(good.url, "payment.recorded")
        payments(8)
        tell_all()
        with opened(house_rules(), at_once=32) as door:
            deliver(door, within_s=1.0)

    last_hung = max(request.at for server in odd["timeout"] for request in server.requests)
    assert queries.endpoint(INTEGRATOR, well).delivered == len(good.requests) == 8
    assert good.most_open <= 4
    assert max(request.at for request in good.requests) < last_hung + 1.0  # before anybody is given up
    for key, outcome in wrong.items():
        last = queries.messages(INTEGRATOR, key).rows[0]
        assert outcome in (last.error, str(last.status)), outcome
        assert queries.endpoint(INTEGRATOR, key).failures > 0


@pytest.mark.django_db
def test_only_the_first_kilobyte_of_an_answer_is_kept():
    with receiving(status(200, "é\x00".encode() * 5_000)) as server:
        listening(server.url, "payment.recorded")
        payments(1)
        tell_all()
        deliver_messages()

    page = queries.message(INTEGRATOR, Message.objects.get().pk)
    assert page.row.state == "delivered"
    assert len(page.log[0].answer) <= 1_024
    assert page.log[0].answer.startswith("é\ufffd")


@pytest.mark.django_db
def test_a_worker_looks_again_when_the_next_attempt_is_due():
    with receiving(status(503)) as server:
        listening(server.url, "payment.recorded")
        payments(1)
        tell_all()
        deliver_messages()

    (later,) = ProcrastinateJob.objects.filter(task_name="webhook.deliver", scheduled_at__isnull=False)
    due = Message.objects.get().next_attempt_at
    assert due <= later.scheduled_at
    assert (later.scheduled_at - due).total_seconds() <= 5


def test_a_payment_is_told_by_a_worker_from_its_commit_on(fresh_database):
    with receiving() as server:
        listening(server.url, "payment.recorded")
        take_payment_of(make_account(legal_entity=seller()))
        queue.work(wait=False)

    assert len(server.requests) == 1
    assert Message.objects.get().state == "delivered"


def test_receivers_that_hang_leave_the_rest_of_the_work_alone(fresh_database):
    with receiving(hangs=True) as hanging, receiving() as good:
        for _ in range(6):
            listening(hanging.url, "payment.recorded")
        listening(good.url, "payment.recorded")
        take_payment_of(make_account(legal_entity=seller()))
        with _worker(fresh_database):
            _until(lambda: hanging.open_now >= 6)
            begun = time.monotonic()
            take_payment_of(make_account(legal_entity=seller()))
            _until(lambda: len(good.requests) == 2 and not _waiting_in("default"))
            took = time.monotonic() - begun
            assert hanging.open_now >= 6

    assert took < 8


def take_payment_of(account: BillingAccount) -> None:
    receipt = {"method": "transfer", "amount_minor": 12_000, "currency": "EUR", "reference": "VIR 1"}
    take_payment(actor=ACTOR, account_id=account.pk, received_on=MARCH, **receipt)


def _waiting_in(lane: str) -> bool:
    return ProcrastinateJob.objects.filter(queue_name=lane, status__in=["todo", "doing"], attempts=0).exists()


def _until(true: Callable[[], bool], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.05)


def _worker(database: str) -> subprocess.Popen[bytes]:
    program = "import django; django.setup(); from encaisse.kernel import queue; queue.work()"
    environment = os.environ | cluster.environment(database) | {"ENCAISSE_TRUSTED_NETWORKS": "127.0.0.0/8"}
    return _Killed([sys.executable, "-c", program], env=environment)


class _Killed(subprocess.Popen):
    """A process that ends with its block, as one is told to."""

    def __exit__(self, *told: object) -> None:
        self.terminate()
        super().__exit__(*told)
