"""What became of a file, for pages: its records by outcome, its errors and its warnings, each with a way out."""

from collections.abc import Iterable
from typing import Protocol

from django.utils.translation import gettext as _

from encaisse.intake.rules import RowError
from encaisse.ui import import_words
from encaisse.ui.lists import Column, Kind, Table
from encaisse.ui.shapes import Figure, Tone


class Counts(Protocol):
    """Records by outcome."""

    @property
    def created(self) -> int:
        """New ones."""

    @property
    def updated(self) -> int:
        """Those that changed what was there."""

    @property
    def unchanged(self) -> int:
        """Those that said nothing new."""

    @property
    def refused(self) -> int:
        """Those that did not come in."""

    @property
    def warned(self) -> int:
        """Those that somebody should look at."""


def errors(rows: Iterable[RowError]) -> Table:
    """What is wrong with records, one error a line."""
    return Table(error_columns(), tuple(rows), name="errors", caption=_("Refused records"))


def warnings(rows: Iterable[RowError]) -> Table:
    """What somebody should look at, though it came in."""
    return Table(error_columns(), tuple(rows), name="warnings", caption=_("Warnings"))


def error_columns() -> tuple[Column, ...]:
    """The record, the column, the value, the reason and the way out."""
    return (
        Column("record", _("Record number"), Kind.NUMBER),
        Column("column", _("Column")),
        Column("value", _("What it says")),
        Column("code", _("Why"), show=lambda row: import_words.reason(row.code, row.facts)),
        Column("facts", _("What to do"), show=lambda row: import_words.way_out(row.code, row.facts)),
    )


def figures(counts: Counts) -> tuple[Figure, ...]:
    """How many records of each outcome."""
    tone = Tone.BAD if counts.refused else Tone.DRAFT
    return (
        Figure(_("Created"), counts.created),
        Figure(_("Changed"), counts.updated),
        Figure(_("Unchanged"), counts.unchanged),
        Figure(_("Refused"), counts.refused, note=_("see below why") if counts.refused else "", tone=tone),
        Figure(
            _("Warnings"),
            counts.warned,
            note=_("taken in all the same") if counts.warned else "",
            tone=Tone.WARN if counts.warned else Tone.DRAFT,
        ),
    )
