"""Contracts of an imported file."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from encaisse.adapters.tables import Record
from encaisse.adapters.tabular import open_table
from encaisse.intake.rules import match_columns, read_rows
from encaisse.subscription.rules.records import CONTRACT_COLUMNS, ContractRow, read_contract

SAMPLES = Path(__file__).parents[2] / "samples"


def test_the_sample_contracts_are_all_sound():
    with (SAMPLES / "contrats.xlsx").open("rb") as stream:
        table = open_table(stream)
        columns = match_columns(table.headings, CONTRACT_COLUMNS)
        contracts = [row for _, row in read_rows(table.records(), columns, read_contract)]

    assert Counter(type(contract) for contract in contracts) == {ContractRow: 1587}
    assert contracts[4] == ContractRow(
        reference="K00005",
        customer="C00494",
        offer="MAINT-ANNUELLE",
        quantity=Decimal(5),
        start_date=dt.date(2026, 6, 14),
        end_date=dt.date(2027, 1, 1),
        unit_price=Decimal(1200),
        discount_percent=Decimal(0),
        billed_through=None,
    )
    assert {contract.unit_price for contract in contracts} == {
        Decimal("0.023"), Decimal(15), Decimal("49.9"), Decimal("64.9"), Decimal(1200),
    }  # fmt: skip


def read(**cells):
    sound = {"Contrat": "K1", "Code client": "C1", "Offre": "X", "Quantité": "1", "Début": "01/01/2026"}
    cells = sound | cells
    return read_contract(Record(2, cells), match_columns(list(cells), CONTRACT_COLUMNS))


def test_last_days_are_written_and_the_day_after_is_kept():
    contract = read(**{"Fin": "31/12/2026", "Facturé jusqu'au": "30/09/2026"})

    assert (contract.end_date, contract.billed_through) == (dt.date(2027, 1, 1), dt.date(2026, 10, 1))
    assert contract.unit_price is None


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("Fin", "31/12/2025", "ends_before_it_starts"),
        ("Quantité", "0", "number_out_of_range"),
        ("Quantité", "0,0000001", "number_out_of_range"),
        ("Prix unitaire HT", "-1", "number_out_of_range"),
        ("Prix unitaire HT", "0,0000001", "too_many_decimals"),
        ("Remise %", "101", "number_out_of_range"),
        ("Offre", "", "value_missing"),
    ],
)
def test_a_wrong_contract_is_refused_at_its_column(column, value, code):
    assert [(error.column, error.code) for error in read(**{column: value})] == [(column, code)]
