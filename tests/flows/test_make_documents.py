"""Documents at volume: batches that workers share, a watchdog over each, and the official rules after issue."""

import pytest
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from encaisse.adapters.apart import Apart, Limits
from encaisse.delivery.models import Delivery
from encaisse.document.checking import Assert
from encaisse.document.models import Check, Document, Failure
from encaisse.document.operations import Examined, keep_checks
from encaisse.document.queries.checks import alarms, checks_of_run, examined
from encaisse.flows.make_documents import (
    ASKED,
    ATTEMPTS,
    CHECK,
    RENDER,
    SEND,
    check_batch,
    make_again_later,
    make_all_again_later,
    make_documents_later,
    render_batch,
    send_batch,
)
from encaisse.invoice.models import Invoice
from encaisse.kernel import queue
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.lists import Window
from encaisse.kernel.models import Event
from encaisse.kernel.scope import Level, Scope
from tests.flows.poison import render_or_not
from tests.flows.stories import ACTOR, bill, seller
from tests.makers import make_account, make_charge, make_product

SCOPE = Scope(ACTOR, Level.EVERYTHING, permissions=frozenset({"issue"}))
ALL = (1, 2**62)


@pytest.fixture
def poisoned():
    presses = Apart(render_or_not, Limits(seconds=5))
    yield presses
    presses.close()


def invoices(*labels: str) -> int:
    entity = seller()
    for label in labels:
        make_charge(account=make_account(legal_entity=entity), label=label, product=make_product())
    return bill(entity)


def labelled(label: str) -> int:
    return Invoice.objects.get(lines__label=label).pk


def waiting(name: str) -> list[tuple[int, int, int]]:
    tasks = ProcrastinateJob.objects.filter(status="todo", task_name=name).order_by("pk")
    return [(task.args["first_id"], task.args["last_id"], task.args.get("attempt", 0)) for task in tasks]


def forget_tasks() -> None:
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.mark.django_db
def test_a_run_is_cut_into_batches_that_many_workers_share():
    invoices(*"abcde")
    keys = list(Invoice.objects.order_by("pk").values_list("pk", flat=True))

    make_documents_later(*ALL, size=2)

    assert waiting(RENDER) == [(keys[0], keys[1], 1), (keys[2], keys[3], 1), (keys[4], keys[4], 1)]
    assert set(ProcrastinateJob.objects.filter(task_name=RENDER).values_list("queue_name", flat=True)) == {
        queue.DOCUMENTS
    }


@pytest.mark.django_db
def test_a_document_that_hangs_or_crashes_is_tried_three_times_and_stops_no_other(poisoned):
    run_id = invoices("first", "HANGS", "second", "CRASHES", "third")
    hung, crashed = labelled("HANGS"), labelled("CRASHES")
    first, last = sorted((hung, crashed))
    make_documents_later(*ALL)
    (batch,) = waiting(RENDER)

    for turn, again in ((1, [(first, last, 2)]), (ATTEMPTS, [])):
        forget_tasks()
        render_batch(*batch[:2], turn, presses=poisoned)
        assert waiting(RENDER) == again

    assert set(Document.objects.values_list("invoice__lines__label", flat=True)) == {
        "first",
        "second",
        "third",
    }
    told = Failure.objects.order_by("pk").values_list("invoice_id", "code", "facts__attempt")
    assert sorted(told) == sorted(
        (key, code, turn)
        for key, code in ((hung, "rendering_took_too_long"), (crashed, "rendering_crashed"))
        for turn in (1, ATTEMPTS)
    )
    assert (alarms(SCOPE).not_made, checks_of_run(SCOPE, run_id)[:2]) == (2, (3, 2))


@pytest.mark.django_db
def test_what_failed_is_tried_again_when_somebody_asks(poisoned):
    invoices("HANGS", "fine")
    key = labelled("HANGS")
    with pytest.raises(NotFound):
        make_again_later(SCOPE, key)
    render_batch(*ALL, ATTEMPTS, presses=poisoned)
    forget_tasks()

    make_again_later(SCOPE, key)
    again = make_all_again_later(SCOPE)
    with pytest.raises(NotFound):
        make_again_later(SCOPE, labelled("fine"))
    with pytest.raises(NotPermitted):
        make_again_later(Scope(ACTOR, Level.EVERYTHING), key)

    assert (again, waiting(RENDER)) == (1, [(key, key, 1)] * 2)
    assert Event.objects.filter(topic=ASKED, kind="invoice").get().first_id == key


def test_the_official_rules_examine_every_document_once(fresh_database, outbox):
    run_id = invoices("one", "two")

    queue.work(wait=False)
    make_documents_later(*ALL)
    check_batch(*ALL, 1)

    assert list(Check.objects.values_list("verdict", "asserts")) == [("passed", [])] * 2
    assert checks_of_run(SCOPE, run_id) == (2, 0, 2, 0)
    assert alarms(SCOPE) == (0, 0, 0)
    assert Delivery.objects.filter(state="sent").count() == 2
    assert queue.waiting() == 0


@pytest.mark.django_db
def test_a_broken_rule_is_an_alarm_and_a_warning_is_not():
    run_id = invoices("wrong", "odd")
    wrong, odd = labelled("wrong"), labelled("odd")
    render_batch(*ALL, 1)
    warned = Assert("BR-FR-99", "warning", "Worth a look")
    broken = Assert("BR-CO-15", "fatal", "The total is the sum")
    made = dict(Document.objects.values_list("invoice_id", "pk"))

    keep_checks([Examined(made[wrong], [warned, broken]), Examined(made[odd], [warned])])
    keep_checks([Examined(made[wrong], [])])

    ((row,), total) = examined(SCOPE, "failed", Window())
    assert (row.invoice_id, row.asserts, total) == (wrong, (warned, broken), 1)
    assert [each.invoice_id for each in examined(SCOPE, "passed", Window()).rows] == [odd]
    assert (alarms(SCOPE), checks_of_run(SCOPE, run_id)) == ((0, 1, 0), (2, 0, 1, 1))


@pytest.mark.django_db
def test_delivery_waits_for_the_rules_only_if_the_setting_says_so(outbox, settings):
    invoices("kept", "broken")
    render_batch(*ALL, 1)
    assert [len(waiting(name)) for name in (CHECK, SEND)] == [1, 1]
    forget_tasks()
    settings.SEND_AFTER_CHECK = True
    render_batch(*ALL, 1)
    assert [len(waiting(name)) for name in (CHECK, SEND)] == [1, 0]
    made = dict(Document.objects.values_list("invoice_id", "pk"))
    keep_checks(
        [
            Examined(made[labelled("kept")], []),
            Examined(made[labelled("broken")], [Assert("BR-01", "fatal", "It has an identifier")]),
        ]
    )

    send_batch(*ALL)

    assert Delivery.objects.get().document_id == made[labelled("kept")]
    settings.SEND_AFTER_CHECK = False
    send_batch(*ALL)
    assert Delivery.objects.count() == 2


@pytest.mark.django_db
def test_a_file_that_is_no_longer_there_cannot_be_examined(settings, tmp_path):
    invoices("gone")
    render_batch(*ALL, 1)
    settings.ARCHIVE_DIR = tmp_path / "elsewhere"

    check_batch(*ALL, 1)

    assert Failure.objects.get().code == "check_content_missing"
    assert (alarms(SCOPE), Check.objects.count()) == ((0, 0, 1), 0)
