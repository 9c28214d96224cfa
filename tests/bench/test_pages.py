"""The bench of pages asks for every list and page; its times are for `encaisse bench`."""

import pytest
from django.db import connection

from encaisse.bench.pages import run
from encaisse.invoice.models import Invoice
from encaisse.ledger.models import Posting

pytestmark = pytest.mark.usefixtures("fresh_database")


def test_five_hundred_invoices_are_asked_for_in_every_way():
    cases = run(invoices=500, accounts=50, rounds=1)

    names = {case["case"] for case in cases}
    assert {
        "invoices (everything)",
        "invoices state=open (leader)",
        "search q=Garage (leader)",
        "quarantine (leader)",
    } <= names
    assert max(case["queries"] for case in cases) <= 30
    assert Invoice.objects.filter(state="issued").count() == 475
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_trigger WHERE tgenabled = 'D'")
        assert cursor.fetchone()[0] == 0
    assert sum(Posting.objects.values_list("amount_minor", flat=True)) == 0
