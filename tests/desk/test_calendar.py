"""The calendar at the desk: what comes next, run now, paused, moved to another time."""

import pytest
from django.urls import reverse

from encaisse.kernel import jobs, schedules
from encaisse.kernel.models import Job
from encaisse.ledger.errors import BooksDoNotHold
from tests.desk.placements import body
from tests.desk.signed_in import signed_in, words
from tests.makers import make_cycle, make_scope

pytestmark = pytest.mark.django_db
SCOPE = make_scope("configure")


def key_of(name: str) -> int:
    schedules.install()
    return next(each.id for each in schedules.schedules(SCOPE) if each.name == name)


def test_cycles_and_daily_work_stand_in_one_list():
    key_of("tidy")
    make_cycle(name_en="Monthly", start="draft")
    page = words(body(signed_in("configure").get(reverse("desk:calendar"))))

    for said in (
        "Check the books",
        "Begin the billing cycles",
        "Billing cycle: Monthly",
        "Yes, to its review",
    ):
        assert said in page
    assert page.index("Check the books") > page.index("What begins")


def test_work_is_run_now_and_its_result_leads_to_its_job():
    key, client = key_of("tidy"), signed_in("configure")
    answer = client.post(reverse("desk:run_schedule", args=[key]))
    job = Job.objects.get()
    assert answer.headers["Location"] == reverse("desk:job", args=[job.pk])
    page = body(client.post(reverse("desk:run_schedule", args=[key]), follow=True))
    assert "This work is being done already" in page
    jobs.work(job.pk)

    page = body(client.get(reverse("desk:schedule", args=[key])))
    assert reverse("desk:job", args=[job.pk]) in page
    assert "Somebody" in page
    assert "Tidy up" in body(client.get(reverse("desk:job", args=[job.pk])))


def test_work_is_paused_resumed_and_moved():
    key, client = key_of("check_books"), signed_in("configure")
    page = body(client.post(reverse("desk:pause_schedule", args=[key]), follow=True))
    assert "Resume" in page
    assert "Paused" in words(body(client.get(reverse("desk:calendar"))))
    client.post(reverse("desk:resume_schedule", args=[key]))
    typed = {"at": "23:15", "timezone": "Indian/Reunion"}
    assert "Saved." in body(client.post(reverse("desk:schedule", args=[key]), typed, follow=True))

    row = schedules.schedule(SCOPE, key)
    assert (row.at.isoformat("minutes"), row.timezone, row.is_paused) == ("23:15", "Indian/Reunion", False)
    page = body(client.post(reverse("desk:schedule", args=[key]), {"at": "25:00", "timezone": "Nowhere"}))
    assert "id_at_error" in page
    assert "id_timezone_error" in page


def test_work_that_failed_says_why(monkeypatch):
    key, client = key_of("check_books"), signed_in("configure")

    def broken(asked, tell):
        raise BooksDoNotHold(count=1, names=("ledger.entries_balance",))

    monkeypatch.setitem(jobs._whole, "daily.check_books", broken)
    jobs.work(schedules.run_now(SCOPE, key))

    page = words(body(client.get(reverse("desk:schedule", args=[key]))))
    assert "The books do not hold: ledger.entries_balance." in page
    assert "Failed" in page
