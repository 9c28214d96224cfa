"""VAT on the desk: by month and rate, each figure with its documents, equal to the accounts."""

import csv
import datetime as dt
from io import StringIO

import pytest
from django.urls import reverse

from encaisse.flows.take_payment import take_payment
from encaisse.invoice.models import Invoice
from encaisse.kernel import clock
from encaisse.kernel.lists import Window
from encaisse.ledger import operations as ledger
from encaisse.ledger.queries.vat import rates, vat_of_year
from encaisse.ledger.queries.vat_documents import Figure, Part, vat_documents
from tests.desk.signed_in import signed_in
from tests.makers import CLERK, MARCH, make_credit_note, make_issued_invoice, make_scope

pytestmark = pytest.mark.django_db
IN_MAY = dt.datetime(2026, 5, 20, 12, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def year():
    """100.00 and 20.00 on debits, 1,000.00 and 200.00 on receipts of which 300.00 came in March, and a credit note
    of 50.00 and 10.00 on debits, all of one seller."""
    on_debits = make_issued_invoice()
    waiting = make_issued_invoice(on_debits.account, net="1000", deferred=["service"])
    make_credit_note(make_issued_invoice(on_debits.account, net="50"))
    take_payment(
        actor=CLERK, account_id=on_debits.account_id, method="transfer", amount_minor=300_00, currency="EUR",
        received_on=MARCH, reference="VIR", invoice_ids=[waiting.pk],
    )  # fmt: skip
    with clock.stopped_at(IN_MAY):
        yield


def page(client, **asked):
    return client.get(reverse("desk:vat"), {"year": "2026"} | asked)


def figures(rows):
    return [
        (row.month.month, *(minor / 100 for minor in row[3:])) for row in rows if row.rate.category == "S"
    ]


def test_each_month_and_rate_has_its_figures():
    rows = page(signed_in()).context["table"].rows

    # Month; base and VAT of invoices, of credit notes, due; awaiting payment at its end.
    assert figures(rows) == [
        (5, 0, 0, 0, 0, 0, 0, 150),
        (4, 0, 0, 0, 0, 0, 0, 150),
        (3, 0, 0, 0, 0, 250, 50, 150),
        (2, 0, 0, 0, 0, 0, 0, 200),
        (1, 1150, 230, -50, -10, 100, 20, 200),
    ]


def test_what_is_summed_by_day_equals_the_documents_folded_or_not():
    """Who sees one customer only, which is all there is, reads the documents; who sees everything reads the sums."""
    customer = Invoice.objects.values_list("account__customer_id", flat=True)[0]
    by_documents = make_scope("read_ledger", customer_id=customer)
    by_sums = make_scope("read_ledger")

    def told(scope):
        parts = [
            Part(figure, dt.date(2026, month, 1), rate=rate)
            for figure in Figure
            for month in (1, 2, 3)
            for rate in (None, *rates(scope).values())
        ]
        windows = (Window(size=100), Window(offset=1, size=1))
        documents = [vat_documents(scope, part, window) for part in parts for window in windows]
        return vat_of_year(scope, 2026, until=dt.date(2026, 5, 20)), documents

    assert told(by_sums) == told(by_documents)
    ledger.fold_day_sums()
    assert told(by_sums) == told(by_documents)


def test_the_page_equals_the_accounts():
    answer = page(signed_in())

    checks = answer.context["checks"].rows
    assert [(row.account, row.said_minor, row.posted_minor, row.apart) for row in checks] == [
        ("44571", 70_00, 70_00, ()),
        ("44574", 150_00, 150_00, ()),
    ]
    text = answer.content.decode()
    assert "Equal to account 44571" in text
    assert "Equal to account 44574" in text


def test_the_year_after_begins_with_what_still_waits():
    with clock.stopped_at(dt.datetime(2027, 1, 10, tzinfo=dt.UTC)):
        answer = page(signed_in(), year="2027")

    assert figures(answer.context["table"].rows) == [(1, 0, 0, 0, 0, 0, 0, 150)]
    assert [(row.account, row.said_minor, row.apart) for row in answer.context["checks"].rows] == [
        ("44571", 0, ()),
        ("44574", 150_00, ()),
    ]


@pytest.mark.parametrize(
    ("figure", "month", "documents", "tax"),
    [
        ("billed", "2026-01-01", ["invoice"] * 3, 230_00),
        ("credited", "2026-01-01", ["credit_note"], -10_00),
        ("due", "2026-01-01", ["invoice", "invoice", "credit_note"], 20_00),
        ("due", "2026-03-01", ["vat_collected"], 50_00),
        ("waiting", "2026-02-01", ["invoice"], 200_00),
        ("waiting", "2026-03-01", ["invoice"], 150_00),
    ],
)
def test_each_figure_leads_to_documents_that_add_up_to_it(figure, month, documents, tax):
    client = signed_in()
    asked = {"figure": figure, "month": month, "rate": "vat-S-20"}

    table = client.get(reverse("desk:vat_documents"), asked).context["table"]

    assert [row.kind for row in table.rows] == documents
    assert sum(row.tax_minor for row in table.rows) == table.totals["tax_minor"].amount_minor == tax
    assert reverse("desk:vat_documents") in page(client).content.decode()


def test_the_year_is_a_file():
    client = signed_in()

    answer = client.get(reverse("desk:vat_file"), {"year": "2026"})

    lines = list(csv.reader(StringIO(answer.content.decode("utf-8-sig"))))
    assert lines[0][1:4] == ["Month", "Rate", "Account"]
    assert lines[-1][1:] == ["2026-01", "20%", "44571", "EUR", "1150.00", "230.00", "-50.00", "-10.00", "100.00",
                             "20.00", "200.00"]  # fmt: skip
    workbook = client.get(reverse("desk:vat_file"), {"year": "2026", "form": "xlsx"})
    assert workbook.content.startswith(b"PK")


def test_a_year_without_vat_teaches():
    with clock.stopped_at(dt.datetime(2019, 5, 20, tzinfo=dt.UTC)):
        text = page(signed_in(), year="").content.decode()

    assert "No VAT in this year" in text
