"""What became of an imported file, for people, machines and spreadsheets. Needs Django."""

import csv
import io
from collections.abc import Iterable
from gettext import gettext as _
from pathlib import Path
from typing import Any

from encaisse.cli import show
from encaisse.cli.files import write_lines
from encaisse.intake.operations import ImportReport
from encaisse.intake.rules import RowError, harmless
from encaisse.ui import import_words
from encaisse.ui.formats import number


def tell(report: ImportReport, *, shown: int, as_json: bool = False) -> None:
    """Say how many records came in, and the first errors of those that did not."""
    if as_json:
        show.answer_json(_plain(report))
        return
    counts = (
        (_("Created"), report.created),
        (_("Changed"), report.updated),
        (_("Unchanged"), report.unchanged),
        (_("Refused"), report.refused),
        (_("Warnings"), report.warned),
    )
    show.table([(label, number(count)) for label, count in counts], right=[1])
    show.section(_("Refused records"), [_line(error) for error in report.errors[:shown]], right=[0])
    if len(report.errors) > shown:
        more = _("and {count} more: --refused FILE writes all of them").format(
            count=len(report.errors) - shown
        )
        show.answer(f"  … {more}")
    show.section(_("Warnings"), [_line(each) for each in report.warnings[:shown]], right=[0])


def write(errors: Iterable[RowError], path: Path) -> None:
    """The file names every error: record, column, value, reason. Excel and LibreOffice read it."""
    headings = (_("Record"), _("Column"), _("Value"), _("Reason"))
    rows = [headings, *(_line(error) for error in errors)]
    write_lines(path, ("\ufeff" * (n == 0) + _written(row) for n, row in enumerate(rows)))


def _line(error: RowError) -> tuple[str, str, str, str]:
    return str(error.record), error.column, error.value, import_words.reason(error.code, error.facts)


def _written(row: tuple[str, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, delimiter=";", lineterminator="").writerow(map(harmless, row))
    return line.getvalue()


def _plain(report: ImportReport) -> dict[str, Any]:
    return report._asdict() | {"errors": _said(report.errors), "warnings": _said(report.warnings)}


def _said(errors: Iterable[RowError]) -> list[dict[str, Any]]:
    return [error._asdict() | {"reason": import_words.reason(error.code, error.facts)} for error in errors]
