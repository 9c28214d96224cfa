"""The PDFs of invoices made elsewhere, brought at the desk in one ZIP: a hostile one is refused, another is read."""

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from encaisse.document.queries.made import document_of
from encaisse.flows.import_invoices import import_invoices
from encaisse.invoice.models import Invoice
from encaisse.kernel import jobs
from encaisse.kernel.models import Job
from encaisse.ledger.operations import install_chart
from encaisse.party.models import LegalEntity
from tests.adapters.test_bundles import pdf, zipped
from tests.desk.signed_in import signed_in, words
from tests.flows import files
from tests.flows.test_import_invoices import ACTOR, OLD, OPENED
from tests.makers import make_account, make_customer, make_scope

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]


@pytest.fixture
def entity(db: None) -> LegalEntity:
    """A seller of two invoices made elsewhere, VT-1 and VT-2."""
    install_chart()
    account = make_account(reference="C1", customer=make_customer(reference="C1"))
    old = [OLD | {"Numéro": number} for number in ("VT-1", "VT-2")]
    order = {"opened_on": OPENED, "file_name": "factures.csv", "actor": ACTOR}
    import_invoices(files.csv(*old), legal_entity_id=account.legal_entity_id, **order)
    return account.legal_entity


def send(client, entity, content: io.BytesIO):
    file = SimpleUploadedFile("factures.zip", content.getvalue())
    return client.post(reverse("desk:bring_pdfs"), {"legal_entity_id": entity.pk, "file": file})


def test_what_became_of_each_file_is_told_and_archived_ones_are_of_their_invoices(entity, settings):
    client = signed_in("import")
    page = send(client, entity, zipped({"vt-1.pdf": pdf(), "vt-2.pdf": b"MZ", "vt-9.pdf": pdf()})).url
    assert "What became of each file stands here" in words(client.get(page).content.decode())

    jobs.work(Job.objects.get().pk)

    text = words(client.get(page).content.decode())
    assert all(said in text for said in ("vt-1.pdf", "Archived", "This PDF cannot be used: it is no PDF."))
    assert "No invoice made elsewhere is called so, or several are." in text
    assert document_of(make_scope(), Invoice.objects.get(number="VT-1").pk).content == pdf()
    assert list(settings.PASSING_DIR.iterdir()) == []
    refused = client.post(f"{page}/export?outcome=refused", {"form": "csv"}).content.decode("utf-8-sig")
    assert [line.split(",")[0] for line in refused.splitlines()] == ["File", "vt-2.pdf"]

    again = send(client, entity, zipped({"vt-1.pdf": pdf()})).url
    jobs.work(Job.objects.latest("pk").pk)
    assert "There already" in words(client.get(again).content.decode())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (zipped({"../vt-1.pdf": pdf()}), "its name leads out of the ZIP. ../vt-1.pdf"),
        (zipped({"vt-1.pdf": b"0" * 30 * 2**20}), "it unpacks to far more than it holds."),
        (io.BytesIO(b"PK cut in the middle"), "it is no ZIP."),
    ],
    ids=["path", "bomb", "cut"],
)
def test_a_hostile_zip_is_refused_as_it_comes_and_nothing_of_it_stays(entity, settings, content, said):
    answer = send(signed_in("import"), entity, content)

    assert (answer.status_code, Job.objects.count()) == (200, 0)
    assert f"This ZIP is refused as a whole: {said}" in words(answer.content.decode())
    assert list(settings.PASSING_DIR.iterdir()) == []
