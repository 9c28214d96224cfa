"""The ledger under attack by raw SQL: what is booked stays, balances, and goes with its piece."""

import pytest
from django.db import connection

from encaisse.flows.take_payment import take_payment
from encaisse.ledger.models import Account
from encaisse.ledger.operations import number_entries
from tests.guards import Attack, assert_guarded, copied
from tests.makers import (
    CLERK,
    MARCH,
    make_account,
    make_approved_invoice,
    make_issued_invoice,
    make_payment,
)

ENTRY = """
    INSERT INTO ledger_entry (legal_entity_id, journal, kind, date, invoice_id, payment_id)
    VALUES ({entity}, 'VE', '{kind}', '2026-02-01', {invoice}, {payment});
"""


def entry(
    entity: str = "%(entity)s", kind: str = "invoice", invoice: str = "NULL", payment: str = "NULL"
) -> str:
    """SQL that makes the header of an entry."""
    return ENTRY.format(entity=entity, kind=kind, invoice=invoice, payment=payment)


def postings(*amounts: int, account: str = "%(chart)s", to: str = "currval('ledger_entry_id_seq')") -> str:
    """SQL that gives an entry its postings."""
    rows = ", ".join(f"({to}, {account}, {amount})" for amount in amounts)
    return f"INSERT INTO ledger_posting (entry_id, account_id, amount_minor) VALUES {rows};"


ISSUE = """
    UPDATE invoice_series SET last_number = last_number + 1, last_link = '\\x01' WHERE id = %(series)s;
    UPDATE invoice_invoice i SET state = 'issued', series_id = s.id, sequence = s.last_number, link = s.last_link,
           number = s.prefix || lpad(s.last_number::text, s.width, '0'), issue_date = s.last_issue_date,
           due_date = s.last_issue_date, issued_at = now()
      FROM invoice_series s WHERE s.id = %(series)s AND i.id = %(draft)s;
"""
PAYMENT = copied("payment_payment", "payment", origin_key=None)
RETURN = "UPDATE payment_payment SET state = 'returned' WHERE id = %(payment)s;"
A_RETURN = entry(kind="payment_return", payment="%(payment)s")
NUMBER = "INSERT INTO ledger_fecnumber VALUES (%(fresh)s, 2026, {}, %(entity)s)"
WHOLE = {"role": "encaisse_owner"}
LAID = """
    INSERT INTO allocation_allocation (payment_id, invoice_id, amount_minor, allocated_on, actor_kind, actor_label)
    VALUES (%(cheque)s, %(waiting)s, 1200, '2026-04-01', 'user', 'Camille');
"""


CLOSED = "UPDATE ledger_account SET is_closed = true WHERE id = %(closed)s;"


def mapping(kind: str, account: str, since: str) -> str:
    """SQL that posts something to an account from a day on."""
    return f"""INSERT INTO ledger_mapping (kind, method, account_id, valid_from, actor_kind, actor_label)
               VALUES ('{kind}', '', {account}, '{since}', 'user', 'Camille');"""


def collection(collected: int, posted: int, *, invoice: str = "%(waiting)s", tax: str = "%(tax)s") -> str:
    """SQL that makes an entry of collected VAT which says one amount and posts another."""
    return (
        entry(kind="vat_collected", invoice=invoice)
        + f"""INSERT INTO ledger_posting (entry_id, account_id, amount_minor)
              SELECT currval('ledger_entry_id_seq'), id, CASE code WHEN '44574' THEN {posted} ELSE -{posted} END
                FROM ledger_account WHERE code IN ('44571', '44574');
              INSERT INTO ledger_collectedvat (entry_id, invoice_tax_id, base_minor, tax_minor)
              VALUES (currval('ledger_entry_id_seq'), {tax}, {collected * 5}, {collected});"""
    )


ATTACKS = [
    Attack("entry_balances", A_RETURN + postings(100, -99)),
    Attack("entry_balances", A_RETURN + postings(0)),
    Attack("entry_balances", A_RETURN),
    Attack(
        "entry_balances",
        entry(invoice="%(draft)s") + postings(100, -100),
        refused_by="entry_books_what_is_issued",
    ),
    Attack("entry_gets_no_later_postings", postings(100, -100, to="%(entry)s")),
    Attack("entry_gets_no_later_postings", postings(100, -100, to="999999")),
    Attack("entry_has_the_piece_of_its_kind", entry(kind="payment") + postings(100, -100)),
    Attack(
        "entry_has_the_piece_of_its_kind",
        entry(invoice="%(invoice)s", payment="%(payment)s") + postings(1, -1),
        also=("entry_once_per_invoice", "entry_once_per_payment_and_kind"),
    ),
    Attack("entry_once_per_invoice", entry(invoice="%(invoice)s") + postings(100, -100)),
    Attack(
        "entry_once_per_payment_and_kind", entry(kind="payment", payment="%(payment)s") + postings(100, -100)
    ),
    Attack(
        "ledger_entry_references",
        entry(entity="999999", kind="payment_return", payment="%(payment)s") + postings(1, -1),
        also=("ledger_daysum_references",),
    ),
    Attack("ledger_entry_references", entry(kind="payment_return", payment="999999") + postings(1, -1)),
    Attack("ledger_entry_references", entry(invoice="999999") + postings(1, -1), also=("entry_balances",)),
    Attack("ledger_entry_append_only", "UPDATE ledger_entry SET date = '2026-02-01' WHERE id = %(entry)s"),
    Attack("ledger_entry_append_only", "DELETE FROM ledger_entry WHERE id = %(fresh)s"),
    Attack(
        "ledger_entry_append_only_whole",
        "TRUNCATE ledger_entry CASCADE",
        also=("ledger_fecnumber_append_only_whole",),
        refused_by="ledger_entry_append_only",
        **WHOLE,
    ),
    Attack(
        "ledger_posting_references",
        A_RETURN + postings(1, -1, account="999999"),
        also=("ledger_daysum_references",),
    ),
    Attack(
        "ledger_daysum_references",
        "INSERT INTO ledger_daysum (legal_entity_id, account_id, journal, date, postings, debit_minor, credit_minor)"
        " SELECT legal_entity_id, 999999, journal, date, 1, 1, 0 FROM ledger_daysum LIMIT 1",
    ),
    Attack(
        "ledger_vatsum_references",
        "INSERT INTO ledger_vatsum (legal_entity_id, date, source, kind, category, rate, account, taxes, base_minor,"
        " tax_minor, due_taxes, due_base_minor, due_minor, waiting_minor)"
        " SELECT 999999, date, source, kind, category, rate, account, 1, 1, 1, 1, 1, 1, 0 FROM ledger_vatsum LIMIT 1",
    ),
    Attack(
        "ledger_posting_append_only", "UPDATE ledger_posting SET amount_minor = 0 WHERE entry_id = %(entry)s"
    ),
    Attack("ledger_posting_append_only", "DELETE FROM ledger_posting WHERE entry_id = %(entry)s"),
    Attack(
        "ledger_posting_append_only_whole",
        "TRUNCATE ledger_posting",
        refused_by="ledger_posting_append_only",
        **WHOLE,
    ),
    Attack(
        "posting_foreign_memo_is_a_pair",
        A_RETURN + "INSERT INTO ledger_posting (entry_id, account_id, amount_minor, foreign_minor)"
        " SELECT currval('ledger_entry_id_seq'), %(chart)s, 0, 1 FROM generate_series(1, 2);",
    ),
    Attack("ledger_account_never_goes", "DELETE FROM ledger_account WHERE id = %(chart)s"),
    Attack(
        "ledger_account_never_goes_rekeyed",
        "UPDATE ledger_account SET id = 999999 WHERE id = %(chart)s",
        refused_by="ledger_account_never_goes",
    ),
    Attack(
        "ledger_account_never_goes_whole",
        "TRUNCATE ledger_account",
        refused_by="ledger_account_never_goes",
        **WHOLE,
    ),
    Attack(
        "ledger_fecnumber_append_only", "UPDATE ledger_fecnumber SET number = 9 WHERE entry_id = %(entry)s"
    ),
    Attack("ledger_fecnumber_append_only", "DELETE FROM ledger_fecnumber WHERE entry_id = %(entry)s"),
    Attack(
        "ledger_fecnumber_append_only_whole",
        "TRUNCATE ledger_fecnumber",
        refused_by="ledger_fecnumber_append_only",
        **WHOLE,
    ),
    Attack("fec_number_once_per_year", NUMBER.format(1)),
    Attack("fec_number_starts_at_one", NUMBER.format(0)),
    Attack("invoice_issued_with_its_entry", ISSUE),
    Attack("vat_collected_as_settled", LAID),
    Attack("vat_collected_as_settled", LAID + collection(201, 201)),
    Attack("vat_collected_as_settled", collection(200, 200)),
    Attack("vat_collected_as_settled", LAID + collection(200, 199), refused_by="vat_collected_is_posted"),
    Attack("settled_vat_is_checked", LAID, refused_by="vat_collected_as_settled"),
    Attack("collected_vat_is_checked", collection(200, 200), refused_by="vat_collected_as_settled"),
    Attack(
        "collected_vat_joins_a_new_entry",
        "INSERT INTO ledger_collectedvat (entry_id, invoice_tax_id, base_minor, tax_minor)"
        " VALUES (%(collected)s, %(tax)s, 500, 100)",
    ),
    Attack(
        "collected_vat_joins_a_new_entry",
        entry(kind="vat_collected", invoice="%(invoice)s")
        + postings(0, 0)
        + "INSERT INTO ledger_collectedvat (entry_id, invoice_tax_id, base_minor, tax_minor)"
        " VALUES (currval('ledger_entry_id_seq'), %(tax)s, 0, 0)",
    ),
    Attack(
        "ledger_collectedvat_references",
        collection(200, 200, tax="999999"),
        also=("collected_vat_joins_a_new_entry", "vat_collected_as_settled"),
    ),
    Attack("ledger_collectedvat_append_only", "UPDATE ledger_collectedvat SET tax_minor = 0"),
    Attack("ledger_collectedvat_append_only", "DELETE FROM ledger_collectedvat"),
    Attack("closed_account_takes_no_posting", CLOSED + A_RETURN + postings(1, -1, account="%(closed)s")),
    Attack(
        "account_closes_nil",
        "UPDATE ledger_account SET is_closed = true WHERE id = %(chart)s AND code = '411'",
    ),
    Attack(
        "mapping_begins_after_what_is_issued",
        mapping("receivable", "%(closed)s", "2026-01-31"),
    ),
    Attack(
        "mapping_begins_after_what_is_issued",
        CLOSED + mapping("receivable", "%(closed)s", "2036-01-01"),
        refused_by="mapping_names_an_open_account",
    ),
    Attack("mapping_names_what_its_kind_is_about", mapping("method", "%(closed)s", "2036-01-01")),
    Attack(
        "ledger_mapping_references",
        mapping("receivable", "999999", "2036-01-01"),
    ),
    Attack("ledger_mapping_append_only", "UPDATE ledger_mapping SET valid_from = '2030-01-01'"),
    Attack("ledger_mapping_append_only", "DELETE FROM ledger_mapping"),
    Attack("payment_recorded_with_its_entry", PAYMENT),
    Attack("payment_returned_with_its_entry", RETURN, refused_by="payment_recorded_with_its_entry"),
]


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """An invoice whose entry has its official number, a draft, a payment whose entry has none yet, and another
    account's invoice whose VAT waits, of which a part was collected.
    """
    account = make_account()
    invoice = make_issued_invoice(account)
    number_entries(legal_entity_id=account.legal_entity_id, year=2026)
    payment = make_payment(account)
    booked = invoice.entries.get()
    waiting = make_issued_invoice(deferred=["service"])
    first = {
        "method": "transfer",
        "amount_minor": 2400,
        "currency": "EUR",
        "received_on": MARCH,
        "reference": "",
    }
    take_payment(actor=CLERK, account_id=waiting.account_id, **first)
    with connection.cursor() as cursor:
        cursor.execute(mapping("receivable", str(Account.objects.get(code="411").pk), "2035-01-01"))
    return {
        "closed": Account.objects.get(code="416").pk,
        "waiting": waiting.pk,
        "tax": waiting.taxes.get().pk,
        "collected": waiting.entries.get(kind="vat_collected").pk,
        "cheque": make_payment(waiting.account, 12_00, method="cheque").pk,
        "entity": account.legal_entity_id,
        "invoice": invoice.pk,
        "series": invoice.series_id,
        "draft": make_approved_invoice(account).pk,
        "payment": payment.pk,
        "entry": booked.pk,
        "fresh": payment.entries.get().pk,
        "chart": booked.postings.first().account_id,
    }
