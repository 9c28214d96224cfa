"""What the commands do on a company's database, and what they leave alone."""

import datetime as dt
import json
import time
import zipfile

import psycopg
import pytest

from encaisse.billing.models import Run
from encaisse.intake.models import Batch
from encaisse.invoice.models import Invoice
from encaisse.kernel.references import public_id
from encaisse.party.models import LegalEntity
from tests import cluster
from tests.census import census
from tests.flows.files import SAMPLES
from tests.makers import make_account, make_entity, make_issued_invoice, make_price, make_subscription


@pytest.fixture
def contract(company: None) -> None:
    """A contract of 30.00 a month in advance since January 2026, on an account in Paris."""
    account = make_account(legal_entity=make_entity(code="SELLER"))
    make_subscription(make_price(), account=account)


@pytest.fixture
def told(encaisse):
    """Run a command that answers for a machine, and return its answer."""
    return lambda *words: json.loads(encaisse(*words, "--json").out)


def test_a_dry_run_says_what_would_come_out_and_writes_nothing(told, contract):
    before = census()

    answer = told("bill", "--cutoff", "2026-02-01", "--issue-date", "2026-01-31", "--dry-run")

    assert answer["outcomes"] == {"invoiced": 1, "nothing": 0, "exceptions": 0}
    assert [(each["state"], each["gross_minor"]) for each in answer["documents"]] == [("approved", 3600)]
    assert census() == before


def test_a_run_is_billed_to_its_end_and_lists_who_was_set_aside(encaisse, contract):
    make_subscription(make_price(currency="MAD"), account=make_account(currency="MAD"))

    code, out, err = encaisse("bill", "--cutoff", "2026-02-01", "--issue-date", "2026-01-31")

    assert code == 0
    assert [line.split() for line in out.splitlines() if line.startswith(" ")] == [
        ["Accounts", "invoiced", "1"],
        ["Accounts", "with", "nothing", "to", "bill", "0"],
        ["Accounts", "set", "aside", "1"],
        ["Issued", "1", "€30.00", "net", "€6.00", "of", "VAT", "€36.00"],
        ["No", "exchange", "rate", "1"],
    ]
    assert [line.removeprefix("  ✓ ")[:36].strip() for line in err.splitlines()] == [
        "Contracts rated",
        "Invoices drafted",
        "Invoices numbered and booked",
    ]
    assert encaisse("books")[:2] == (0, "The books are in order.\n")


def test_a_run_waits_in_review_until_it_is_issued_by_its_reference(encaisse, told, contract):
    waiting = told("bill", "--cutoff", "2026-02-01", "--issue-date", "2026-01-31", "--review")
    issued = told("issue", waiting["run"])
    again = encaisse("issue", waiting["run"])

    assert waiting["state"] == "review"
    assert [each["state"] for each in waiting["documents"]] == ["approved"]
    assert (issued["run"], issued["state"]) == (waiting["run"], "complete")
    assert [each["state"] for each in issued["documents"]] == ["issued"]
    assert again.code == 1
    assert "The run is no longer where this step begins." in again.err


@pytest.mark.parametrize("run", ["run_0000000000", "12", "inv_7k2m9q0d4w", ""])
def test_a_run_that_does_not_exist_is_refused(encaisse, company, run):
    assert encaisse("issue", run).code == 1


def test_customers_come_in_and_refused_records_are_told_and_written(encaisse, company, tmp_path):
    make_entity(code="SELLER")
    refused = tmp_path / "refused.csv"

    code, out, _ = encaisse("import", "customers", str(SAMPLES / "clients.csv"), "--refused", str(refused))

    faults = json.loads((SAMPLES / "faults.json").read_text())["faults"]
    lines = refused.read_text(encoding="utf-8-sig").splitlines()
    assert code == 1
    assert "Created    1,984" in out
    assert [line.split(";")[:2] for line in lines[1:]] == [
        [str(each["row"]), each["column"]] for each in faults
    ]
    assert (
        encaisse("import", "customers", str(SAMPLES / "clients.csv")).out.splitlines()[2]
        == "  Unchanged  1,984"
    )


def test_a_dry_run_of_an_import_writes_nothing(told, company):
    make_entity(code="SELLER")
    before = census()

    answer = told("import", "customers", str(SAMPLES / "clients.csv"), "--dry-run")

    assert (answer["created"], answer["refused"], len(answer["errors"])) == (1984, 16, 16)
    assert census() == before


def test_a_file_of_another_source_is_read_by_its_name(encaisse, company, tmp_path):
    make_entity(code="SELLER")
    file = tmp_path / "tiers.csv"
    file.write_text("Numéro compte;Intitulé;Ville;Code postal\n411A;Alizé;Bourg;1000\n", encoding="utf-8")

    code, out, _ = encaisse("import", "customers", str(file), "--mapping", "sage", "--dry-run", "--json")
    refused = encaisse("import", "customers", str(file), "--mapping", "Ciel")

    assert (code, json.loads(out)["created"]) == (0, 1)
    assert (refused.code, "Sage, Cegid, Odoo" in refused.err) == (1, True)


def test_an_import_is_taken_back(encaisse, company, tmp_path):
    make_entity(code="SELLER")
    file = tmp_path / "clients.csv"
    file.write_text(
        "Code client;Raison sociale;CP;Ville;Pays\nC9;Alizé;01000;Bourg;France\n", encoding="utf-8"
    )
    encaisse("import", "customers", str(file))
    batch = public_id("imp", Batch.objects.latest("pk").pk)

    code, out, _ = encaisse("import", "undo", batch)

    assert (code, out.strip()) == (0, "Rows withdrawn: 1")
    assert encaisse("import", "undo", batch).code == 1


def test_an_import_asks_whose_customers_they_are_when_there_are_several_sellers(encaisse, company):
    make_entity(code="ONE")
    make_entity(code="TWO")

    asked = encaisse("import", "customers", str(SAMPLES / "clients.csv"))
    other = encaisse("import", "customers", str(SAMPLES / "clients.csv"), "--entity", "SIX")

    assert (asked.code, other.code) == (2, 2)
    assert "Say which legal entity with --entity: ONE, TWO." in asked.err
    assert "Nothing has the code SIX. There are: ONE, TWO." in other.err


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"a;b\n1;2\n", "lacks"),
        (b"PK\x03\x04 no workbook", "workbook"),
        (b"\x00\x01\x02", "neither"),
    ],
)
def test_a_file_that_is_no_table_of_customers_is_refused_in_words(encaisse, company, tmp_path, content, said):
    make_entity(code="SELLER")
    file = tmp_path / "strange.csv"
    file.write_bytes(content)

    code, _, err = encaisse("import", "customers", str(file))

    assert code == 1
    assert said in err


def test_broken_books_are_named_with_code_1(encaisse, contract):
    encaisse("bill", "--cutoff", "2026-02-01", "--issue-date", "2026-01-31")
    with psycopg.connect(cluster.address().url("postgres", _database()), autocommit=True) as server:
        server.execute("SET session_replication_role = replica")
        more = (f"{column} = {column} + 1" for column in ("net_minor", "gross_minor", "payable_minor"))
        server.execute(f"UPDATE invoice_invoice SET {', '.join(more)}")

    code, out, _ = encaisse("books")

    assert code == 1
    assert "✗ invoice.lines_add_up_to_net" in out
    assert "✗ invoice.chains" in out


def test_the_fec_is_written_in_the_folder_named(encaisse, contract, tmp_path):
    encaisse("bill", "--cutoff", "2026-02-01", "--issue-date", "2026-01-31")

    code, out, _ = encaisse("export", "fec", "--year", "2026", "--to", str(tmp_path))

    file = tmp_path / "732829320FEC20261231.txt"
    lines = file.read_bytes().decode().split("\r\n")
    assert code == 0
    assert out == f"4 lines are in {file}.\n"
    assert len(lines) == 5
    assert lines[-1] == ""
    assert all(len(line.split("\t")) == 18 for line in lines[:-1])


def test_documents_are_put_together_and_a_cut_off_is_written(encaisse, contract, outbox, tmp_path):
    run = encaisse("bill", "--cutoff", "2026-02-01", "--issue-date", "2026-01-31").out
    number = Invoice.objects.get().number

    code, out, _ = encaisse("export", "documents", "--since", "2026-01-31", "--to", str(tmp_path))
    assert (code, out) == (0, f"1 documents are in {next(tmp_path.glob('*.zip'))}.\n"), run
    with zipfile.ZipFile(next(tmp_path.glob("*.zip"))) as made:
        assert made.namelist() == [f"{number}.pdf"]
    assert encaisse("export", "documents", "--pdf", "--until", "2026-01-30", "--to", str(tmp_path)).code == 1
    reference = public_id("run", Run.objects.get().pk)
    assert encaisse("export", "print", reference, "--even", "--to", str(tmp_path)).code == 0
    with zipfile.ZipFile(tmp_path / f"print-{reference}.zip") as made:
        assert made.namelist() == [f"print-{reference}-001.pdf", f"print-{reference}.csv"]

    code, out, _ = encaisse("export", "cutoff", "--on", "2026-01-15", "--to", str(tmp_path))
    assert code == 0
    assert sorted(path.name for path in tmp_path.glob("*-2026-01-15.csv")) == [
        "418-2026-01-15.csv",
        "487-2026-01-15.csv",
        "entry-2026-01-15.csv",
    ]


def test_a_person_can_log_in_once_created_and_not_twice(encaisse, company, monkeypatch, tmp_path):
    def create(password: str, *words: str):
        (tmp_path / "password").write_text(password)
        with (tmp_path / "password").open() as typed:
            monkeypatch.setattr("sys.stdin", typed)
            return encaisse("user", "create", "--name", "Ada", "--password-stdin", *words)

    made = create("une-phrase-longue", "--email", "Ada@Client.example")
    twice = create("une-phrase-longue", "--email", "ada@client.example")
    weak = create("123", "--email", "b@client.example")
    alone = create("une-phrase-longue", "--email", "c@client.example", "--role", "rep")
    nobody = create("une-phrase-longue", "--email", "c@client.example", "--role", "rep", "--rep", "nobody")

    assert made[:2] == (0, "Ada can log in with Ada@Client.example.\n")
    assert (twice.code, weak.code, alone.code, nobody.code) == (1, 1, 1, 2)
    assert "Somebody already logs in with ada@client.example." in twice.err
    assert "It needs ten characters at least." in weak.err


def test_a_company_that_sells_is_named_changed_and_listed(encaisse, told, company):
    street = ("--address-1", "1, rue de la Paix", "--postcode", "75002", "--city", "Paris")
    named = ("entity", "save", "--code", "ATELIER", "--name", "Atelier du Port", *street)

    made = encaisse(*named, "--siren", "732829320", "--iban", "FR7699999000010000001234537")
    wrong = encaisse(*named, "--siren", "732829321")
    read = ("--month-end-reading", "month_first")
    changed = encaisse(*named, "--siren", "732829320", "--timezone", "Indian/Reunion", *read)
    nowhere = encaisse(*named, "--timezone", "Réunion")

    assert made[:2] == (0, "Atelier du Port sells under the code ATELIER.\n")
    assert (wrong.code, changed.code, nowhere.code) == (1, 0, 1)
    assert "This is no SIREN" in wrong.err
    assert "No time zone has this name" in nowhere.err
    assert LegalEntity.objects.get(code="ATELIER").month_end_reading == "month_first"
    assert [(row["code"], row["timezone"]) for row in told("entity", "list")] == [
        ("ATELIER", "Indian/Reunion")
    ]


def test_the_vat_of_a_year_is_written_and_equals_the_accounts(encaisse, company, tmp_path):
    bill = make_issued_invoice()

    code, out, _ = encaisse("export", "vat", "--year", "2026", "--to", str(tmp_path))

    (path,) = tmp_path.iterdir()
    lines = path.read_text("utf-8-sig").splitlines()
    assert (code, path.name, out) == (0, "VAT-2026.csv", f"{len(lines) - 1} rows are in {path}.\n")
    assert lines[0].startswith("Legal entity,Month,Category,Rate,Account,Currency,Base of invoices")
    assert (
        f"{bill.legal_entity.code},2026-01,S,20,44571,EUR,100.00,20.00,0.00,0.00,100.00,20.00,0.00" in lines
    )


def test_a_company_says_when_it_owes_its_vat(encaisse, company):
    from encaisse.party.models import LegalEntity
    from encaisse.tax.queries import regimes

    street = ("--address-1", "1, rue de la Paix", "--postcode", "75002", "--city", "Paris")
    named = ("entity", "save", "--code", "ATELIER", "--name", "Atelier du Port", *street)

    chosen = encaisse(*named, "--vat-services", "receipts", "--vat-goods", "debits")
    later = encaisse(*named, "--vat-services", "debits", "--vat-since", "01/07/2026")
    refused = encaisse(*named, "--vat-goods", "receipts")

    atelier = LegalEntity.objects.get(code="ATELIER").pk
    assert (chosen.code, later.code, refused.code) == (0, 0, 1)
    assert "owed when they are delivered" in refused.err
    assert regimes(atelier, dt.date(2026, 6, 30)) == {"service": "receipts"}
    assert regimes(atelier, dt.date(2026, 7, 1)) == {"service": "debits"}


def test_the_doctor_names_what_is_wrong(told, encaisse, company):
    found = {check["name"]: check["verdict"] for check in told("doctor")}

    # The cluster of the tests flushes nothing, which the doctor must not let pass.
    assert found["PostgreSQL"] == "bad"
    assert found["Roles"] == found["Tables"] == found["Waiting tasks"] == "good"
    assert encaisse("doctor").code == 3
    assert "fsync is off" in encaisse("doctor").out


def test_tables_are_brought_to_this_version_once(encaisse, fresh_database):
    from django.db import connections

    assert encaisse("migrate")[:2] == (0, "Nothing had to change.\n")
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'ledger' AND name LIKE '0006%'")
    assert encaisse("books").code == 3


def test_a_worker_ends_when_nothing_is_left_to_be_done(encaisse, contract):
    from encaisse.kernel import queue

    encaisse("bill", "--cutoff", "2026-02-01", "--issue-date", "2026-01-31")
    assert queue.waiting() == 1

    assert encaisse("worker", "--until-idle").code == 0

    assert queue.waiting() == 0


def test_a_measurement_leaves_the_data_and_the_server_as_they_were(told, contract):
    before = census()

    case = told("bench", "billing", "--accounts", "500", "--rounds", "1")

    assert (case["case"], case["items"], case["rounds"]) == ("billing", 500, 1)
    assert {"cpu_ms_per_item", "wall_s", "rss_mb", "load", "enforced"} <= case.keys()
    assert census() == before
    # Another test may be measuring at this moment: its database goes as well, one that was left never does.
    deadline = time.monotonic() + 90
    while _measuring():
        assert time.monotonic() < deadline, "a database of the bench was left behind"
        time.sleep(0.1)


def _measuring() -> bool:
    with psycopg.connect(cluster.address().url("postgres", "postgres")) as server:
        return bool(
            server.execute("SELECT 1 FROM pg_database WHERE datname LIKE 'encaisse_bench%'").fetchall()
        )


def _database() -> str:
    from django.db import connection

    return str(connection.settings_dict["NAME"])
