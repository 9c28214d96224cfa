"""Content kept under its hash: whole, verified, once, and never told inside a transaction."""

import stat
from hashlib import sha256

import pytest
from django.db import transaction

from encaisse.adapters.errors import ContentChanged, ContentMissing
from encaisse.adapters.storage import LocalFolder

pytestmark = pytest.mark.django_db

NAME = sha256(b"Facture").hexdigest()


@pytest.fixture
def folder(tmp_path):
    return LocalFolder(tmp_path / "archive")


def place(tmp_path):
    return tmp_path / "archive" / NAME[:2] / NAME[2:4] / NAME


def test_what_is_put_is_given_back_under_its_hash(folder, tmp_path):
    assert folder.put(b"Facture") == NAME

    assert folder.get(NAME) == b"Facture"
    assert place(tmp_path).read_bytes() == b"Facture"


def test_putting_it_again_changes_nothing(folder, tmp_path):
    folder.put(b"Facture")
    before = place(tmp_path).stat()

    assert folder.put(b"Facture") == NAME

    assert place(tmp_path).stat().st_ino == before.st_ino
    assert [file.name for file in place(tmp_path).parent.iterdir()] == [NAME]


def test_only_their_owner_reads_the_files(folder, tmp_path):
    folder.put(b"Facture")

    assert stat.S_IMODE(place(tmp_path).stat().st_mode) == 0o600


def test_a_content_that_was_never_put_is_missing(folder):
    with pytest.raises(ContentMissing):
        folder.get(NAME)


def test_a_content_that_changed_is_not_given_back_until_it_is_put_again(folder, tmp_path):
    folder.put(b"Facture")
    place(tmp_path).write_bytes(b"Fracture")

    with pytest.raises(ContentChanged):
        folder.get(NAME)

    folder.put(b"Facture")
    assert folder.get(NAME) == b"Facture"


def test_a_full_disk_leaves_no_half_file(folder, tmp_path, monkeypatch):
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder.put(b"Facture")

    assert list(place(tmp_path).parent.iterdir()) == []


def test_storage_is_refused_inside_a_transaction(folder):
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        folder.put(b"Facture")
    with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
        folder.get(NAME)
