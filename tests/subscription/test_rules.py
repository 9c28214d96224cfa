"""Periods, and contracts of an imported file."""

import datetime as dt
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.adapters.tabular import Record, open_table
from encaisse.catalog.rules.periods import Timing
from encaisse.intake.rules import match_columns, read_rows
from encaisse.subscription.rules import (
    CONTRACT_COLUMNS,
    ContractRow,
    Period,
    Price,
    RecurringItem,
    billed_through_boundary,
    boundary,
    periods_due,
    price_for,
    read_contract,
)

SAMPLES = Path(__file__).parents[2] / "samples"
DAY = dt.timedelta(days=1)
starts = st.dates(dt.date(2015, 1, 1), dt.date(2030, 12, 31))
lengths = st.sampled_from([1, 2, 3, 6, 12, 24])
timings = st.sampled_from(Timing)
gaps = st.integers(-800, 2000)


def item(start, **kept):
    kept = {"end_date": None, "months": 1, "timing": Timing.ADVANCE, "billed_through": start} | kept
    return RecurringItem(start_date=start, **kept)


def test_a_month_keeps_its_day_where_it_can():
    start = dt.date(2026, 1, 31)

    assert [boundary(start, 1, number) for number in range(1, 4)] == [
        dt.date(2026, 2, 28),
        dt.date(2026, 3, 31),
        dt.date(2026, 4, 30),
    ]
    assert boundary(dt.date(2024, 2, 29), 12, 1) == dt.date(2025, 2, 28)
    assert boundary(dt.date(2024, 2, 29), 12, 4) == dt.date(2028, 2, 29)


def test_in_advance_a_period_is_due_once_it_begins_before_the_cutoff():
    monthly = item(dt.date(2026, 9, 15))

    assert periods_due(monthly, dt.date(2026, 9, 15)) == []
    assert periods_due(monthly, dt.date(2026, 9, 16)) == [Period(dt.date(2026, 9, 15), dt.date(2026, 10, 15))]
    assert len(periods_due(monthly, dt.date(2026, 11, 16))) == 3


def test_in_arrears_a_period_is_due_once_it_is_over():
    monthly = item(dt.date(2026, 9, 15), timing=Timing.ARREARS)

    assert periods_due(monthly, dt.date(2026, 10, 14)) == []
    assert periods_due(monthly, dt.date(2026, 10, 15)) == [
        Period(dt.date(2026, 9, 15), dt.date(2026, 10, 15))
    ]


def test_what_is_billed_is_not_due_again():
    yearly = item(dt.date(2024, 6, 14), months=12, billed_through=dt.date(2026, 6, 14))

    assert periods_due(yearly, dt.date(2026, 6, 14)) == []
    assert periods_due(yearly, dt.date(2026, 6, 15)) == [Period(dt.date(2026, 6, 14), dt.date(2027, 6, 14))]


def test_a_contract_stops_with_its_last_whole_period():
    start, cutoff = dt.date(2026, 1, 1), dt.date(2026, 12, 31)

    assert len(periods_due(item(start, end_date=dt.date(2026, 4, 1)), cutoff)) == 3
    assert len(periods_due(item(start, end_date=dt.date(2026, 3, 31)), cutoff)) == 2


def test_a_date_from_elsewhere_becomes_the_boundary_that_it_stands_for():
    start, date = dt.date(2026, 1, 15), dt.date(2026, 10, 1)

    assert billed_through_boundary(start, 1, Timing.ADVANCE, date) == dt.date(2026, 10, 15)
    assert billed_through_boundary(start, 1, Timing.ARREARS, date) == dt.date(2026, 9, 15)
    assert billed_through_boundary(start, 12, Timing.ADVANCE, date) == dt.date(2027, 1, 15)
    for timing in Timing:
        assert billed_through_boundary(start, 1, timing, dt.date(2026, 10, 15)) == dt.date(2026, 10, 15)
        assert billed_through_boundary(start, 1, timing, dt.date(2020, 1, 1)) == start


@given(starts, lengths, timings, gaps, gaps)
def test_periods_follow_each_other_and_are_those_of_the_cutoff(start, months, timing, billed, cut):
    date, cutoff = start + billed * DAY, start + cut * DAY
    through = billed_through_boundary(start, months, timing, date)
    periods = periods_due(item(start, months=months, timing=timing, billed_through=through), cutoff)

    expected = []
    for number in range(200):
        period = Period(boundary(start, months, number), boundary(start, months, number + 1))
        is_due = period.until <= cutoff if timing == Timing.ARREARS else period.first < cutoff
        if is_due and period.first >= through:
            expected.append(period)
    assert periods == expected


@given(starts, lengths, timings, gaps, st.lists(st.integers(0, 400), min_size=1, max_size=4))
def test_many_runs_charge_what_one_run_would(start, months, timing, lasts, steps):
    ends = start + lasts * DAY if lasts > 0 else None
    once = item(start, end_date=ends, months=months, timing=timing)
    charged, cutoff, at = [], start, once
    for step in steps:
        cutoff += step * DAY
        due = periods_due(at, cutoff)
        charged += due
        at = at._replace(billed_through=due[-1].until) if due else at

    assert charged == periods_due(once, cutoff)
    assert all(before.until == after.first for before, after in zip(charged, charged[1:], strict=False))
    assert all(ends is None or period.until <= ends for period in charged)


@given(starts, lengths, gaps)
def test_the_boundary_in_advance_is_never_before_the_date_nor_more_than_a_period_after(start, months, gap):
    date = start + gap * DAY
    advance = billed_through_boundary(start, months, Timing.ADVANCE, date)
    arrears = billed_through_boundary(start, months, Timing.ARREARS, date)

    assert arrears <= advance
    assert date <= advance or gap < 0
    assert arrears <= max(date, start)
    assert (advance == arrears) == (gap <= 0 or advance == date)


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


def price(version_id, currency="EUR", valid_from=dt.date(2026, 1, 1)):
    return Price(version_id, 1, currency, valid_from, Decimal(10), 1, Timing.ADVANCE)


@pytest.mark.parametrize(
    ("currency", "on", "version_id"),
    [
        ("EUR", dt.date(2026, 3, 1), 1),
        ("EUR", dt.date(2026, 7, 1), 2),
        ("EUR", dt.date(2020, 1, 1), 1),
        ("XOF", dt.date(2026, 7, 1), 3),
        ("MAD", dt.date(2026, 7, 1), 2),
    ],
)
def test_the_price_is_that_of_the_day_in_the_accounts_currency_when_there_is_one(currency, on, version_id):
    prices = [price(1), price(2, valid_from=dt.date(2026, 7, 1)), price(3, "XOF")]

    assert price_for(prices, currency, on).version_id == version_id
