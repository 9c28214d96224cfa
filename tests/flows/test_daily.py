"""What is done every day: cycles begin, contracts are followed, the books are read, and old things go."""

import datetime as dt

import pytest
from django.contrib.sessions.models import Session

from encaisse.billing.models import Run
from encaisse.billing.operations import cycles
from encaisse.desk import job_words
from encaisse.desk.pages.calendar import WORKS
from encaisse.flows import daily, install
from encaisse.flows.tasks import DRAFT_RUN
from encaisse.insight.queries.calendar import calendar
from encaisse.kernel import clock, jobs, schedules
from encaisse.kernel.models import Event, Job, Schedule
from encaisse.kernel.scope import Actor
from encaisse.subscription.models import Subscription
from encaisse.webhook.models import Endpoint, Message
from tests.desk.signed_in import work
from tests.flows.stories import ACTOR, seller
from tests.makers import make_account, make_charge, make_cycle, make_scope, make_subscription

SCOPE = make_scope("configure", "bill")
CLOCK = Actor("task")


def do(name: str) -> Job:
    """Run one daily work as a worker would."""
    job_id = jobs.start(f"daily.{name}", CLOCK)
    jobs.work(job_id)
    return Job.objects.get(pk=job_id)


@pytest.mark.django_db
def test_every_installation_has_its_daily_work_and_each_has_its_words():
    install.install()

    names = [each.name for each in schedules.schedules(SCOPE)]
    works = [
        "check_books",
        "check_vat_numbers",
        "follow_contracts",
        "follow_deposits",
        "start_cycles",
        "tidy",
    ]
    assert sorted(names) == works == sorted(WORKS)
    assert {f"daily.{name}" for name in names} <= set(job_words.KINDS)
    times = dict(Schedule.objects.values_list("name", "at"))
    assert times["follow_contracts"] < times["start_cycles"]


@pytest.mark.django_db
def test_cycles_begin_as_far_as_each_says():
    entity = seller()
    today = clock.today("Europe/Paris")
    for start in ("by_hand", "draft", "issue"):
        account = make_account(legal_entity=entity)
        make_charge(account=account)
        cycle = make_cycle(first_day=today - dt.timedelta(days=3), start=start)
        cycles.join(cycle.pk, [account.pk], actor=ACTOR)

    assert do(daily.START_CYCLES).answer == {"runs": 2}
    work(DRAFT_RUN)
    assert sorted(Run.objects.values_list("cycle__start", "state")) == [
        ("draft", "review"),
        ("issue", "issuing"),
    ]
    assert do(daily.START_CYCLES).answer == {"runs": 0}


@pytest.mark.django_db
def test_contracts_are_followed():
    item = make_subscription()
    yesterday = clock.now().date() - dt.timedelta(days=1)
    contract = Subscription.objects.filter(pk=item.subscription_id)
    contract.update(end_date=yesterday, start_date=yesterday - dt.timedelta(days=365), term_months=12,
                    renewal="automatic")  # fmt: skip

    assert do("follow_contracts").answer["renewed"] == 1
    assert contract.get().end_date > yesterday


@pytest.mark.django_db
def test_the_books_are_read_and_a_fault_is_the_outcome(monkeypatch):
    assert do("check_books").state == "done"
    assert Event.objects.filter(topic="books.checked").count() == 1
    found = daily.check_books(actor=ACTOR)
    assert found == []
    monkeypatch.setattr(daily, "check_books", lambda **_: [_Broken("ledger.entries_balance")])

    job = do("check_books")
    assert (job.state, job.error) == ("failed", "books_do_not_hold")
    assert job.error_facts == {"count": 1, "names": ["ledger.entries_balance"]}


def test_the_books_are_read_at_one_moment_by_a_worker(fresh_database):
    install.install()

    job = do("check_books")
    assert (job.state, job.error) == ("done", "")


class _Broken:
    def __init__(self, name: str) -> None:
        self.name = name


@pytest.mark.django_db
def test_what_is_over_is_forgotten():
    long_ago = clock.now() - dt.timedelta(days=200)
    endpoint = Endpoint.objects.create(url="https://a.example/", types=["run.completed"], secret="x")
    ended = {"type": "endpoint.test", "body": "{}", "state": "waiting", "next_attempt_at": long_ago}
    message = Message.objects.create(endpoint=endpoint, **ended)
    Message.objects.filter(pk=message.pk).update(state="failed", next_attempt_at=None, ended_at=long_ago)
    Session.objects.create(session_key="old", session_data="", expire_date=long_ago)

    assert do("tidy").answer == {"messages": 1}
    assert not Message.objects.exists()
    assert not Session.objects.exists()


@pytest.mark.django_db
def test_the_calendar_tells_cycles_and_daily_work_in_order():
    schedules.install()
    entity = seller()
    today = clock.today("Europe/Paris")
    by_hand = make_cycle(first_day=today + dt.timedelta(days=30), legal_entity=entity)
    automatic = make_cycle(first_day=today + dt.timedelta(days=20), start="issue")
    late = make_cycle(first_day=today - dt.timedelta(days=9), start="draft")
    paused = next(each for each in schedules.schedules(SCOPE) if each.name == "tidy")
    schedules.pause(SCOPE, paused.id)

    rows = calendar(SCOPE)
    told = [row.cycle.id if row.cycle else row.work.name for row in rows]
    assert told[-3:] == [automatic.pk, by_hand.pk, "tidy"]
    begins = {row.cycle.id: (row.at, row.is_day_alone) for row in rows if row.cycle}
    starting = next(row.work for row in rows if row.work and row.work.name == "start_cycles")
    assert begins[late.pk] == (starting.next_at, False)
    assert begins[by_hand.pk][1]
    assert [row.at for row in rows[:-1]] == sorted(row.at for row in rows[:-1])
