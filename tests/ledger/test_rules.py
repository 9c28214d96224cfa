"""The chart, and how a line of the FEC is written."""

import datetime as dt

from encaisse.ledger.models import Journal
from encaisse.ledger.rules import (
    CHART,
    FEC_COLUMNS,
    JOURNAL_NAMES,
    RECEIVABLE,
    TILLS,
    FecPosting,
    fec_header,
    fec_line,
    fec_name,
)
from encaisse.payment.models import Method

SALE = FecPosting(
    journal="VE",
    number=12,
    date=dt.date(2026, 1, 31),
    account="411",
    account_name="Clients",
    billing_account="B00007",
    customer="Société Générale d’Exemple",
    piece="F2026-000012",
    piece_date=dt.date(2026, 1, 31),
    kind="invoice",
    party="Société Générale d’Exemple",
    amount_minor=33_499,
    currency="EUR",
    valid_on=dt.date(2026, 2, 1),
    foreign_minor=None,
    foreign_currency="",
)


def test_the_columns_stand_in_the_legal_order() -> None:
    assert fec_header().split("\t") == [
        "JournalCode", "JournalLib", "EcritureNum", "EcritureDate", "CompteNum", "CompteLib", "CompAuxNum",
        "CompAuxLib", "PieceRef", "PieceDate", "EcritureLib", "Debit", "Credit", "EcritureLet", "DateLet",
        "ValidDate", "Montantdevise", "Idevise",
    ]  # fmt: skip


def test_a_debit_is_written_with_a_decimal_comma_and_no_sign() -> None:
    assert fec_line(SALE).split("\t") == [
        "VE", "Ventes", "12", "20260131", "411", "Clients", "B00007", "Société Générale d’Exemple",
        "F2026-000012", "20260131", "Facture F2026-000012 Société Générale d’Exemple", "334,99", "0,00", "", "",
        "20260201", "", "",
    ]  # fmt: skip


def test_a_credit_stands_in_its_own_column() -> None:
    line = fec_line(SALE._replace(amount_minor=-5_583, account="44571", kind="credit_note")).split("\t")

    assert line[10].startswith("Avoir ")
    assert line[11:13] == ["0,00", "55,83"]


def test_the_currency_decides_the_decimals_and_the_foreign_amount_keeps_its_sign() -> None:
    line = fec_line(
        SALE._replace(foreign_minor=-1_234, foreign_currency="TND", amount_minor=5, currency="XOF")
    )

    assert line.split("\t")[11:13] == ["5", "0"]
    assert line.split("\t")[16:] == ["-1,234", "TND"]


def test_a_name_never_shifts_the_columns() -> None:
    line = fec_line(SALE._replace(customer="A\tB\r\nC", party="A\tB\r\nC"))

    assert len(line.split("\t")) == len(FEC_COLUMNS) == 18
    assert "\n" not in line
    assert line.split("\t")[7] == "A B C"


def test_the_file_bears_its_legal_name() -> None:
    assert fec_name("732829320", 2026) == "732829320FEC20261231.txt"


def test_everything_that_is_posted_to_is_in_the_chart_once() -> None:
    codes = [account.code for account in CHART]

    assert len(codes) == len(set(codes))
    assert {RECEIVABLE, "44571", "706", "707", "7085"} <= set(codes)
    assert {till.account for till in TILLS.values()} <= set(codes)


def test_every_method_has_its_till_and_every_journal_its_name() -> None:
    assert TILLS.keys() == set(Method.values)
    assert JOURNAL_NAMES.keys() == set(Journal.values)
