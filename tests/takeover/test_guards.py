"""What was made elsewhere under attack by raw SQL: it stays as it came, apart from our series, sales and chain."""

import datetime as dt

import pytest

from encaisse.flows.import_credits import import_credits
from encaisse.flows.import_invoices import import_invoices
from encaisse.invoice.models import Invoice, Series
from encaisse.kernel.scope import Actor
from encaisse.ledger.operations import install_chart
from encaisse.party.models import LegalEntity
from encaisse.payment.models import Payment
from tests.flows.files import csv
from tests.guards import Attack, assert_guarded, copied
from tests.makers import make_account, make_entity, make_issued_invoice, make_payment

FREEZE = "invoice_frozen_once_brought_in"
ORIGIN = """
    INSERT INTO takeover_origin (invoice_id, content_hash, lines)
    VALUES (currval('invoice_invoice_id_seq'), '', '[]');
"""
NEWEST = "currval('invoice_invoice_id_seq')"


def opening(invoice: str, minor: int, *, kind: str = "opening") -> str:
    """SQL that opens an invoice, or undoes it."""
    return f"""
        INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, invoice_id)
        SELECT legal_entity_id, 'AN', '{kind}', '2026-07-01', id FROM invoice_invoice WHERE id = {invoice};
        INSERT INTO ledger_posting (entry_id, account_id, billing_account_id, amount_minor)
        SELECT currval('ledger_entry_id_seq'), a.id, CASE a.code WHEN '411' THEN i.account_id END,
               CASE a.code WHEN '411' THEN {minor} ELSE -({minor}) END
          FROM ledger_account a, invoice_invoice i WHERE a.code IN ('411', '890') AND i.id = {invoice};
    """


def another(number: str = "X-1", **changes: object) -> str:
    """SQL that brings in another invoice like the open one of the story."""
    return copied("invoice_invoice", "open", number=number, **changes)


def paid(method: str, *, entry: str = "payment", state: str = "received") -> str:
    """SQL that records a payment like one of the story's, with an entry."""
    return (
        copied("payment_payment", "payment", method=method, state=state)
        + f"""
        INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, payment_id)
        SELECT legal_entity_id, 'BQ', '{entry}', received_on, id
          FROM payment_payment WHERE id = currval('payment_payment_id_seq');
        INSERT INTO ledger_posting (entry_id, account_id, amount_minor)
        SELECT currval('ledger_entry_id_seq'), id, 0 FROM ledger_account WHERE code IN ('411', '890');
        """
    )


def settled(
    invoice: str, payment: str = "currval('payment_payment_id_seq')", in_opening: str = "false"
) -> str:
    """SQL that says of a payment that it settled an invoice elsewhere."""
    return f"""
        INSERT INTO takeover_settlement (payment_id, invoice_id, in_opening)
        VALUES ({payment}, {invoice}, {in_opening});
    """


def credit(payment: str = "currval('payment_payment_id_seq')") -> str:
    """SQL that says of a payment that it is a credit from elsewhere."""
    return f"INSERT INTO takeover_credit (payment_id, reference, content_hash) VALUES ({payment}, 'RG', '');"


WITHDRAW = "UPDATE invoice_invoice SET state = 'withdrawn' WHERE id = %(open)s;"
SALE = """
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, invoice_id)
    SELECT legal_entity_id, 'VE', 'invoice', issue_date, id FROM invoice_invoice WHERE id = %(open)s;
    INSERT INTO ledger_posting (entry_id, account_id, amount_minor)
    SELECT currval('ledger_entry_id_seq'), id, 0 FROM ledger_account WHERE code IN ('411', '890');
"""
ATTACKS = [
    Attack(FREEZE, "UPDATE invoice_invoice SET number = 'X-2' WHERE id = %(open)s"),
    Attack(FREEZE, "UPDATE invoice_invoice SET due_date = '2027-01-01' WHERE id = %(open)s"),
    Attack(FREEZE, "UPDATE invoice_invoice SET gross_minor = 1, net_minor = 1, tax_minor = 0, payable_minor = 1,"
           " acc_gross_minor = 1, acc_net_minor = 1, acc_tax_minor = 0 WHERE id = %(open)s",
           also=("invoice_content_frozen",)),
    Attack("invoice_invoice_begins", another(state="withdrawn", number="X-2") + ORIGIN,
           also=("invoice_of_elsewhere_is_opened",)),
    Attack("invoice_in_a_series_iff_issued_here", another(series_id=1, sequence=7, link="\\x01") + ORIGIN
           + opening(NEWEST, 12_000)),
    Attack("invoice_in_a_series_iff_issued_here", another(state="approved", number=None, issued_at=None) + ORIGIN
           + opening(NEWEST, 12_000)),
    Attack("invoice_in_a_series_iff_issued_here",
           "UPDATE invoice_invoice SET state = 'withdrawn' WHERE id = %(ours)s",
           also=("invoice_frozen_once_issued",)),
    Attack("invoice_made_elsewhere_once_per_number", another("VT-1") + ORIGIN + opening(NEWEST, 12_000)),
    Attack("invoice_number_is_not_of_a_series", another("F2026-000007") + ORIGIN + opening(NEWEST, 12_000)),
    Attack("invoice_number_is_not_of_a_series", another("F2026-1234567") + ORIGIN + opening(NEWEST, 12_000)),
    Attack("series_gives_no_number_of_elsewhere",
           copied("invoice_series", "series", period="2025", prefix="F2025-", last_number=0, last_issue_date=None,
                  last_link=""), refused_by="invoice_number_is_not_of_a_series"),
    Attack("invoice_made_elsewhere_has_its_origin", another() + opening(NEWEST, 12_000)),
    Attack("origin_is_of_elsewhere",
           "INSERT INTO takeover_origin (invoice_id, content_hash, lines) VALUES (%(ours)s, '', '[]')"),
    # What is open of it is opened, once, and it is never a sale.
    Attack("invoice_of_elsewhere_is_opened", another() + ORIGIN, refused_by="opening_is_what_was_open"),
    Attack("opening_is_what_was_open", opening("%(paid)s", 1)),
    Attack("opening_is_what_was_open", opening("%(ours)s", 12_000)),
    Attack("opening_is_what_was_open", another() + ORIGIN + opening(NEWEST, 11_999),
           also=("invoice_of_elsewhere_is_opened",)),
    Attack("opening_once_per_invoice_and_kind", opening("%(open)s", 0)),
    Attack("entry_balances", SALE, refused_by="entry_books_what_is_issued"),
    Attack("settlement_is_left_out_of_its_opening", paid("external") + settled("%(open)s", in_opening="true"),
           refused_by="opening_is_what_was_open"),
    Attack("invoice_of_elsewhere_is_closed", WITHDRAW, refused_by="opening_is_what_was_open"),
    Attack("opening_is_what_was_open", opening("%(open)s", -12_000, kind="opening_withdrawn")),
    # What settled it, and what was left.
    Attack("settlement_in_opening_once", paid("external") + settled("%(part)s", in_opening="true"),
           also=("settlement_is_left_out_of_its_opening",)),
    Attack("payment_of_elsewhere_is_told", paid("external")),
    Attack("payment_of_elsewhere_is_told", paid("carried")),
    Attack("settlement_fits_its_invoice", paid("transfer") + settled("%(open)s")),
    Attack("settlement_fits_its_invoice", paid("external") + settled("%(ours)s")),
    Attack("settlement_fits_its_invoice", paid("external") + settled("%(note)s")),
    Attack("settlement_fits_its_invoice", paid("external") + settled("%(others)s")),
    Attack("credit_was_carried", credit("%(payment)s")),
    Attack("payment_withdrawn_came_from_elsewhere",
           "UPDATE payment_payment SET state = 'withdrawn' WHERE id = %(payment)s;",
           also=("payment_returned_with_its_entry",)),
    Attack("payment_returned_with_its_entry",
           "UPDATE payment_payment SET state = 'withdrawn' WHERE id = %(carried)s;",
           refused_by="payment_recorded_with_its_entry"),
]  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """Invoices of an account made elsewhere, one open, one settled there in part and one in whole, a credit note and a
    credit from there; another account's; and an invoice and a payment of ours."""
    install_chart()
    entity = make_entity()
    account = make_account(reference="C1", legal_entity=entity)
    make_account(reference="C2", legal_entity=entity)
    first = {
        "Code client": "C1",
        "Date": "15/03/2026",
        "Montant TTC": "120,00",
        "Réglé": "",
        "Type": "Facture",
    }
    _bring(
        entity,
        first | {"Numéro": "VT-1"},
        first | {"Numéro": "VT-2", "Réglé": "20,00"},
        first | {"Numéro": "VT-3", "Réglé": "120,00"},
        first | {"Numéro": "AV-1", "Type": "Avoir"},
        first | {"Numéro": "VT-4", "Code client": "C2"},
        first | {"Numéro": "F2025-000041", "Date": "15/03/2025"},
    )
    ours = make_issued_invoice(account)
    keys = dict(Invoice.objects.values_list("number", "pk"))
    return {
        "open": keys["VT-1"],
        "part": keys["VT-2"],
        "paid": keys["VT-3"],
        "note": keys["AV-1"],
        "others": keys["VT-4"],
        "ours": ours.pk,
        "series": Series.objects.get(legal_entity=entity).pk,
        "payment": make_payment(account).pk,
        "carried": Payment.objects.get(method="carried").pk,
    }


def _bring(entity: LegalEntity, *invoices: dict[str, str]) -> None:
    who = {
        "legal_entity_id": entity.pk,
        "opened_on": dt.date(2026, 7, 1),
        "actor": Actor("command", None, ""),
    }
    # A prefix that was another's until today: what it gave then is no number of ours yet.
    LegalEntity.objects.filter(pk=entity.pk).update(invoice_prefix="G")
    import_invoices(csv(*invoices), file_name="factures.csv", **who)
    LegalEntity.objects.filter(pk=entity.pk).update(invoice_prefix="F")
    left = {"Référence": "RG-1", "Code client": "C1", "Date": "10/06/2026", "Non imputé": "50,00"}
    import_credits(csv(left), file_name="avances.csv", **who)
