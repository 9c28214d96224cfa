"""Tables for spreadsheets: the rows of a report as CSV or as a workbook of one sheet.

Source of the workbook's form: ECMA-376 (Office Open XML), part 1, inline strings and plain numbers only.
"""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final
from xml.sax.saxutils import escape

Cell = str | int | Decimal | None

_NAMESPACE: Final = "http://schemas.openxmlformats.org"
_MAIN: Final = f"{_NAMESPACE}/spreadsheetml/2006/main"
_RELATED: Final = f"{_NAMESPACE}/officeDocument/2006/relationships"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_PARTS: Final = {
    "[Content_Types].xml": f'<Types xmlns="{_NAMESPACE}/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": f'<Relationships xmlns="{_NAMESPACE}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_NAMESPACE}/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATED}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
    "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}">'
    '<sheets><sheet name="1" sheetId="1" r:id="rId1"/></sheets></workbook>',
}
# A text that begins so would be taken for a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
# A file of the same rows is the same file: entries of an archive are dated otherwise.
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)


def csv_file(rows: Iterable[Sequence[Cell]], *, comma: bool) -> bytes:
    """The rows as spreadsheets open them: with semicolons and a decimal `comma`, or with commas and a point."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=";" if comma else ",", lineterminator="\r\n")
    for row in rows:
        writer.writerow([_written(cell, comma=comma) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def workbook(rows: Iterable[Sequence[Cell]]) -> bytes:
    """The rows as one sheet of a workbook (.xlsx); numbers stay numbers."""
    lines = "".join(f"<row>{''.join(map(_cell, row))}</row>" for row in rows)
    sheet = f'<worksheet xmlns="{_MAIN}"><sheetData>{lines}</sheetData></worksheet>'
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in {**_PARTS, "xl/worksheets/sheet1.xml": sheet}.items():
            archive.writestr(zipfile.ZipInfo(name, _LONG_AGO), _HEAD + part, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _written(cell: Cell, *, comma: bool) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    return str(cell).replace(".", ",") if comma else str(cell)


def _cell(cell: Cell) -> str:
    if cell is None:
        return "<c/>"
    if isinstance(cell, str):
        kept = "".join(letter for letter in cell if letter >= " " or letter in "\t\n")
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(kept)}</t></is></c>'
    return f"<c><v>{cell}</v></c>"
