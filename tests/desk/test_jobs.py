"""Jobs as their askers follow them: progress, outcomes in words, stop, try again, and the file that came of them."""

import datetime as dt
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from encaisse.access.models import AccessLevel, Role
from encaisse.access.operations import users as operations
from encaisse.desk import job_words
from encaisse.desk.job_words import Work
from encaisse.flows import job_files
from encaisse.invoice.errors import InvoiceNotIssued
from encaisse.kernel import clock, jobs
from encaisse.kernel.jobs import Asked, Tell
from encaisse.kernel.models import Job
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Actor
from tests.desk.signed_in import signed_in, words
from tests.makers import make_issued_invoice

pytestmark = pytest.mark.django_db
SOMEBODY = Actor("user", 0, "Bob")


def _look(asked: Asked, row_id: int) -> None:
    if asked.facts.get("refuses", True):
        raise InvoiceNotIssued(invoice_id=row_id, state="draft")


def _write(asked: Asked, tell: Tell) -> Mapping[str, Any]:
    tell(1, 1)
    made = Path(settings.PASSING_DIR).with_name("made.csv")
    made.write_bytes(b"a;b\r\n")
    return job_files.keep(made, "relevé.csv")


@pytest.fixture(autouse=True)
def _kinds(monkeypatch: pytest.MonkeyPatch, settings, tmp_path: Path) -> None:
    settings.PASSING_DIR = tmp_path / "passing"
    monkeypatch.setitem(jobs._each, "look", _look)
    monkeypatch.setitem(jobs._whole, "write", _write)
    monkeypatch.setitem(job_words.KINDS, "look", Work("Look at invoices", "inv"))
    monkeypatch.setitem(job_words.KINDS, "write", Work("Write it down"))


def test_every_kind_of_job_has_words():
    registered = set(jobs._each) | set(jobs._whole)

    assert registered - set(job_words.KINDS) == set()


def test_a_job_tells_how_far_it_is_then_what_became_of_each_item():
    client = signed_in()
    invoice = make_issued_invoice()
    job_id = jobs.start("look", SOMEBODY, row_ids=[invoice.pk])
    address = f"/jobs/{_reference(job_id)}"

    assert "0 / 1" in client.get(f"{address}/progress").content.decode()
    jobs.work(job_id)

    assert client.get(f"{address}/progress").headers["HX-Refresh"] == "true"
    page = words(client.get(f"{address}?state=refused").content.decode())
    assert invoice.number in page
    assert "Only an issued invoice can be credited, sent or paid." in page
    assert invoice.number not in client.get(f"{address}?state=done").content.decode()


def test_what_was_refused_is_tried_again_in_a_job_of_its_own():
    client = signed_in()
    job_id = jobs.start("look", SOMEBODY, row_ids=[make_issued_invoice().pk])
    jobs.work(job_id)
    Job.objects.update(facts={"refuses": False})

    answer = client.post(f"/jobs/{_reference(job_id)}/again", follow=True)

    again = Job.objects.latest("pk")
    assert (again.actor_label, again.total) == ("Essai", 1)
    jobs.work(again.pk)
    page = client.post(f"/jobs/{_reference(again.pk)}/again", follow=True)
    assert answer.status_code == 200
    assert "Every item of this job ended well." in page.content.decode()


def test_a_job_under_way_shows_in_the_header_and_is_stopped_there():
    client = signed_in()
    person = Actor("user", client.get("/").wsgi_request.user.pk, "Essai")
    job_id = jobs.start("look", person, row_ids=[make_issued_invoice().pk])
    address = f"/jobs/{_reference(job_id)}"

    assert f'hx-get="{address}/header"' in client.get("/customers").content.decode()
    client.post(f"{address}/stop")

    assert Job.objects.get().state == "stopped"
    assert "running" not in client.get("/customers").content.decode()
    assert "ended" in client.get(f"{address}/header").content.decode()


def test_a_file_is_fetched_for_some_days_then_forgotten():
    client = signed_in()
    job_id = jobs.start("write", SOMEBODY)
    jobs.work(job_id)
    address = f"/jobs/{_reference(job_id)}/file"

    answer = client.get(address)
    assert b"".join(answer.streaming_content) == b"a;b\r\n"
    assert "relev%C3%A9.csv" in answer.headers["Content-Disposition"]

    job_files.forget_files()
    assert client.get(address).status_code == 200
    Job.objects.update(ended_at=clock.now() - dt.timedelta(days=8))
    # A worker died over a file some days ago.
    half_made = Path(settings.PASSING_DIR, "making-x")
    half_made.mkdir()
    os.utime(half_made, (0, 0))
    job_files.forget_files()

    assert client.get(address).status_code == 404
    assert list(Path(settings.PASSING_DIR).iterdir()) == []


def test_whoever_sees_only_their_own_customers_fetches_no_file_of_others():
    client = signed_in()
    operations.create_role("tried2", "Own", level=AccessLevel.OWN, permissions=frozenset(), actor=SOMEBODY)
    job_id = jobs.start("write", SOMEBODY)
    jobs.work(job_id)
    user = client.get("/").wsgi_request.user
    type(user).objects.filter(pk=user.pk).update(role_id=_role("tried2"))

    assert client.get(f"/jobs/{_reference(job_id)}/file").status_code == 404


def _role(code: str) -> int:
    return Role.objects.get(code=code).pk


def _reference(job_id: int) -> str:
    return public_id("job", job_id)
