"""The documents of many invoices in one file: what is in it, under which name, in which order, and what is left out."""

import csv
import io
import zipfile

import pikepdf
import pytest

from encaisse.access.queries.users import operator
from encaisse.document.operations import Rendered, keep_rendered
from encaisse.document.rules import apart, file_stem
from encaisse.flows import job_files, mass_actions, print_run
from encaisse.flows.import_invoices import import_invoices
from encaisse.flows.mass_actions import PDF, ZIP
from encaisse.flows.print_run import Printing
from encaisse.flows.put_together import start_for_run
from encaisse.insight.queries.jobs import job
from encaisse.invoice.models import Invoice
from encaisse.kernel import jobs, queue
from encaisse.kernel.errors import NotFound
from encaisse.kernel.models import Job, JobItem
from encaisse.kernel.scope import Level
from encaisse.party.models import Recipient
from tests.flows import files
from tests.flows.stories import bill, seller
from tests.flows.test_import_invoices import ACTOR, OLD, OPENED
from tests.makers import (
    make_account,
    make_approved_invoice,
    make_charge,
    make_customer,
    make_identity,
    make_product,
    make_rep,
    make_scope,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("outbox")]
SCOPE = operator("root")
# As they are billed: postcode and name of the buyer, pages of the document; the last one is still to be made.
BUYERS = (("75010", "Ancre", 1), ("13001", "Beffroi", 2), ("13001", "Amarre", 0))


def sheets(pages: int) -> bytes:
    written = io.BytesIO()
    with pikepdf.new() as file:
        for _ in range(pages):
            file.add_blank_page(page_size=(595, 842))
        file.save(written)
    return written.getvalue()


def issued_run() -> tuple[int, list[Invoice]]:
    entity = seller(code="MOI")
    for postcode, name, _ in BUYERS:
        customer = make_customer(reference=name, name=name, sort_key=name.lower())
        identity = make_identity(postcode=postcode, name=name)
        account = make_account(legal_entity=entity, identity=identity, customer=customer)
        make_charge(account=account, product=make_product())
    run_id = bill(entity)
    found = list(Invoice.objects.filter(run_id=run_id).order_by("number"))
    made = [
        Rendered(each.pk, each.issue_date, sheets(pages))
        for each, (*_, pages) in zip(found, BUYERS, strict=True)
        if pages
    ]
    keep_rendered(made)
    return run_id, found


def done(job_id: int) -> tuple[Job, bytes]:
    jobs.work(job_id)
    ended = Job.objects.get(pk=job_id)
    if not ended.answer:
        return ended, b""
    with job_files.file_of(job(SCOPE, job_id)).content as content:
        return ended, content.read()


def left_out(job_id: int) -> dict[int, str]:
    refused = JobItem.objects.filter(job=job_id, state="refused")
    return dict(refused.values_list("row_id", "code"))


def test_a_selection_becomes_one_zip_and_what_has_no_document_is_told() -> None:
    _, found = issued_run()
    draft = make_approved_invoice()
    account = make_account(reference="C1", customer=make_customer(reference="C1"))
    import_invoices(
        files.csv(OLD),
        legal_entity_id=account.legal_entity_id,
        opened_on=OPENED,
        file_name="f.csv",
        actor=ACTOR,
    )
    old = Invoice.objects.get(made_elsewhere=True)
    chosen = [found[1].pk, draft.pk, found[0].pk, old.pk, found[2].pk]

    job_id = mass_actions.start(SCOPE, ZIP, chosen, {"name": "factures"})
    assert queue.waiting([queue.DOCUMENTS]) == 1
    ended, content = done(job_id)

    names = [f"{found[place].number}.pdf" for place in (1, 0, 2)]
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        assert (made.namelist(), made.testzip()) == (names, None)
        assert made.read(names[2]).startswith(b"%PDF")
        assert made.infolist()[0].date_time[:3] == (2026, 2, 1)
    assert left_out(job_id) == {draft.pk: "document_not_issued", old.pk: "document_left_elsewhere"}
    assert (ended.state, ended.total, ended.done, ended.refused) == ("done", 5, 3, 2)
    assert ended.answer["file_name"] == "factures.zip"

    nothing, _ = done(mass_actions.start(SCOPE, PDF, [draft.pk], {}))
    assert (nothing.state, nothing.error) == ("failed", "nothing_to_put_together")


def test_one_pdf_has_every_page_in_the_order_asked_and_an_entry_for_each_document() -> None:
    run_id, found = issued_run()
    broken = found[2]
    keep_rendered([Rendered(broken.pk, broken.issue_date, b"%PDF-1.7 cut in the middle")])

    job_id = start_for_run(SCOPE, PDF, run_id, order="number", on_paper=False, name="tout")
    _, content = done(job_id)

    with pikepdf.open(io.BytesIO(content)) as made, made.open_outline() as outline:
        assert (len(made.pages), made.check_pdf_syntax()) == (3, [])
        titles = [f"{each.number} · {name}" for each, (_, name, _) in zip(found[:2], BUYERS[:2], strict=True)]
        assert [each.title for each in outline.root] == titles
        assert [made.pages.index(each.destination[0]) for each in outline.root] == [0, 1]
    assert left_out(job_id) == {broken.pk: "not_a_pdf"}


def test_a_run_is_printed_in_the_order_of_the_post_on_sheets_of_their_own_in_files_of_some_pages() -> None:
    run_id, found = issued_run()
    Recipient.objects.create(account=found[0].account, address="a@client.example")

    asked = Printing(even=True, most_pages=3, name="courrier", headings=tuple("abcdefghijk"), comma=True)
    _, content = done(print_run.start(SCOPE, run_id, asked))

    with zipfile.ZipFile(io.BytesIO(content)) as made:
        parts = [f"courrier-{number:03}.pdf" for number in (1, 2, 3)]
        assert made.namelist() == [*parts, "courrier.csv"]
        assert [len(pikepdf.open(io.BytesIO(made.read(name))).pages) for name in parts] == [2, 2, 2]
        index = list(csv.reader(io.StringIO(made.read("courrier.csv").decode("utf-8-sig")), delimiter=";"))
    assert index[0] == list("abcdefghijk")
    assert [(row[0], row[1], row[2], row[3], row[4], row[5], row[8]) for row in index[1:]] == [
        ("1", parts[0], "1", "2", found[2].number, "Amarre", "13001"),
        ("2", parts[1], "1", "2", found[1].number, "Beffroi", "13001"),
        ("3", parts[2], "1", "2", found[0].number, "Ancre", "75010"),
    ]

    job_id = print_run.start(SCOPE, run_id, Printing(on_paper=True, most_documents=2, name="papier"))
    _, content = done(job_id)
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        assert made.namelist() == ["papier-001.pdf", "papier.csv"]
    assert list(JobItem.objects.filter(job=job_id).order_by("position").values_list("row_id", flat=True)) == [
        found[2].pk,
        found[1].pk,
    ]
    with pytest.raises(NotFound):
        print_run.start(make_scope(level=Level.OWN, rep_id=make_rep().pk), run_id, Printing())


def test_names_are_those_that_every_system_allows_and_never_the_same() -> None:
    taken: set[str] = set()

    numbers = ("F/2026:1", "f-2026-1", "CON", "nul.2026", "  …. ", "", "a" * 300)
    named = [apart(file_stem(number), taken) for number in numbers]
    assert named == ["F-2026-1", "f-2026-1 (2)", "CON-", "nul.2026-", "…", "document", "a" * 100]
