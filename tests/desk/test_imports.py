"""Imports on the desk: a file laid out on a screen, rehearsed and brought in by a worker, its refusals in words, and
mended records."""

import csv
import io
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from encaisse.adapters.tabular import open_table
from encaisse.intake.models import Batch, Mapping, Upload
from encaisse.kernel import jobs
from encaisse.kernel.errors import JobStopped
from encaisse.kernel.models import Job
from encaisse.kernel.scope import Actor
from encaisse.party.models import Customer, LegalEntity
from tests.desk.signed_in import signed_in, words, work
from tests.flows.files import SAMPLES
from tests.makers import make_entity

# A worker tells how far it is on a connection of its own: what it reads is committed.
pytestmark = pytest.mark.usefixtures("fresh_database")
SOUND = "C1;Éloi;1, rue de la Paix;75002;Paris;France;"
WRONG = "C2;=cmd;2, rue de la Paix;7500;Paris;Frnace;"
HEADINGS = "Code client;Raison sociale;Adresse 1;CP;Ville;Pays;Encours autorisé"


@pytest.fixture
def entity() -> LegalEntity:
    return make_entity()


@pytest.fixture(autouse=True)
def passing(settings, tmp_path) -> Path:
    settings.PASSING_DIR = tmp_path / "passing"
    return settings.PASSING_DIR


def upload(*lines: str, name: str = "clients.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "\n".join([HEADINGS, *lines]).encode())


def send(client, entity, file, **said):
    typed = {"kind": "customers", "legal_entity_id": entity.pk, "file": file} | said
    return client.post(reverse("desk:new_import"), typed)


def lay_out(client, address, do, **chosen):
    """The form of the screen as it was proposed, but for what is chosen otherwise, then its button."""
    form = client.get(address).context["form"]
    typed = {field.name: field.value() or "" for field in form} | chosen | {"do": do}
    answer = client.post(address, typed)
    work("kernel.work")
    return client.get(address) if answer.status_code == 302 else answer


def bring(client, entity, file, **said):
    """The page that one is on once the file is in, and a worker has read it."""
    answer = lay_out(client, send(client, entity, file, **said).headers["Location"], "import")
    return client.get(answer.headers["Location"]) if answer.status_code == 302 else answer


def read(answer) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_a_file_is_brought_in_and_its_refusals_are_told_in_words(entity, passing):
    client = signed_in()

    page = words(bring(client, entity, upload(SOUND, WRONG)).content.decode())

    assert "No country has this name." in page
    assert "Write its name in French or in English, or its ISO code, such as FR." in page
    assert "Frnace" in page
    assert Customer.objects.get().reference == "C1"
    assert "clients.csv" in client.get(reverse("desk:imports")).content.decode()
    assert list(passing.iterdir()) == []


def test_the_same_is_told_in_french(entity):
    client = signed_in(language="fr")

    assert "Aucun pays ne porte ce nom." in bring(client, entity, upload(WRONG)).content.decode()


def test_a_rehearsal_tells_and_writes_nothing(entity):
    client = signed_in()
    address = send(client, entity, upload(SOUND, WRONG)).headers["Location"]

    page = words(lay_out(client, address, "rehearse").content.decode())

    assert "Rehearsed: nothing was written" in page
    assert "No country has this name." in page
    assert not Batch.objects.exists()
    assert not Customer.objects.exists()
    lay_out(client, address, "import")
    assert Customer.objects.count() == 1


def test_the_screen_shows_how_the_first_records_would_be_read(entity):
    client = signed_in()

    page = words(client.get(send(client, entity, upload(SOUND, WRONG)).headers["Location"]).content.decode())

    assert "Record 2" in page
    assert "Éloi" in page
    assert "A French postcode" not in page
    assert "No country has this name." in page


ELSEWHERE = (
    "Siège\tOuvert\tÉtablissement\tTiers\tCommune\tLibellé\tCréance maximale\n"
    "12 rue Haute\t20240131\t73282932000074\t411DUP\tLyon\tDupont & Fils\t1.250,50\n"
    "3 quai Bas\t20231231\t55210055400013\t411MAR\tPau\tMarchand\t\n"
)
CHOSEN = {
    "column_0": "address_1", "column_1": "since_date", "column_2": "siret siren<siret", "column_3": "reference",
    "column_4": "city", "column_5": "name", "column_6": "credit_limit", "same_country": "Belgique",
    "source": "Ancien logiciel",
}  # fmt: skip


def test_another_sources_files_come_in_after_one_mapping_on_the_screen(entity):
    """Other headings, tabs, SIRET for SIREN, dates as yyyymmdd, another order."""
    client = signed_in()
    first = send(client, entity, SimpleUploadedFile("tiers.txt", ELSEWHERE.encode("cp1252")))
    assert "The file lacks these columns" in client.get(first.headers["Location"]).content.decode()

    lay_out(client, first.headers["Location"], "import", **CHOSEN)

    dupont = Customer.objects.get(reference="411DUP")
    identity = dupont.accounts.get().identity
    assert (identity.siren, identity.siret, identity.city) == ("732829320", "73282932000074", "Lyon")
    assert str(dupont.since_date) == "2024-01-31"
    assert dupont.credit_limit_minor == 125_050
    assert Batch.objects.get().refused_count == 0

    again = (
        ELSEWHERE.replace("411DUP", "411NEW")
        .replace("Dupont & Fils", "Neuf")
        .replace("73282932000074", "44306184100047")
    )
    second = send(client, entity, SimpleUploadedFile("tiers.txt", again.encode())).headers["Location"]
    form = client.get(second).context["form"]
    assert form["source"].value() == "Ancien logiciel"
    lay_out(client, second, "import")
    assert Customer.objects.get(reference="411NEW").name == "Neuf"


def test_a_source_may_be_chosen_by_its_name(entity):
    client = signed_in()
    sage = "Numéro compte;Intitulé;Ville;Code postal\n1;A;Paris;1000\n"
    address = send(client, entity, SimpleUploadedFile("t.csv", sage.encode())).headers["Location"]

    form = client.get(address, {"source": "Sage"}).context["form"]

    assert [field.value() for field in form.columns] == [
        "reference", "name", "city", "postcode<short_postcode",
    ]  # fmt: skip
    assert form["same_country"].value() == "France"


def test_a_column_is_held_by_one_heading_and_the_screen_says_so(entity):
    client = signed_in()
    address = send(client, entity, upload(SOUND)).headers["Location"]

    page = words(lay_out(client, address, "import", column_1="reference").content.decode())

    assert "Two headings of the file name the same column: Code client, Raison sociale." in page
    assert not Job.objects.exists()
    assert not Mapping.objects.exists()


def test_each_duplicate_that_a_rehearsal_found_may_have_a_choice_of_its_own(entity):
    client = signed_in()
    bring(client, entity, upload(SOUND))
    address = send(client, entity, upload(SOUND.replace("C1", "C8"), SOUND.replace("C1", "C9"))).headers[
        "Location"
    ]

    page = words(lay_out(client, address, "rehearse", duplicates="skip").content.decode())

    assert "Looks like Éloi (C1), who is there: same name and address." in page
    assert "Record 3: Éloi" in page
    lay_out(client, address, "import", choice_3="create")
    assert set(Customer.objects.values_list("reference", flat=True)) == {"C1", "C9"}


def test_a_worker_that_dies_once_the_file_is_in_brings_it_once(entity, monkeypatch):
    client = signed_in()
    address = send(client, entity, upload(SOUND)).headers["Location"]

    def die(upload_id: int) -> None:
        raise SystemExit

    with monkeypatch.context() as patched, pytest.raises(SystemExit):
        patched.setattr("encaisse.flows.import_files.uploads.forget", die)
        lay_out(client, address, "import")
    work("kernel.work")

    assert Batch.objects.get().job_id == Job.objects.get().pk
    assert (Job.objects.get().state, Job.objects.get().answer["batch_id"]) == ("done", Batch.objects.get().pk)


def test_an_import_that_is_stopped_while_it_is_read_leaves_nothing(entity):
    client = signed_in()
    address = send(client, entity, upload(SOUND)).headers["Location"]
    form = client.get(address).context["form"]
    client.post(address, {field.name: field.value() or "" for field in form} | {"do": "import"})
    read_on = jobs.Asked(Job.objects.get().pk, Job.objects.get().facts, Actor("command", None, "worker"))

    def stopped(done: int, total: int) -> None:
        raise JobStopped

    with pytest.raises(JobStopped):
        jobs._whole["import"](read_on, stopped)

    assert not Batch.objects.exists()
    assert not Customer.objects.exists()


def test_an_import_is_undone_by_its_button(entity):
    client = signed_in()
    bring(client, entity, upload(SOUND))
    batch_id = Batch.objects.get().pk
    page = reverse("desk:import", args=[batch_id])
    assert "Undo the whole import?" in client.get(page).content.decode()

    answer = client.post(reverse("desk:undo_import", args=[batch_id]), follow=True)

    said = words(answer.content.decode())
    assert "1 row was withdrawn." in said
    assert "Undone" in said
    assert "Undo the whole import?" not in said
    assert not Customer.objects.filter(state="active").exists()
    again = client.post(reverse("desk:undo_import", args=[batch_id]), headers={"referer": page}, follow=True)
    assert "This import was undone before." in words(again.content.decode())


def test_a_file_that_was_read_is_not_read_twice(entity):
    client = signed_in()
    address = send(client, entity, upload(SOUND)).headers["Location"]
    form = client.get(address).context["form"]
    typed = {field.name: field.value() or "" for field in form} | {"do": "import"}
    client.post(address, typed)
    work("kernel.work")
    Upload.objects.update(job=None)

    page = words(client.post(address, typed).content.decode())

    assert "The file was read already, or waited too long. Bring it again." in page


def test_a_file_too_large_is_refused_and_nothing_of_it_stays(entity, monkeypatch, passing):
    monkeypatch.setattr("encaisse.intake.operations.uploads.MOST_MB", 0)
    client = signed_in()

    page = words(send(client, entity, upload(SOUND)).content.decode())

    assert "Larger than 0 MB." in page
    assert not passing.exists() or list(passing.iterdir()) == []
    assert not Upload.objects.exists()


def test_refused_records_are_mended_and_brought_in_again(entity):
    client = signed_in()
    bring(client, entity, upload(SOUND, WRONG))

    refused = read(client.get(reverse("desk:import_refused", args=[Batch.objects.get().pk])))

    assert list(refused[0])[:-2] == HEADINGS.split(";")
    assert refused[0]["Raison sociale"] == "'=cmd"
    mended = refused[0] | {"CP": "75003", "Pays": "France"}
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, list(mended), delimiter=";")
    writer.writeheader()
    writer.writerow(mended)
    bring(client, entity, SimpleUploadedFile("mended.csv", sheet.getvalue().encode("utf-8-sig")))
    assert Customer.objects.get(reference="C2").name == "=cmd"


def test_a_file_that_was_refused_twice_gives_its_reasons_once(entity):
    client = signed_in()
    bring(client, entity, upload(WRONG))
    first = client.get(reverse("desk:import_refused", args=[Batch.objects.get().pk]))
    bring(client, entity, SimpleUploadedFile("again.csv", b"".join(first.streaming_content)))

    again = read(client.get(reverse("desk:import_refused", args=[Batch.objects.latest("pk").pk])))

    assert list(again[0]) == [*HEADINGS.split(";"), "Reason of the refusal", "What to do"]


def test_refused_records_come_back_as_a_workbook_too(entity):
    client = signed_in()
    bring(client, entity, upload(WRONG))
    address = reverse("desk:import_refused", args=[Batch.objects.get().pk])

    answer = client.get(address, {"format": "xlsx"})

    table = open_table(io.BytesIO(b"".join(answer.streaming_content)))
    assert table.headings == (*HEADINGS.split(";"), "Reason of the refusal", "What to do")
    assert next(table.records()).cells["Raison sociale"] == "'=cmd"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The submitted file is empty."),
        (b"\x00\x01", "The file is neither CSV nor an Excel workbook."),
        (b"PK\x03\x04 no zip at all", "The file is no Excel workbook, or it is damaged."),
        (b'Code client;Raison sociale;Ville;Pays\n"1;2\n', "A quote is misplaced"),
        (b'{"a": ', "The file is cut, or is no JSON, from record 1 on."),
        (b";".join(b"c%d" % place for place in range(10_000)), "The file is too large to be read."),
        (b"\xd0\xcf\x11\xe0 old", "The workbook is of Excel 97"),
        (b"Ville;ville\na;b\n", "Two columns of the file have the same heading: ville."),
    ],
)
def test_a_hostile_file_is_refused_beside_the_form(entity, content, said):
    client = signed_in()

    answer = send(client, entity, SimpleUploadedFile("f.csv", content))

    assert answer.status_code == 200
    assert said in words(answer.content.decode())
    assert not Upload.objects.exists()


def test_a_file_that_is_cut_far_from_its_beginning_brings_nothing(entity):
    client = signed_in()
    lines = [SOUND.replace("C1", f"C{number}") for number in range(60)]

    page = words(bring(client, entity, upload(*lines, 'C60;"Éloi')).content.decode())

    assert "The file could not be read" in page
    assert "A quote is misplaced or never closed, from record 62 on." in page
    assert not Customer.objects.exists()


def test_a_large_file_is_read_from_the_disk(entity, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    client = signed_in()
    sample = SimpleUploadedFile("clients.csv", (SAMPLES / "clients.csv").read_bytes())

    page = words(bring(client, entity, sample).content.decode())

    assert "1,984" in page
    assert "Record 5 of the file has this reference already." in page


def test_a_workbook_may_be_brought_too(entity):
    client = signed_in()
    sample = SimpleUploadedFile("contrats.xlsx", (SAMPLES / "contrats.xlsx").read_bytes())

    page = bring(client, entity, sample, kind="contracts", day="2026-10-01")

    batch = Batch.objects.get()
    assert (batch.kind, batch.refused_count) == ("contracts", 1587)
    assert "This legal entity has no customer of this code." in page.content.decode()


def test_offers_belong_to_nobody_in_particular(entity):
    client = signed_in()
    sample = SimpleUploadedFile("offers.csv", (SAMPLES / "offers.csv").read_bytes())

    bring(client, entity, sample, kind="offers")

    assert Batch.objects.get().created_count == 5


def test_without_the_permission_there_is_no_page():
    client = signed_in("bill")

    assert client.get(reverse("desk:imports")).status_code == 403
