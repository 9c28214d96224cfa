"""What is written for spreadsheets is read back as it was."""

import datetime as dt
import io
import tracemalloc
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from encaisse.adapters import spreadsheet
from encaisse.adapters.errors import TooLongForAWorkbook
from encaisse.adapters.spreadsheet import Cell, Heading, Holds, csv_file, csv_lines, workbook, write_workbook
from encaisse.adapters.tabular import open_table

ROWS = [
    ["Nom", "Montant", "Lignes"],
    ["Café & Fils <1>", Decimal("-1234.50"), 3],
    ["=1+1", Decimal("0.00"), None],
]
HEADINGS = [Heading("Nom"), Heading("Le", Holds.DATE), Heading("Montant", Holds.AMOUNT)]


def test_a_workbook_keeps_texts_and_numbers() -> None:
    table = open_table(io.BytesIO(workbook(ROWS)))

    assert table.headings == ("Nom", "Montant", "Lignes")
    assert [list(record.cells.values()) for record in table.records()] == [
        ["Café & Fils <1>", Decimal("-1234.5"), Decimal(3)],
        ["=1+1", Decimal(0), ""],
    ]


def test_a_workbook_has_days_a_frozen_head_and_headings_of_one_name(tmp_path: Path) -> None:
    row = ["a", dt.date(2026, 3, 31), Decimal("0.1")]
    write_workbook(
        tmp_path / "a.xlsx", "Factures : mars", [*HEADINGS[:2], Heading("Nom", Holds.AMOUNT)], [row]
    )

    with (tmp_path / "a.xlsx").open("rb") as file:
        table = open_table(file)
        assert table.headings == ("Nom", "Le", "Nom (2)")
        (record,) = table.records()
    assert str(record.cells["Le"]).startswith("2026-03-31")
    assert record.cells["Nom (2)"] == Decimal("0.1")


def test_letters_that_no_workbook_holds_are_left_out() -> None:
    made = io.BytesIO()
    write_workbook(made, "[]", [Heading("Nom")], [["a\x01b" + "c" * 40_000]])

    (record,) = open_table(made).records()
    assert str(record.cells["Nom"]).startswith("abccc")


def test_a_workbook_says_when_a_sheet_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheet, "MOST_ROWS", 2)

    with pytest.raises(TooLongForAWorkbook):
        write_workbook(io.BytesIO(), "1", [Heading("n", Holds.NUMBER)], ([n] for n in range(3)))


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    def rows(count: int) -> Iterator[list[Cell]]:
        return (["Café", dt.date(2026, 3, 31), Decimal("1234.50")] for _ in range(count))

    tracemalloc.start()
    write_workbook(tmp_path / "a.xlsx", "1", HEADINGS, rows(20_000))
    for _ in csv_lines(HEADINGS, rows(20_000), comma=True):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 2_000_000


def test_csv_has_the_marks_of_its_reader_and_no_formula() -> None:
    assert csv_file(ROWS, comma=True).decode("utf-8-sig") == (
        "Nom;Montant;Lignes\r\nCafé & Fils <1>;-1234,50;3\r\n'=1+1;0,00;\r\n"
    )
    assert csv_file(ROWS, comma=False).decode("utf-8-sig").splitlines()[1] == "Café & Fils <1>,-1234.50,3"
    day = csv_lines(HEADINGS, [["a", dt.date(2026, 3, 31), None]], comma=True)
    assert b"".join(day).decode("utf-8-sig").splitlines()[1] == "a;31/03/2026;"
