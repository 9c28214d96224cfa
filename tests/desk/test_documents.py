"""Documents to look at: why each could not be made or examined, what it breaks, and one button to try again."""

import datetime as dt

import pytest
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob

from encaisse.archive.models import File
from encaisse.cli import checks
from encaisse.document.checking import Assert
from encaisse.document.models import Document, Failure
from encaisse.document.operations import Examined, keep_checks
from encaisse.flows.make_documents import RENDER
from tests.desk.signed_in import signed_in, words
from tests.makers import make_credit_note, make_issued_invoice

pytestmark = pytest.mark.django_db


def document_of(invoice) -> int:
    file = File.objects.create(
        sha256=f"{invoice.pk:064}", size_bytes=1, media_type="application/pdf", keep_until=dt.date(2037, 1, 1)
    )
    return Document.objects.create(invoice=invoice, file=file, template="1").pk


def test_what_could_not_be_made_is_listed_with_its_reason_and_tried_again():
    invoice = make_issued_invoice()
    seen = {"seconds": 60, "attempt": 3, "number": invoice.number}
    Failure.objects.create(invoice=invoice, code="rendering_took_too_long", facts=seen)
    client = signed_in()
    reason = "The making was stopped after 60 seconds, at attempt 3 of 3."

    page = client.get(reverse("desk:documents")).content.decode()
    assert reason in words(page)
    assert reverse("desk:invoice", args=[invoice.pk]) in page
    assert reverse("desk:documents") in client.get(reverse("desk:dashboard")).content.decode()
    assert reason in words(client.get(reverse("desk:invoice", args=[invoice.pk])).content.decode())

    one = client.post(reverse("desk:try_document", args=[invoice.pk]))
    every = client.post(reverse("desk:try_documents"))

    assert (one.url, every.url) == (reverse("desk:invoice", args=[invoice.pk]), reverse("desk:documents"))
    assert ProcrastinateJob.objects.filter(task_name=RENDER).count() == 2
    assert (
        "The document is tried again"
        in client.get(reverse("desk:invoice", args=[invoice.pk])).content.decode()
    )


def test_a_broken_rule_stands_on_the_list_the_dashboard_and_the_invoice():
    broken, kept = make_issued_invoice(), make_issued_invoice()
    said = Assert("BR-CO-15", "fatal", "[BR-CO-15]-The total is the sum.")
    keep_checks([Examined(document_of(broken), [said]), Examined(document_of(kept), [])])
    client = signed_in()
    failed = reverse("desk:documents") + "?state=failed"

    page = client.get(failed).content.decode()
    assert "BR-CO-15" in page
    assert reverse("desk:invoice", args=[broken.pk]) in page
    assert reverse("desk:invoice", args=[kept.pk]) not in page
    assert failed in client.get(reverse("desk:dashboard")).content.decode()
    assert "Breaks 1 rule" in client.get(reverse("desk:invoice", args=[broken.pk])).content.decode()
    assert "Keeps every rule" in client.get(reverse("desk:invoice", args=[kept.pk])).content.decode()
    passed = client.get(reverse("desk:documents") + "?state=passed").content.decode()
    assert reverse("desk:invoice", args=[kept.pk]) in passed

    assert failed in client.get(reverse("desk:books")).content.decode()
    said = next(check for check in checks.examine() if check.name == "Documents")
    assert (said.verdict, said.said) == ("warn", "1 breaks an official rule: see the page “Documents”")
    # It is resolved once the invoice is credited whole.
    make_credit_note(broken)
    assert failed not in client.get(reverse("desk:books")).content.decode()
    assert reverse("desk:invoice", args=[broken.pk]) not in client.get(failed).content.decode()
    assert next(check.said for check in checks.examine() if check.name == "Documents") == "no alarm"


def test_as_long_as_all_is_well_nothing_is_told():
    client = signed_in()

    assert "Nothing to look at" in client.get(reverse("desk:documents")).content.decode()
    assert reverse("desk:documents") + "?state" not in client.get(reverse("desk:dashboard")).content.decode()
    assert client.post(reverse("desk:try_documents")).status_code == 302
    assert not ProcrastinateJob.objects.exists()
