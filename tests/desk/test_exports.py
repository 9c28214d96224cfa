"""Lists as files: every row that the address finds, in cells that keep their types; a long one by a job."""

import datetime as dt
import io
from decimal import Decimal

import pytest

from encaisse.access.models import User
from encaisse.adapters.tabular import open_table
from encaisse.desk import exports
from encaisse.kernel import jobs
from encaisse.kernel.models import Job
from encaisse.ui.lists import Table
from encaisse.ui.shapes import Lines, Money
from tests.desk.signed_in import signed_in
from tests.makers import make_account, make_customer, make_issued_invoice, make_payment

pytestmark = pytest.mark.django_db


def test_a_list_in_french_is_a_csv_of_its_own_manner():
    client = signed_in(language="fr")
    customer = make_customer(name="=1+1", reference="C1")
    invoice = make_issued_invoice(make_account(customer=customer), net="1234.50")

    answer = client.post("/invoices/export?state=open", {"form": "csv"})

    head, line = answer.content.decode("utf-8-sig").splitlines()
    assert head.split(";")[:3] == ["Numéro", "Type", "Client"]
    cells = dict(zip(head.split(";"), line.split(";"), strict=True))
    assert cells["Client"] == "'=1+1"
    assert cells["Total"] == f"{invoice.gross_minor / 100:.2f}".replace(".", ",")
    assert cells["Émise le"] == f"{invoice.issue_date:%d/%m/%Y}"
    assert cells["Devise"] == "EUR"
    assert (
        "Factures" in answer.headers["Content-Disposition"]
        or "factures" in answer.headers["Content-Disposition"]
    )


def test_a_workbook_holds_amounts_and_days_and_no_formula():
    client = signed_in()
    customer = make_customer(name="=1+1", reference="C1")
    make_payment(make_account(customer=customer), 123450, reference="VIR 1")

    file = client.post("/payments/export", {"form": "xlsx"}).content

    (record,) = open_table(io.BytesIO(file)).records()
    assert record.cells["Customer"] == "=1+1"
    assert record.cells["Amount"] == Decimal("1234.5")
    assert dt.date.fromisoformat(str(record.cells["Received on"])[:10])


def test_the_file_holds_what_the_address_asks_for():
    client = signed_in()
    for name in ("Ada", "Bob", "Bobby"):
        make_account(customer=make_customer(name=name, reference=name, sort_key=name.lower()))

    lines = client.post("/customers/export?q=bob&sort=-name", {"form": "csv"}).content.decode().splitlines()

    assert [line.split(",")[0] for line in lines[1:]] == ["Bobby", "Bob"]


def test_a_long_list_is_written_by_a_job_page_after_page(monkeypatch):
    client = signed_in()
    for number in range(7):
        make_account(customer=make_customer(name=f"C{number}", reference=f"C{number}", sort_key=f"c{number}"))
    monkeypatch.setattr(exports, "AT_ONCE", 3)
    monkeypatch.setattr(exports, "PAGE", 3)

    answer = client.post("/customers/export?sort=-reference", {"form": "csv"})

    job = Job.objects.get()
    jobs.work(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == ("done", 7, 7)
    file = client.get(f"{answer.headers['Location']}/file")
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == [f"C{number}" for number in reversed(range(7))]


def test_a_list_paged_by_key_is_written_whole(monkeypatch):
    client = signed_in()
    account = make_account()
    numbers = [make_issued_invoice(account).number for _ in range(5)]
    monkeypatch.setattr(exports, "AT_ONCE", 2)
    monkeypatch.setattr(exports, "PAGE", 2)
    monkeypatch.setattr("encaisse.invoice.queries.lists.COUNTED", 1)

    client.post("/invoices/export?sort=issue_date", {"form": "csv"})

    job = Job.objects.get()
    jobs.work(job.pk)
    file = client.get(
        client.get("/jobs").content.decode().split('href="/jobs/')[1].split('"')[0].join(["/jobs/", "/file"])
    )
    lines = b"".join(file.streaming_content).decode("utf-8-sig").splitlines()
    assert [line.split(",")[0] for line in lines[1:]] == numbers


def test_a_job_asks_again_who_its_asker_is(monkeypatch):
    client = signed_in()
    monkeypatch.setattr(exports, "AT_ONCE", 1)
    make_account()
    make_account()
    client.post("/users/export", {"form": "csv"})
    make_issued_invoice()
    client.post("/accounts/export", {"form": "csv"})
    job = Job.objects.get()
    User.objects.update(is_active=False)

    jobs.work(job.pk)

    job.refresh_from_db()
    assert (job.state, job.error) == ("failed", "not_found")


def test_the_movements_of_an_account_are_a_file():
    client = signed_in()
    invoice = make_issued_invoice()

    text = client.post("/ledger/accounts/411/export", {"form": "csv"}).content.decode()

    assert invoice.number in text


def test_what_was_pushed_to_the_next_page_is_written_once():
    pages = [Table((), [_Row(1), _Row(2)]), Table((), [_Row(2), _Row(3)])]

    assert [row.id for row in exports._rows(pages)] == [1, 2, 3]


def test_amounts_of_several_currencies_are_a_text_that_names_them():
    both = Lines((Money(100, "EUR"), Money(200, "USD")))

    assert exports._cell(both, "EUR") == "€1.00 ; $2.00"
    assert exports._cell(Money(200, "USD"), "EUR") == "$2.00"
    assert exports._cell(Money(200, "EUR"), "EUR") == Decimal("2.00")


class _Row:
    def __init__(self, key: int) -> None:
        self.id = key
