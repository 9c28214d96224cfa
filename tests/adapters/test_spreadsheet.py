"""What is written for spreadsheets is read back as it was."""

import io
from decimal import Decimal

from encaisse.adapters.spreadsheet import csv_file, workbook
from encaisse.adapters.tabular import open_table

ROWS = [
    ["Nom", "Montant", "Lignes"],
    ["Café & Fils <1>", Decimal("-1234.50"), 3],
    ["=1+1", Decimal("0.00"), None],
]


def test_a_workbook_keeps_texts_and_numbers() -> None:
    table = open_table(io.BytesIO(workbook(ROWS)))

    assert table.headings == ("Nom", "Montant", "Lignes")
    assert [list(record.cells.values()) for record in table.records()] == [
        ["Café & Fils <1>", Decimal("-1234.5"), Decimal(3)],
        ["=1+1", Decimal(0), ""],
    ]


def test_a_workbook_of_the_same_rows_is_the_same_file() -> None:
    assert workbook(ROWS) == workbook(ROWS)


def test_csv_has_the_marks_of_its_reader_and_no_formula() -> None:
    assert csv_file(ROWS, comma=True).decode("utf-8-sig") == (
        "Nom;Montant;Lignes\r\nCafé & Fils <1>;-1234,50;3\r\n'=1+1;0,00;\r\n"
    )
    assert csv_file(ROWS, comma=False).decode("utf-8-sig").splitlines()[1] == "Café & Fils <1>,-1234.50,3"
