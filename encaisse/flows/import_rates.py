"""A file of exchange rates comes in: each good record is a rate of its day with its source, each bad one has its
reasons."""

from pathlib import Path
from typing import BinaryIO, Final, Unpack

from encaisse.currency.operations import record_rates
from encaisse.currency.rules import RATE_COLUMNS, Told, read_rate
from encaisse.intake.operations import ImportReport, Kind, Order, Slice, Verdict, require_import, take_in
from encaisse.kernel.scope import Scope

RATES: Final = Kind[Told]("rates", RATE_COLUMNS, read_rate, repeats=True)


def import_rates(
    source: Path | BinaryIO, *, scope: Scope | None = None, **order: Unpack[Order]
) -> ImportReport:
    """The rates of the file are recorded; the same again changes nothing, another rate of a day is a newer record.

    Rates are shared by all legal entities: whoever sees only some may not bring any. A command has no `scope`.
    Raises NotPermitted, and what says that the file is no table of rates.
    """
    require_import(scope)

    def save(part: Slice[Told]) -> list[Verdict]:
        return list(record_rates(part.rows, actor=part.actor))

    return take_in(source, RATES, save, **order)
