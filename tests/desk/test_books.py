"""The books on the desk: checked by a worker, each invariant in plain words."""

import pytest
from django.urls import reverse

from encaisse.desk.invariants import SENTENCES
from encaisse.flows import books
from encaisse.flows.tasks import CHECK_BOOKS
from encaisse.kernel import events
from encaisse.kernel.scope import Actor
from tests.desk.signed_in import signed_in, work
from tests.makers import make_issued_invoice

pytestmark = pytest.mark.django_db
CLERK = Actor("user", 1, "Claire")


def page(client) -> str:
    return client.get(reverse("desk:books")).content.decode()


def test_every_invariant_has_its_words():
    assert set(SENTENCES) >= set(books.names())


def test_a_worker_checks_the_books_and_the_page_says_that_they_are_in_order():
    client = signed_in()
    make_issued_invoice()
    assert "The books were never checked" in page(client)

    client.post(reverse("desk:check_books"))
    assert reverse("desk:books_progress") in page(client)
    assert "every 1s" in client.get(reverse("desk:books_progress")).content.decode()
    work(CHECK_BOOKS)

    text = page(client)
    assert "In order" in text
    assert text.count(">Holds<") == len(books.names())
    assert client.get(reverse("desk:books_progress")).headers["HX-Refresh"] == "true"


def test_what_does_not_hold_comes_first_and_says_where():
    client = signed_in()
    names = ["invoice.lines_add_up_to_net", "ledger.entries_balance"]
    broken = [{"name": names[1], "columns": ["entry", "off"], "rows": [["7", "12"]]}]
    events.record("books.checked", "books", 0, CLERK, names=names, broken=broken)

    text = page(client)

    assert "Broken" in text
    assert text.index("Does not hold") < text.index(">Holds<")
    assert "entry 7, off 12" in text
