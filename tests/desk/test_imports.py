"""Imports on the desk: a file brought in or rehearsed, its refusals in words, and mended records."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from encaisse.intake.models import Batch
from encaisse.party.models import Customer, LegalEntity
from tests.desk.signed_in import signed_in, words
from tests.flows.files import SAMPLES
from tests.makers import make_entity

pytestmark = pytest.mark.django_db
SOUND = "C1;Éloi;1, rue de la Paix;75002;Paris;France;"
WRONG = "C2;=cmd;2, rue de la Paix;7500;Paris;Frnace;"
HEADINGS = "Code client;Raison sociale;Adresse 1;CP;Ville;Pays;Encours autorisé"


@pytest.fixture
def entity() -> LegalEntity:
    return make_entity()


def upload(*lines: str, name: str = "clients.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "\n".join([HEADINGS, *lines]).encode())


def send(client, entity, file, **said):
    typed = {"kind": "customers", "legal_entity_id": entity.pk, "file": file} | said
    return client.post(reverse("desk:new_import"), typed)


def read(answer) -> list[dict[str, str]]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


def test_a_file_is_brought_in_and_its_refusals_are_told_in_words(entity):
    client = signed_in()

    answer = send(client, entity, upload(SOUND, WRONG))

    batch = Batch.objects.get()
    assert answer.headers["Location"] == reverse("desk:import", args=[batch.pk])
    page = words(client.get(answer.headers["Location"]).content.decode())
    assert "No country has this name." in page
    assert "Write its name in French or in English, or its ISO code, such as FR." in page
    assert "Frnace" in page
    assert Customer.objects.get().reference == "C1"
    assert "clients.csv" in client.get(reverse("desk:imports")).content.decode()


def test_the_same_is_told_in_french(entity):
    client = signed_in(language="fr")

    answer = send(client, entity, upload(WRONG))

    assert "Aucun pays ne porte ce nom." in client.get(answer.headers["Location"]).content.decode()


def test_a_rehearsal_tells_and_writes_nothing(entity):
    client = signed_in()

    page = words(send(client, entity, upload(SOUND, WRONG), dry_run="on").content.decode())

    assert "Rehearsed: nothing was written" in page
    assert "No country has this name." in page
    assert not Batch.objects.exists()
    assert not Customer.objects.exists()


def test_refused_records_are_mended_and_brought_in_again(entity):
    client = signed_in()
    send(client, entity, upload(SOUND, WRONG))

    refused = read(client.get(reverse("desk:import_refused", args=[Batch.objects.get().pk])))

    assert list(refused[0])[:-1] == HEADINGS.split(";")
    assert refused[0]["Raison sociale"] == "'=cmd"
    mended = refused[0] | {"CP": "75003", "Pays": "France"}
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, list(mended), delimiter=";")
    writer.writeheader()
    writer.writerow(mended)
    send(client, entity, SimpleUploadedFile("mended.csv", sheet.getvalue().encode("utf-8-sig")))
    assert Customer.objects.get(reference="C2").name == "=cmd"


def test_a_file_that_was_refused_twice_gives_its_reasons_once(entity):
    client = signed_in()
    send(client, entity, upload(WRONG))
    first = client.get(reverse("desk:import_refused", args=[Batch.objects.get().pk]))
    send(client, entity, SimpleUploadedFile("again.csv", b"".join(first.streaming_content)))

    again = read(client.get(reverse("desk:import_refused", args=[Batch.objects.latest("pk").pk])))

    assert list(again[0]) == [*HEADINGS.split(";"), "Reason of the refusal"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The submitted file is empty."),
        (b"\x00\x01", "The file is neither CSV nor an Excel workbook."),
        (b"PK\x03\x04 no zip at all", "The file is no Excel workbook, or it is damaged."),
        (b"A;B\n1;2\n", "The file lacks these columns: Code client, Raison sociale, Ville, Pays."),
        (b'Code client;Raison sociale;Ville;Pays\n"1;2\n', "A quote is misplaced"),
        (b"\xd0\xcf\x11\xe0 old", "The workbook is of Excel 97"),
        (b"Ville;ville\na;b\n", "Two columns of the file have the same heading: ville."),
    ],
)
def test_a_hostile_file_is_refused_beside_the_form(entity, content, said):
    client = signed_in()

    answer = send(client, entity, SimpleUploadedFile("f.csv", content))

    assert answer.status_code == 200
    assert said in words(answer.content.decode())
    assert not Batch.objects.exists()


def test_a_large_file_is_read_from_the_disk(entity, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 0
    client = signed_in()
    sample = SimpleUploadedFile("clients.csv", (SAMPLES / "clients.csv").read_bytes())

    answer = send(client, entity, sample)

    page = words(client.get(answer.headers["Location"]).content.decode())
    assert "1,984" in page
    assert "Record 5 of the file has this reference already." in page


def test_a_workbook_may_be_brought_too(entity):
    client = signed_in()
    sample = SimpleUploadedFile("contrats.xlsx", (SAMPLES / "contrats.xlsx").read_bytes())

    answer = send(client, entity, sample, kind="contracts", day="2026-10-01")

    batch = Batch.objects.get()
    assert (batch.kind, batch.refused_count) == ("contracts", 1587)
    page = client.get(answer.headers["Location"])
    assert "This legal entity has no customer of this code." in page.content.decode()


def test_offers_belong_to_nobody_in_particular(entity):
    client = signed_in()
    sample = SimpleUploadedFile("offers.csv", (SAMPLES / "offers.csv").read_bytes())

    send(client, entity, sample, kind="offers")

    assert Batch.objects.get().created_count == 5


def test_without_the_permission_there_is_no_page():
    client = signed_in("bill")

    assert client.get(reverse("desk:imports")).status_code == 403
