"""Files from strangers become records, or a typed refusal; never a crash, never a changed figure."""

import datetime as dt
import io
import json
import tracemalloc
import zipfile
from decimal import Decimal
from pathlib import Path

import pytest

from encaisse.adapters import workbooks
from encaisse.adapters.tables import (
    Cell,
    HeadingMissing,
    HeadingRepeated,
    Record,
    Table,
    TableTooLarge,
    TableUnreadable,
)
from encaisse.adapters.tabular import open_table

SAMPLES = Path(__file__).parents[2] / "samples"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def csv_table(text: str, encoding: str = "utf-8") -> Table:
    return open_table(io.BytesIO(text.encode(encoding)))


def rows(table: Table) -> list[list[Cell]]:
    return [list(record.cells.values()) for record in table.records()]


def workbook(sheet: str, styles: str = "") -> io.BytesIO:
    """The smallest workbook that holds these rows of sheet XML."""
    main = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = {
        "[Content_Types].xml": f'<Types xmlns="{_PACKAGE}/content-types"><Default Extension="xml" '
        f'ContentType="application/xml"/><Override PartName="/xl/workbook.xml" '
        f'ContentType="{main}.sheet.main+xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>',
        "xl/styles.xml": f'<styleSheet xmlns="{_MAIN}">{styles}</styleSheet>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{sheet}</sheetData></worksheet>',
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + content)
    return stream


def text_cell(position: str, text: str) -> str:
    return f'<c r="{position}" t="inlineStr"><is><t>{text}</t></is></c>'


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_separator_is_the_one_of_the_heading_line(separator):
    table = csv_table(
        separator.join(["Code", '"Nom; usuel, ou\tautre"', "Ville"]) + "\n1" + separator * 2 + "3\n"
    )

    assert table.headings == ("Code", "Nom; usuel, ou\tautre", "Ville")
    assert rows(table) == [["1", "", "3"]]


def test_a_single_column_needs_no_separator():
    assert rows(csv_table("Code\nA\nB")) == [["A"], ["B"]]


def test_quotes_separators_and_line_breaks_stay_in_their_field():
    table = csv_table('Code;Nom\r\n1;"Dupont; ""Fils"" & Cie"\r\n2;"12 rue Haute\n2e étage"\r\n')

    assert rows(table) == [["1", 'Dupont; "Fils" & Cie'], ["2", "12 rue Haute\n2e étage"]]


@pytest.mark.parametrize(
    ("encoding", "seen", "notes"),
    [
        ("utf-8", "utf-8", ()),
        ("utf-8-sig", "utf-8-sig", ()),
        ("utf-16", "utf-16", ()),
        ("cp1252", "cp1252", ("encoding_assumed",)),
    ],
)
def test_the_encoding_is_recognised_and_an_assumption_is_noted(encoding, seen, notes):
    table = csv_table("Échéance;Montant\nà réception;1\N{NO-BREAK SPACE}000,00 €\n", encoding)

    assert (table.encoding, table.notes) == (seen, notes)
    assert table.headings == ("Échéance", "Montant")
    assert rows(table) == [["à réception", "1\N{NO-BREAK SPACE}000,00 €"]]


def test_blank_records_are_counted_and_passed_over():
    table = csv_table("\nCode;Nom\n1;a\n\n;\n2;b\n")

    assert [(record.number, record.cells["Code"]) for record in table.records()] == [(2, "1"), (5, "2")]


def test_a_short_record_is_filled_and_a_long_one_says_so():
    table = csv_table("Code;Nom\n1\n2;b;;c\n")

    assert list(table.records()) == [
        Record(2, {"Code": "1", "Nom": ""}, extra=0),
        Record(3, {"Code": "2", "Nom": "b"}, extra=1),
    ]


def test_records_can_be_read_again_and_the_stream_stays_open():
    stream = io.BytesIO(b"Code\n1\n2\n")
    table = open_table(stream)
    first = table.records()
    next(first)
    del first

    assert rows(table) == rows(table) == [["1"], ["2"]]
    assert not stream.closed


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", TableUnreadable(reason="empty")),
        (b"\n ; \n", TableUnreadable(reason="empty")),
        (b"Code;Nom\n1;\x00", TableUnreadable(reason="not_text")),
        (b"Code;Nom\n1;\x81\xff", TableUnreadable(reason="encoding")),
        (b"\xef\xbb\xbfCode\n\xe9", TableUnreadable(reason="encoding")),
        (b'Code;Nom\n1;a\n2;"b\n3;c\n', TableUnreadable(reason="quotes", record=3)),
        (b'Code;Nom\n1;"b"c\n', TableUnreadable(reason="quotes", record=2)),
        (b"Code;Nom\n1;" + b"x" * 200_000, TableUnreadable(reason="quotes", record=2)),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", TableUnreadable(reason="old_excel")),
        (b"PK\x03\x04 nothing of the kind", TableUnreadable(reason="not_a_workbook")),
        (b"Code;;Nom\n", HeadingMissing(position=2)),
        (b"Code;Nom;CODE\n", HeadingRepeated(heading="CODE")),
        (b";".join(b"c%d" % i for i in range(501)), TableTooLarge(what="columns", limit=500)),
    ],
)
def test_what_is_no_table_is_refused_with_its_reason(content, refusal):
    with pytest.raises(type(refusal)) as refused:
        rows(open_table(io.BytesIO(content)))

    assert refused.value == refusal


def test_empty_headings_at_the_right_are_ignored():
    assert csv_table("Code;Nom;;\n1;a;;\n").headings == ("Code", "Nom")


def test_memory_does_not_grow_with_a_csv():
    def peak(records: int) -> int:
        stream = io.BytesIO(b"Code;Nom\n" + b"12345;un nom assez long pour compter\n" * records)
        tracemalloc.start()
        assert sum(1 for _ in open_table(stream).records()) == records
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(20_000) < 1.2 * peak(10_000)


def test_numbers_of_a_workbook_are_those_that_it_shows():
    sheet = (
        f'<row r="1">{text_cell("A1", "Prix")}{text_cell("B1", "Code")}</row>'
        '<row r="2"><c r="A2"><v>64.900000000000006</v></c><c r="B2"><v>280340639</v></c></row>'
        '<row r="3"><c r="A3"><v>2.3E-2</v></c><c r="B3"><v>1E+17</v></c></row>'
        '<row r="4"><c r="A4"><v>-0.1</v></c><c r="B4"><v>1200</v></c></row>'
    )

    values = rows(open_table(workbook(sheet)))

    assert values == [
        [Decimal("64.9"), Decimal("280340639")],
        [Decimal("0.023"), Decimal("100000000000000000")],
        [Decimal("-0.1"), Decimal("1200")],
    ]
    assert [str(value) for value in values[1]] == ["0.023", "100000000000000000"]


def test_text_of_a_workbook_stays_text_and_dates_are_dates():
    styles = (
        '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/>'
        '<xf numFmtId="22" applyNumberFormat="1"/></cellXfs>'
    )
    sheet = (
        f'<row r="1">{text_cell("A1", "Nom")}{text_cell("B1", "Date")}</row>'
        f'<row r="2">{text_cell("A2", "=HYPERLINK(&quot;x&quot;)")}<c r="B2" s="1"><v>46054</v></c></row>'
        f'<row r="3">{text_cell("A3", "0042")}<c r="B3" s="2"><v>46054.5</v></c></row>'
        f'<row r="5"><c r="A5" t="b"><v>1</v></c><c r="B5" s="2"><v>46054</v></c></row>'
    )

    table = open_table(workbook(sheet, styles))

    assert rows(table) == [
        ['=HYPERLINK("x")', dt.date(2026, 2, 1)],
        ["0042", "2026-02-01 12:00:00"],
        ["True", dt.date(2026, 2, 1)],
    ]
    assert [record.number for record in table.records()] == [2, 3, 5]


def test_the_sample_contracts_are_read_whole():
    with (SAMPLES / "contrats.xlsx").open("rb") as stream:
        records = list(open_table(stream).records())

    assert len(records) == 1587
    assert records[6].cells == {
        "Contrat": "K00007", "Code client": "C01582", "Offre": "FIBRE-PRO+TV", "Quantité": Decimal(1),
        "Début": dt.date(2025, 1, 25), "Fin": "", "Prix unitaire HT": Decimal("64.9"), "Remise %": Decimal(0),
    }  # fmt: skip


def test_the_sample_customers_are_read_whole_and_odd_names_stay_as_they_are():
    odd = {line["row"] for line in json.loads((SAMPLES / "faults.json").read_text())["not a fault"]}
    with (SAMPLES / "clients.csv").open("rb") as stream:
        table = open_table(stream)
        records = {record.number: record for record in table.records()}

    assert (table.encoding, len(records)) == ("cp1252", 2000)
    assert sorted(odd) == [1464, 1888, 1960]
    assert records[1960].cells["Raison sociale"] == '=HYPERLINK("x")'
    assert records[1464].cells["Raison sociale"] == 'Dupont; "Fils" & Cie'
    assert records[1888].cells["Adresse 1"] == "12 rue Haute\n2e étage"


def test_two_cells_far_apart_are_refused_before_they_take_all_memory():
    sheet = f'<row r="1">{text_cell("A1", "Nom")}</row><row r="1000000">{text_cell("XFD1000000", "x")}</row>'

    with pytest.raises(TableTooLarge) as refused:
        open_table(workbook(sheet))

    assert refused.value.what == "cells"


def test_a_bomb_is_refused_by_its_declared_size(monkeypatch):
    monkeypatch.setattr(workbooks, "MAX_UNZIPPED_BYTES", 1_000_000)
    stream = workbook(f'<row r="1">{text_cell("A1", " " * 1_000_000)}</row>')
    assert len(stream.getvalue()) < 10_000

    with pytest.raises(TableTooLarge) as refused:
        open_table(stream)

    assert refused.value == TableTooLarge(what="bytes", limit=1_000_000)


def test_a_lie_about_the_size_is_refused():
    content = workbook(f'<row r="1">{text_cell("A1", "Nom")}</row>' + '<row r="2"/>' * 5_000).getvalue()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        size = archive.getinfo("xl/worksheets/sheet1.xml").file_size
    lie = content.replace(size.to_bytes(4, "little"), (200).to_bytes(4, "little"))
    assert lie != content

    with pytest.raises(TableUnreadable) as refused:
        open_table(io.BytesIO(lie))

    assert refused.value.reason == "not_a_workbook"


def test_a_zip_that_is_no_workbook_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "no sheet here")

    with pytest.raises(TableUnreadable) as refused:
        open_table(stream)

    assert refused.value.reason == "not_a_workbook"
