"""The deposit held elsewhere that a record of an imported table describes."""

import datetime as dt
from typing import Final, NamedTuple

from encaisse.intake.rules import Column, Columns, Reading, Record, RowError, parse_text
from encaisse.takeover.rules.records import CREDIT_COLUMNS, CreditRow, read_credit

DEPOSIT_COLUMNS: Final = (
    *CREDIT_COLUMNS,
    Column("template", ("Modèle", "Modèle de dépôt", "Template"), required=True),
)


class DepositRow(NamedTuple):
    """What is held of an account elsewhere, and the template by whose name it is asked for here."""

    held: CreditRow
    template: str

    @property
    def reference(self) -> str:
        """What it is called elsewhere."""
        return self.held.reference


def read_deposit(record: Record, columns: Columns, *, today: dt.date) -> DepositRow | list[RowError]:
    """The deposit of a record whose columns were matched with DEPOSIT_COLUMNS, or all its errors."""
    held = read_credit(record, columns, today=today)
    reading = Reading(record, columns)
    template = reading.required("template", parse_text, "")
    if isinstance(held, list):
        return [*held, *reading.errors]
    return reading.errors or DepositRow(held, template)
