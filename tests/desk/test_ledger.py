"""The ledger on the desk: entries, balance, one account, the FEC."""

import pytest
from django.urls import reverse

from encaisse.kernel import clock
from encaisse.ledger.models import Entry, FecNumber
from tests.desk.signed_in import signed_in
from tests.makers import make_issued_invoice, make_payment

pytestmark = pytest.mark.django_db


def text_of(client, name: str, *keys: object, **asked: str) -> str:
    return client.get(reverse(f"desk:{name}", args=keys), asked).content.decode()


def test_entries_lead_to_their_pieces():
    invoice = make_issued_invoice()
    payment = make_payment(invoice.account, reference="VIR 5")

    client = signed_in()
    text = text_of(client, "entries")

    assert reverse("desk:invoice", args=[invoice.pk]) in text
    assert reverse("desk:payment", args=[payment.pk]) in text
    assert "VIR 5" not in text_of(client, "entries", journal="VE")


def test_an_entry_balances_on_its_page():
    make_issued_invoice()
    entry = Entry.objects.get()

    text = text_of(signed_in(), "entry", entry.pk)

    assert text.count('<data class="money" value="120.00">') == 3
    assert '<data class="money" value="20.00">' in text
    assert reverse("desk:ledger_account", args=["411"]) in text


def test_the_balance_shows_each_account_on_its_side():
    invoice = make_issued_invoice()
    make_payment(invoice.account, 2_000)

    text = text_of(signed_in(), "balance")

    for amount in ("120.00", "20.00", "100.00"):
        assert f'<data class="money" value="{amount}">' in text
    assert "data-sign" not in text


def test_an_account_shows_its_movements_and_their_balance():
    invoice = make_issued_invoice()
    make_payment(invoice.account, 2_000)

    client = signed_in()
    text = text_of(client, "ledger_account", "411")

    assert [f'value="{amount}"' in text for amount in ("120.00", "20.00", "100.00")] == [True] * 3
    assert client.get(reverse("desk:ledger_account", args=["999"])).status_code == 404


def test_the_fec_is_a_file_named_after_the_siren_whose_entries_are_numbered():
    invoice = make_issued_invoice()
    said = {"legal_entity_id": invoice.legal_entity_id, "year": "2026"}

    with clock.stopped_at(invoice.issued_at):
        client = signed_in()
        answer = client.post(reverse("desk:fec"), said | {"file": "fec"})
        journal = client.post(reverse("desk:fec"), said | {"file": "journal"})
        lines = b"".join(answer.streaming_content).decode().splitlines()

    assert answer.headers["Content-Disposition"] == 'attachment; filename="732829320FEC20261231.txt"'
    assert (lines[0].split("\t")[:3], len(lines)) == (["JournalCode", "JournalLib", "EcritureNum"], 4)
    assert FecNumber.objects.get().number == 1
    assert journal.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "411;Clients;" in b"".join(journal.streaming_content).decode()


def test_an_empty_ledger_teaches():
    assert "No entry yet" in text_of(signed_in(), "entries")
