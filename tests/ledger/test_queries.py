"""The ledger as people see it."""

import datetime as dt

import pytest

from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Level
from encaisse.ledger.models import DaySum
from encaisse.ledger.operations import fold_day_sums, number_entries
from encaisse.ledger.queries.entries import (
    BalanceRow,
    PostingRow,
    Wanted,
    account_ledger,
    entries,
    entry,
    trial_balance,
)
from tests.makers import (
    MARCH,
    make_account,
    make_credit_note,
    make_customer,
    make_issued_invoice,
    make_payment,
    make_rep,
    make_scope,
)

pytestmark = pytest.mark.django_db
READER = make_scope("read_ledger")


def test_entries_come_latest_first_with_their_piece_and_their_amount() -> None:
    invoice = make_issued_invoice()
    payment = make_payment(invoice.account, 5_000)
    number_entries(legal_entity_id=invoice.legal_entity_id, year=2026)

    rows, total, _ = entries(READER)

    assert [(row.kind, row.piece, row.amount_minor, row.official_number) for row in rows] == [
        ("payment", "VIR 1", 5_000, 2),
        ("invoice", invoice.number, 12_000, 1),
    ]
    assert (rows[0].payment_id, rows[1].invoice_id, total) == (payment.pk, invoice.pk, 2)


@pytest.mark.parametrize(
    ("wanted", "kinds"),
    [
        (Wanted(journal="BQ"), ["payment"]),
        (Wanted(kind="invoice"), ["invoice"]),
        (Wanted(text="F2026-"), ["invoice"]),
        (Wanted(text="durand"), ["payment", "invoice"]),
        (Wanted(text="dupont"), []),
        (Wanted(date_from=MARCH, date_to=dt.date(2026, 4, 1)), ["payment"]),
    ],
)
def test_a_list_keeps_what_is_wanted(wanted: Wanted, kinds: list[str]) -> None:
    account = make_account(customer=make_customer(name="Durand"))
    make_issued_invoice(account)
    make_payment(account)

    rows, total, _ = entries(READER, wanted)

    assert [row.kind for row in rows] == kinds
    assert total == len(kinds)


def test_one_entry_shows_its_lines_in_order() -> None:
    invoice = make_issued_invoice()

    detail = entry(READER, invoice.entries.get().pk)

    assert detail.entry.piece == invoice.number
    assert detail.postings == (
        PostingRow(
            "411", "Clients", "Trade receivables", invoice.account_id, invoice.account.reference, 12_000
        ),
        PostingRow("706", "Prestations de services", "Sales of services", None, "", -10_000),
        PostingRow("44571", "TVA collectée", "Output VAT", None, "", -2_000),
    )


def test_the_trial_balance_is_balanced() -> None:
    invoice = make_issued_invoice()
    make_credit_note(make_issued_invoice(invoice.account, net="50"))
    make_payment(invoice.account, 5_000)

    rows = trial_balance(READER)

    assert [(row.code, row.debit_minor, row.credit_minor, row.balance_minor) for row in rows] == [
        ("411", 18_000, 11_000, 7_000),
        ("44571", 1_000, 3_000, -2_000),
        ("512", 5_000, 0, 5_000),
        ("706", 5_000, 15_000, -10_000),
    ]
    assert sum(row.balance_minor for row in rows) == 0


def test_an_account_runs_its_balance() -> None:
    invoice = make_issued_invoice()
    make_payment(invoice.account, 5_000)
    make_issued_invoice()

    movements, total = account_ledger(READER, "411", Wanted(account_id=invoice.account_id))

    assert [(move.piece, move.amount_minor, move.balance_minor) for move in movements] == [
        (invoice.number, 12_000, 12_000),
        ("VIR 1", -5_000, 7_000),
    ]
    assert total == 2
    assert account_ledger(READER, "411", Wanted(account_id=invoice.account_id), offset=1)[0] == movements[1:]


def test_an_account_that_is_not_in_the_chart_is_not_found() -> None:
    with pytest.raises(NotFound):
        account_ledger(READER, "999")


def test_a_rep_reads_the_entries_of_own_customers_only() -> None:
    rep = make_rep()
    own = make_issued_invoice(make_account(customer=make_customer(rep=rep)))
    other = make_issued_invoice()
    scope = make_scope("read_ledger", level=Level.OWN, rep_id=rep.pk)

    assert [row.invoice_id for row in entries(scope)[0]] == [own.pk]
    assert trial_balance(scope)[0] == BalanceRow("411", "Clients", "Trade receivables", "EUR", 12_000, 0)
    assert account_ledger(scope, "411")[1] == 1
    with pytest.raises(NotFound):
        entry(scope, other.entries.get().pk)


def test_a_role_of_one_entity_reads_its_entries_only() -> None:
    own, other = make_issued_invoice(), make_issued_invoice()
    scope = make_scope("read_ledger", entity_ids=frozenset({own.legal_entity_id}))

    assert [row.invoice_id for row in entries(scope)[0]] == [own.pk]
    assert entries(scope, Wanted(entity_id=other.legal_entity_id)) == ([], 0, False)


def test_the_ledger_is_for_those_who_may_read_it() -> None:
    scope = make_scope()

    for query in (
        entries,
        trial_balance,
        lambda scope: entry(scope, 1),
        lambda scope: account_ledger(scope, "411"),
    ):
        with pytest.raises(NotPermitted):
            query(scope)


def test_a_page_of_an_account_goes_on_from_the_balance_before_it() -> None:
    account = make_account()
    for day in (1, 1, 2, 3, 3):
        make_payment(account, 1_000 * day, received_on=dt.date(2026, 3, day), reference=f"VIR {day}")

    whole, total = account_ledger(READER, "512")
    pages = [account_ledger(READER, "512", offset=offset, limit=2) for offset in (0, 2, 4, 6)]

    assert total == 5
    assert [row.balance_minor for row in whole] == [1_000, 2_000, 4_000, 7_000, 10_000]
    assert [row for rows, _ in pages for row in rows] == whole
    assert {total for _, total in pages} == {5}
    dated = Wanted(date_from=dt.date(2026, 3, 2), date_to=dt.date(2026, 3, 3))
    assert [row.balance_minor for row in account_ledger(READER, "512", dated)[0]] == [2_000]


def test_sums_of_a_day_are_folded_and_mean_the_same() -> None:
    account = make_account()
    for _ in range(3):
        make_payment(account, 1_000)
    before = trial_balance(READER)

    fold_day_sums()

    assert trial_balance(READER) == before
    assert DaySum.objects.filter(account__code="512").get().postings == 3
