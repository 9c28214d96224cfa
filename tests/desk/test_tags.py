"""Tags: put on a document or on many, seen and searched by in the list, its files and the API, and taken off."""

import re

import pytest

from encaisse.invoice.models import Invoice
from encaisse.kernel import jobs
from encaisse.kernel.models import Job
from encaisse.kernel.references import public_id
from encaisse.tag.queries import in_use
from tests.api.programs import program
from tests.desk.signed_in import signed_in, words
from tests.makers import make_account, make_issued_invoice, make_scope

pytestmark = pytest.mark.django_db


def test_documents_are_tagged_found_by_their_tag_and_tagged_no_more():
    client = signed_in()
    first, second = (make_issued_invoice(make_account()) for _ in range(2))
    page = f"/invoices/{reference(first)}"

    assert "Tags" not in words(client.get("/invoices").content.decode())
    refused = client.post(f"{page}/tag", {"tag": "  "}, follow=True)
    assert "A tag is a word or a few, of 40 characters at most." in refused.content.decode()
    client.post(f"{page}/tag", {"tag": "  Litige   en cours "})
    client.post(f"{page}/tag", {"tag": "litige EN cours"})
    shown = client.get(page).content.decode()
    assert shown.count('<li class="tag">') == 1
    assert "Tagged “Litige en cours”" in words(shown)

    listed = client.get("/invoices?tag=Litige+en+cours").content.decode()
    assert numbers(listed) == {first.number}
    lines = client.post("/invoices/export?tag=Relu", {"form": "csv"}).content.decode().splitlines()
    assert len(lines) == 1
    lines = client.post("/invoices/export", {"form": "csv"}).content.decode().splitlines()
    assert (lines[0].split(",")[-2], sorted(each.split(",")[-2] for each in lines[1:])) == (
        "Tags",
        ["", "Litige en cours"],
    )
    rows = [reference(each) for each in (first, second)]
    mass(client, "invoices.tag", rows, tag="Relu")
    assert numbers(client.get("/invoices?tag=relu").content.decode()) == {first.number, second.number}
    client.post("/views/invoices", {"name": "Relues", "address": "?tag=Relu"})
    assert "Relues" in words(client.get("/invoices?tag=Relu").content.decode())
    mass(client, "invoices.untag", rows[:1], tag="Relu")
    client.post(f"{page}/untag", {"tag": "Litige en cours"})
    assert in_use(make_scope()) == ("Relu",)
    assert "Tags" in words(client.get("/invoices").content.decode())
    assert numbers(client.get("/invoices?tag=Relu").content.decode()) == {second.number}


def test_programs_tag_and_nobody_learns_of_the_tags_of_what_they_do_not_see():
    seen, hidden = (make_issued_invoice(make_account()) for _ in range(2))
    asking = program(permissions=frozenset({"bill"}))

    told = asking.post(f"/invoices/{reference(seen)}/tags", {"name": "Relu"})
    assert told.body == {"tags": ["Relu"]}
    asking.post(f"/invoices/{reference(hidden)}/tags", {"name": "Secret"})
    assert [each["name"] for each in asking.get("/tags").body["data"]] == ["Relu", "Secret"]
    found = asking.get("/invoices", tag="relu").body["data"]
    assert [each["id"] for each in found] == [reference(seen)]
    assert asking.get(f"/invoices/{reference(seen)}/tags").body == {"tags": ["Relu"]}
    taken = asking.post(f"/invoices/{reference(seen)}/tags/remove", {"name": "Relu"})
    assert (taken.status, taken.body) == (200, {"tags": []})
    again = asking.post(f"/invoices/{reference(seen)}/tags/remove", {"name": "Relu"})
    assert (again.status, again.body["code"]) == (409, "not_tagged")

    entity = frozenset({seen.legal_entity_id})
    assert hidden.legal_entity_id not in entity
    assert in_use(make_scope(entity_ids=entity)) == ()


def reference(invoice: Invoice) -> str:
    return public_id("inv", invoice.pk)


def numbers(page: str) -> set[str]:
    return set(re.findall(r"F2026-\d{6}|[A-Z]+\d*-\d+", words(page.split("<tbody")[1].split("</tbody")[0])))


def mass(client, act, rows, **said):
    client.post("/mass/invoices", {"act": act, "row": rows, "confirmed": 1, **said})
    jobs.work(Job.objects.latest("pk").pk)
