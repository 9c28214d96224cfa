"""Files kept once, read back verified, and missed when they go."""

import datetime as dt
from hashlib import sha256

import pytest
from django.db import DatabaseError, transaction

from encaisse.adapters.errors import ContentChanged
from encaisse.archive.models import File
from encaisse.archive.operations import keep
from encaisse.archive.queries import Fault, missing_or_changed, read
from encaisse.archive.rules import kept_until
from encaisse.kernel.errors import NotFound

pytestmark = pytest.mark.django_db

LAST_DAY = dt.date(2037, 12, 31)


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.ARCHIVE_DIR = tmp_path
    return tmp_path


def keep_invoice() -> int:
    return keep(b"Facture", "application/pdf", LAST_DAY)


def test_a_file_is_kept_with_its_hash_and_its_last_day():
    file = File.objects.get(pk=keep_invoice())

    assert (file.sha256, file.size_bytes) == (sha256(b"Facture").hexdigest(), 7)
    assert (file.media_type, file.keep_until) == ("application/pdf", LAST_DAY)
    assert read(file.pk) == b"Facture"


def test_the_same_content_is_one_file_whoever_brings_it():
    assert keep_invoice() == keep(b"Facture", "text/plain", dt.date(2040, 1, 1))

    assert File.objects.get().keep_until == LAST_DAY


def test_nothing_is_kept_inside_a_transaction():
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        keep_invoice()


def test_the_row_of_a_file_never_changes():
    key = keep_invoice()

    with pytest.raises(DatabaseError, match="archive_file"), transaction.atomic():
        File.objects.filter(pk=key).update(media_type="text/plain")


def test_an_unknown_file_is_not_found():
    with pytest.raises(NotFound):
        read(0)


def test_what_changed_or_went_missing_is_named(folder):
    gone, changed, sound = (
        keep(b"Un", "text/plain", LAST_DAY),
        keep(b"Deux", "text/plain", LAST_DAY),
        keep_invoice(),
    )
    told = []
    names = dict(File.objects.values_list("pk", "sha256"))
    (folder / names[gone][:2] / names[gone][2:4] / names[gone]).unlink()
    (folder / names[changed][:2] / names[changed][2:4] / names[changed]).write_bytes(b"Trois")

    faults = list(missing_or_changed(lambda done, total: told.append((done, total))))

    assert faults == [
        Fault(gone, names[gone], "content_missing"),
        Fault(changed, names[changed], "content_changed"),
    ]
    assert told == [(1, 3), (2, 3), (3, 3)]
    assert read(sound) == b"Facture"
    with pytest.raises(ContentChanged):
        read(changed)


@pytest.mark.parametrize("day", [dt.date(2026, 1, 1), dt.date(2026, 12, 31)])
def test_a_piece_is_kept_ten_years_after_its_financial_year_whenever_that_ends(day):
    assert kept_until(day) == LAST_DAY
    assert kept_until(day) >= day.replace(year=day.year + 1 + 10)
