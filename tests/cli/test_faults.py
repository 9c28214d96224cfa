"""Every end of a command is an exit code and a sentence; nobody sees a traceback who did not ask for it."""

import os
from pathlib import Path

import click
import pytest

from encaisse.cli import words
from encaisse.cli.root import encaisse as program
from encaisse.database.errors import DatabaseRefusal
from encaisse.database.state import Phase
from tests.cli.processes import ended


@click.command("broken")
def broken() -> None:
    """Raise what nobody expects."""
    raise ZeroDivisionError("a fault of ours")


@pytest.fixture
def broken_command():
    program.add_command(broken)
    yield
    del program.commands["broken"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["bil"], "No such command 'bil'. Did you mean 'bill'?"),
        (["bill"], "Missing option '--cutoff'."),
        (["bill", "--cutoff", "31/02/2026"], "31/02/2026 is no date: write it 2026-10-31 or 31/10/2026."),
        (["bill", "--cutoff", "yesterday"], "yesterday is no date"),
        (["bill", "--cutof", "2026-11-01"], "No such option '--cutof'."),
        (["serve", "--port", "65536"], "65536 is not in the range 1<=x<=65535."),
        (["serve", "--port", "http"], "'http' is not a valid integer range."),
        (["import", "customers", "/nowhere/at all.csv"], "does not exist."),
        (["import", "customers", "/"], "is a directory."),
        (["import", "customers"], "Missing argument 'FILE'."),
        (["export", "fec", "--to", "/nowhere"], "does not exist."),
        (["user", "create", "--email", "a@b.example"], "Missing option '--name'."),
        (
            ["user", "create", "--email", "a", "--name", "b", "--language", "de"],
            "'de' is not one of 'fr', 'en'.",
        ),
        (["db", "restore", "/nowhere.dump"], "does not exist."),
        (["bench", "billing", "--accounts", "0"], "0 is not in the range x>=1."),
        (["demo", "extra"], "Got unexpected extra argument (extra)"),
    ],
)
def test_what_is_written_wrongly_is_explained_with_code_2(encaisse, typed, said):
    code, out, err = encaisse(*typed)

    assert code == 2
    assert not out
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        (
            "ENCAISSE_HOME",
            "here",
            "The setting ENCAISSE_HOME cannot be used: here is relative; give a full path",
        ),
        (
            "ENCAISSE_SECRET_KEY",
            "short",
            "The setting ENCAISSE_SECRET_KEY cannot be used: it needs 32 characters",
        ),
        (
            "DATABASE_URL",
            "mysql://a/b",
            "The setting DATABASE_URL cannot be used: it must start with postgresql://",
        ),
        ("DATABASE_URL", "postgresql://a@b", "DATABASE_URL cannot be used: it names no database"),
        (
            "DATABASE_OWNER_URL",
            "postgresql://a@b:x/c",
            "DATABASE_OWNER_URL cannot be used: its port is not a number",
        ),
        (
            "ENCAISSE_DEBUG",
            "perhaps",
            "The setting ENCAISSE_DEBUG cannot be used: perhaps is neither yes nor no",
        ),
        (
            "ENCAISSE_TIMEZONE",
            "Mars/Nord",
            "The setting ENCAISSE_TIMEZONE cannot be used: Mars/Nord is no time zone",
        ),
        ("DATABASE_URL", "postgresql://nobody@/nothing?host=/nowhere", "The database cannot be reached"),
    ],
)
def test_a_wrong_setting_is_named_with_code_3(setting, value, said):
    done = ended("books", **{setting: value})

    assert done.returncode == 3
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_refusal_of_the_business_is_a_sentence_with_code_1(encaisse, company):
    code, out, err = encaisse("bill", "--cutoff", "2026-11-01", "--issue-date", "31/10/2026")

    assert (code, out, err) == (1, "", "Error: No billing account falls within this run.\n")


def test_a_database_without_tables_says_what_to_run(encaisse, fresh_database):
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'ledger' AND name LIKE '0006%'")

    assert encaisse("books")[0::2] == (
        3,
        "Error: The database does not have the tables of this version yet: run `encaisse migrate`.\n",
    )


def test_an_unexpected_fault_is_one_line_and_the_log_has_the_rest(encaisse, broken_command):
    code, out, err = encaisse("broken")

    log = Path(os.environ["ENCAISSE_HOME"]) / "encaisse.log"
    assert code == 4
    assert not out
    assert err == (
        f"Error: Something went wrong that should not have: a fault of ours. The details are in {log}.\n"
    )
    assert "ZeroDivisionError: a fault of ours" in log.read_text()


def test_the_traceback_is_shown_to_whoever_asks(encaisse, broken_command):
    code, _, err = encaisse("--traceback", "broken")

    assert code == 4
    assert "ZeroDivisionError: a fault of ours" in err


def test_the_log_goes_elsewhere_when_the_home_cannot_hold_it(encaisse, broken_command, monkeypatch, tmp_path):
    monkeypatch.setenv("ENCAISSE_HOME", "relative")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    assert encaisse("broken").err.endswith(f"The details are in {tmp_path / 'encaisse.log'}.\n")


def test_the_commands_of_the_embedded_database_leave_other_servers_alone(encaisse):
    for verb in ("start", "stop", "status"):
        code, _, err = encaisse("db", verb)
        assert code == 3
        assert "DATABASE_URL names a server of yours" in err


def test_every_refusal_of_the_launcher_and_every_phase_has_its_words():
    assert {kind.code: kind.words for kind in DatabaseRefusal.__subclasses__()} == words.REFUSALS
    assert set(words.PHASES) == set(Phase)


def test_nothing_is_created_by_asking_for_help(tmp_path):
    done = ended("--help", ENCAISSE_HOME=str(tmp_path / "home"))

    assert done.returncode == 0
    assert not (tmp_path / "home").exists()


def test_a_terminal_without_our_letters_still_hears_us():
    done = ended("--help", ENCAISSE_LANGUAGE="fr", PYTHONIOENCODING="ascii", PYTHONUTF8="0")

    assert done.returncode == 0
    assert "Montre un mois entier avec des clients fictifs." in done.stdout
