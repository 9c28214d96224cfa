"""The audit log: found by who, what, to what and when, a page at a time, and narrowed to what one may know."""

import ast
import datetime as dt
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from encaisse.access.models import Role, User
from encaisse.access.operations import users as operations
from encaisse.access.operations.users import Profile
from encaisse.adapters.tabular import open_table
from encaisse.desk import audit_words, stories
from encaisse.insight.queries import audit
from encaisse.insight.queries.audit import Wanted
from encaisse.kernel import events
from encaisse.kernel.errors import NotPermitted
from encaisse.kernel.models import Event
from encaisse.kernel.references import public_id
from encaisse.kernel.scope import Actor
from encaisse.webhook.models import EndpointState
from tests.architecture import source
from tests.desk.signed_in import signed_in, words
from tests.makers import make_customer, make_entity, make_scope

pytestmark = pytest.mark.django_db
SETUP = Actor("command", None, "encaisse user create")
ADA, BOB = Actor("user", 7, "Ada"), Actor("user", 8, "Bob")


def topics(wanted: Wanted, **options: object) -> list[str]:
    return [each.topic for each in audit.entries(make_scope("read_audit"), wanted, **options).rows]


def test_acts_are_found_by_person_act_row_words_and_days():
    customer = make_customer(name="Éclair")
    events.record("customer.changed", "customer", customer.pk, ADA, fields=["name"])
    events.record("invoice.issued", "invoice", (1, 9), BOB, number="F2026-00042")
    events.record("user.took_a_file", "user", 8, BOB, file="clients-2026.csv")

    assert topics(Wanted(actor="user:7")) == ["customer.changed"]
    assert topics(Wanted(actor="user")) == ["user.took_a_file", "invoice.issued", "customer.changed"]
    assert topics(Wanted(topics=("invoice.issued",))) == ["invoice.issued"]
    assert topics(Wanted(kind="invoice", row_id=5)) == ["invoice.issued"]
    assert topics(Wanted(kind="invoice", row_id=10)) == []
    assert topics(Wanted(words="f2026-00042")) == ["invoice.issued"]
    assert topics(Wanted(words="clients-2026.csv")) == ["user.took_a_file"]
    assert topics(Wanted(words="' & | !")) == []
    now = dt.datetime.now(dt.UTC)
    assert len(topics(Wanted(since=now - dt.timedelta(1), until=now + dt.timedelta(1)))) == 3
    assert topics(Wanted(until=now - dt.timedelta(1))) == []


def test_pages_follow_one_another_without_a_gap_nor_a_repeat():
    for turn in range(7):
        events.record("books.checked", "books", turn, ADA)
    seen, after = [], None
    while True:
        read = audit.entries(make_scope("read_audit"), Wanted(), after=after, size=3)
        seen += [each.first_id for each in read.rows]
        if not read.more:
            break
        after = read.rows[-1].id

    assert seen == [6, 5, 4, 3, 2, 1, 0]


def test_whoever_does_not_see_everything_reads_their_own_acts_alone():
    entity = make_entity()
    events.record("role.created", "role", 1, ADA)
    events.record("role.created", "role", 2, BOB)
    limited = make_scope("read_audit", entity_ids=frozenset({entity.pk}), actor=ADA)

    assert [each.first_id for each in audit.entries(limited, Wanted()).rows] == [1]
    with pytest.raises(NotPermitted):
        audit.entries(make_scope(), Wanted())


def test_a_search_asks_an_index_whatever_it_looks_for():
    """Among many events of many kinds; a sequential scan would be the slow way."""
    rows = [Event(topic=f"t.{n % 50}", kind="x", first_id=n, last_id=n, actor_kind="user", actor_id=n % 90,
                  facts={"number": f"N{n}"}) for n in range(4000)]  # fmt: skip
    Event.objects.bulk_create(rows)
    day = dt.datetime.now(dt.UTC)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE kernel_event")
        cursor.execute("SET LOCAL enable_seqscan = off")
    for wanted in (
        Wanted(),
        Wanted(actor="user:7"),
        Wanted(topics=("t.3",)),
        Wanted(words="N1234"),
        Wanted(kind="x", row_id=12),
        Wanted(since=day - dt.timedelta(1), until=day),
    ):
        found = audit._wanted(audit._visible(make_scope("read_audit")), wanted).order_by("-at", "-pk")[:51]
        assert "Seq Scan" not in found.explain(), wanted


def test_the_page_says_who_did_what_to_what():
    client = signed_in("read_audit")
    customer = make_customer(name="Éclair")
    events.record("customer.changed", "customer", customer.pk, ADA)
    events.record("customer.changed", "customer", make_customer().pk, BOB)

    page = client.get("/audit", {"q": public_id("cus", customer.pk)}).content.decode()

    said = words(page)
    assert "Customer changed" in said
    assert "Customer Éclair" in said
    assert reverse("desk:customer", args=[customer.pk]) in page
    assert page.count('scope="row"') == 1


def test_log_ins_failures_and_files_are_there():
    client = signed_in()
    for password in ("pas le bon",) * 5:
        Client().post("/login", {"email": "essai@encaisse.example", "password": password})
    profile = Profile("ada@encaisse.example", "Ada", "tried")
    operations.create_user(profile, password="bien gardé au chaud", actor=SETUP)
    Client().post("/login", {"email": "ada@encaisse.example", "password": "bien gardé au chaud"})
    make_entity()
    client.get("/usage/file")

    said = words(client.get("/audit").content.decode())

    for act in (
        "Log-in failed",
        "Account locked after five failures",
        "Logged in",
        "User created",
        "File usage.csv taken",
    ):
        assert act in said, act
    files = words(client.get("/audit", {"acts": "files"}).content.decode())
    assert re.search(r"File usage\.csv taken", files)
    assert "Log-in failed" not in files.split("Who", 1)[0]
    assert User.objects.filter(locked_until__isnull=False).exists()


def test_the_log_is_a_file_of_what_the_address_finds():
    client = signed_in("read_audit")
    customer = make_customer(name="Éclair")
    events.record("customer.changed", "customer", customer.pk, ADA)
    events.record("books.checked", "books", 1, BOB)

    found = client.post("/audit/export?acts=work", {"form": "csv"}).content.decode("utf-8-sig").splitlines()
    book = client.post("/audit/export", {"form": "xlsx"}).content

    assert [line.split(",")[1:3] for line in found[1:]] == [["Bob", "Books checked"]]
    everything = list(open_table(io.BytesIO(book)).records())
    assert {(each.cells["Who"], each.cells["What"]) for each in everything} >= {
        ("Ada", "Customer changed"), ("Bob", "Books checked")
    }  # fmt: skip
    Role.objects.update(permissions=["read_invoices"])
    assert client.post("/audit/export", {"form": "csv"}).status_code == 403


def test_every_act_has_words_of_its_own():
    """Each topic that is written down where it is recorded; those that are made there are of states, and listed."""
    said = {*audit_words.ACTS, *stories.STORIES}
    made = {
        "view.opens",
        "view.shared",
        "document.asked",
        *(f"endpoint.{state}" for state in EndpointState.values),
    }

    assert {topic for path in source.files(".py") for topic in _recorded(path)} | made <= said


def _recorded(path: Path) -> Iterator[str]:
    for node in ast.walk(source.tree(path)):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "events.record":
            topic = node.args[0]
            if isinstance(topic, ast.Constant):
                yield str(topic.value)
