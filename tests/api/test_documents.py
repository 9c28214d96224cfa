"""What a program reads of documents, of the cut-off and of imports, and what it does about them."""

import datetime as dt

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from encaisse.archive.models import File
from encaisse.document.checking import Assert
from encaisse.document.models import Document, Failure
from encaisse.document.operations import Examined, keep_checks
from encaisse.invoice.models import Invoice
from encaisse.kernel.references import public_id
from encaisse.party.models import Customer
from tests.api.programs import program
from tests.flows.stories import bill, seller
from tests.flows.test_cut_off import FEBRUARY_1, in_advance
from tests.makers import make_account, make_charge, make_issued_invoice

pytestmark = pytest.mark.django_db
CUSTOMERS = (
    "Code client;Raison sociale;Adresse 1;CP;Ville;Pays\nC1;Éloi;1, rue de la Paix;75002;Paris;France\n"
)


def test_documents_to_look_at_are_listed_page_by_page_and_tried_again():
    failed = [make_issued_invoice() for _ in range(2)]
    for invoice in failed:
        Failure.objects.create(
            invoice=invoice, code="rendering_took_too_long", facts={"seconds": 60, "attempt": 3}
        )
    for broken in [make_issued_invoice() for _ in range(2)]:
        keep_checks([Examined(_document(broken), (Assert("BR-01", "fatal", "No."),))])
    api = program()

    first = api.get("/documents", limit=1).body
    second = api.get(first["next"]).body
    broken = api.get("/documents", state="failed", limit=1).body
    last = api.get(broken["next"]).body

    seen = [page["data"][0]["invoice_id"] for page in (first, second)]
    assert seen == [public_id("inv", invoice.pk) for invoice in reversed(failed)]
    assert first["data"][0]["reason"] == "The making was stopped after 60 seconds, at attempt 3 of 3."
    assert second["next"] is None
    assert broken["data"][0]["asserts"] == [{"rule": "BR-01", "flag": "fatal", "text": "No."}]
    assert (last["data"][0]["invoice_id"] != broken["data"][0]["invoice_id"], last["next"]) == (True, None)
    assert api.get("/documents/alarms").body == {"not_made": 2, "failed": 2, "unread": 0}
    assert api.post("/documents/try").body == {"documents": 2}
    assert api.post(f"/invoices/{seen[0]}/document/try").body == {"documents": 1}
    assert api.post(f"/invoices/{broken['data'][0]['invoice_id']}/document/try").status == 404


def test_the_cut_off_is_told_with_its_lines_and_its_entry():
    entity = seller()
    in_advance(entity)
    bill(entity, FEBRUARY_1)
    make_charge(account=make_account(legal_entity=entity), unit_price="12.50", label="Installation")
    asked = {"legal_entity_id": public_id("le", entity.pk), "on": "2026-01-31"}

    told = program().get("/ledger/cut-off", **asked).body
    first = program().get("/ledger/cut-off/lines", **asked, figure="accrued", limit=1).body
    second = program().get(first["next"]).body

    # Billed on 1 February, all of it is earned and unbilled on 31 January: 16.45 by the day, and 12.50.
    assert (told["deferred_minor"], told["accrued_minor"]) == (0, 2_895)
    assert told["entry"] == [
        {"account": "418", "amount_minor": 2_895},
        {"account": "706", "amount_minor": -2_895},
    ]
    lines = first["data"] + second["data"]
    assert [(line["number"], line["cut_minor"]) for line in lines] == [(1, 1_645), (2, 1_250)]
    assert [line["document_id"] for line in lines] == [public_id("inv", Invoice.objects.get().pk), None]
    assert program(permissions=frozenset({"bill"})).get("/ledger/cut-off", **asked).status == 403


def test_an_import_is_taken_back():
    entity, api = seller(), program()
    sent = {
        "kind": "customers",
        "legal_entity_id": public_id("le", entity.pk),
        "file": SimpleUploadedFile("clients.csv", CUSTOMERS.encode()),
    }
    headers = {"Authorization": f"Bearer {api.secret}", "Idempotency-Key": "customers"}
    brought = api.client.post("/api/v1/imports", sent, headers=headers).json()
    assert brought["created"] == 1, brought

    undone = api.post(f"/imports/{brought['import_id']}/undo").body

    assert (undone["withdrawn"], undone["brought"]["is_undone"]) == (1, True)
    assert not Customer.objects.filter(state="active").exists()
    assert api.post(f"/imports/{brought['import_id']}/undo").status == 409


def _document(invoice: Invoice) -> int:
    file = File.objects.create(
        sha256=f"{invoice.pk:064}", size_bytes=1, media_type="application/pdf", keep_until=dt.date(2037, 1, 1)
    )
    return Document.objects.create(invoice=invoice, file=file, template="1").pk
