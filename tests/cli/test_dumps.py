"""A database and its archive in one file, and back, on a server of the operator's."""

import tarfile
from pathlib import Path

import psycopg
import pytest

from encaisse.archive.models import File
from encaisse.archive.operations import keep
from encaisse.archive.queries import read
from encaisse.archive.rules import kept_until
from encaisse.kernel import clock
from tests import cluster


@pytest.fixture
def served(fresh_database, monkeypatch) -> str:
    """The address of the test's own database, for its owner."""
    for name, value in cluster.environment(fresh_database).items():
        monkeypatch.setenv(name, value)
    return cluster.environment(fresh_database)["DATABASE_OWNER_URL"]


def test_a_database_goes_into_one_file_with_its_archive_and_comes_back(
    encaisse, served, settings, tmp_path: Path
):
    settings.ARCHIVE_DIR = tmp_path / "archive"
    file_id = keep(b"une facture", "text/plain", kept_until(clock.today("UTC")))
    saved, cut = tmp_path / "saved.tar", tmp_path / "cut.tar"

    assert encaisse("db", "dump", str(saved), "--with-files").code == 0
    settings.ARCHIVE_DIR = tmp_path / "elsewhere"
    with psycopg.connect(served) as owner:
        owner.execute("CREATE TABLE stray ()")
    cut.write_bytes(saved.read_bytes()[:40_000])

    refused = encaisse("db", "restore", str(saved))
    broken = encaisse("db", "restore", str(cut), "--replace")
    done = encaisse("db", "restore", str(saved), "--replace")

    assert (refused.code, "already holds tables" in refused.err) == (3, True)
    assert (broken.code, "or it was cut" in broken.err) == (3, True)
    assert (done.code, done.out.splitlines()[1]) == (0, "The books are in order.")
    assert read(file_id) == b"une facture"
    with psycopg.connect(served) as owner:
        assert owner.execute("SELECT to_regclass('public.stray')").fetchone() == (None,)


def test_files_that_are_no_backup_are_refused_and_change_nothing(encaisse, served, tmp_path: Path):
    (tmp_path / "other.sql").write_text("SELECT 1;")
    with tarfile.open(tmp_path / "other.tar", "w") as bundle:
        bundle.add(tmp_path / "other.sql", "other.sql")

    for name in ("other.sql", "other.tar"):
        refused = encaisse("db", "restore", str(tmp_path / name), "--replace")
        assert refused.code == 3, refused
        assert "or it was cut" in refused.err
    assert File.objects.count() == 0
