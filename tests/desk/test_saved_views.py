"""Saved views above a list: saved at its foot, opened as a tab, managed on a page of their own."""

import re

import pytest

from tests.desk.signed_in import signed_in, words
from tests.makers import make_account, make_customer

pytestmark = pytest.mark.django_db


def test_a_view_is_saved_opened_made_the_opening_one_and_deleted():
    client = signed_in()
    for name in ("Ada", "Bob"):
        make_account(customer=make_customer(name=name, reference=name, sort_key=name.lower()))

    answer = client.post("/views/customers", {"name": "Bobs", "address": "?sort=-name&q=bob&page=3"})
    assert answer.headers["Location"] == "/customers?q=bob&sort=-name"
    page = client.get("/customers?q=bob&sort=-name").content.decode()
    assert re.search(r'href="/customers\?q=bob&amp;sort=-name" aria-current="page">Bobs', page)

    act = re.search(r'action="(/views/customers/vue_\w+)"', client.get("/views/customers").content.decode())
    client.post(act[1], {"do": "open"})
    opened = client.get("/customers", follow=True)
    assert opened.redirect_chain == [("/customers?q=bob&sort=-name", 302)]
    assert ">Ada<" not in opened.content.decode()
    assert ">Ada<" in client.get("/customers?all=1").content.decode()

    client.post(act[1], {"do": "rename", "name": "Robert"})
    assert "Robert" in words(client.get("/views/customers").content.decode())
    client.post(act[1], {"do": "delete"})
    assert "No saved view yet" in client.get("/views/customers").content.decode()
    assert client.get("/customers").status_code == 200


def test_views_are_of_lists_that_the_person_may_see():
    client = signed_in("bill")

    assert client.get("/views/users").status_code == 403
    assert client.get("/views/customer").status_code == 404
    assert client.get("/views/nothing").status_code == 404
    assert client.post("/views/customers/vue_0000000000", {"do": "nothing"}).status_code == 404
