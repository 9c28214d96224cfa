"""Deposits held elsewhere come in: asked for and held at once, outside what their customers owe.

take over -> post, on 165 against the opening balance
"""

import datetime as dt
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, Unpack

from encaisse.flows.import_invoices import today_at
from encaisse.intake.operations import ImportReport, Kind, Order, Slice, Verdict, require_import, take_in
from encaisse.kernel.scope import Scope
from encaisse.ledger import operations as ledger
from encaisse.takeover.operations.deposits import take_over_deposits
from encaisse.takeover.rules.deposits import DEPOSIT_COLUMNS, DepositRow, read_deposit

NAME: Final = "deposits"


def import_deposits(
    source: Path | BinaryIO,
    *,
    legal_entity_id: int,
    opened_on: dt.date | None = None,
    scope: Scope | None = None,
    **order: Unpack[Order],
) -> ImportReport:
    """What the file says is held elsewhere is held here; the same again changes nothing.

    Their entries are of the opening journal, dated `opened_on`, today unless told. `scope` is the person's who asks; a
    command has none. Raises NotPermitted, NotFound, and what says that the file is no table of deposits.
    """
    require_import(scope, legal_entity_id)
    day = opened_on or today_at(legal_entity_id)

    def save(part: Slice[DepositRow]) -> list[Verdict]:
        taken = take_over_deposits(part, legal_entity_id=legal_entity_id)
        for movement_id in taken.movement_ids:
            ledger.post_movement(movement_id, date=day)
        return taken.verdicts

    return take_in(source, deposit_kind(legal_entity_id), save, **order)


def deposit_kind(legal_entity_id: int) -> Kind[DepositRow]:
    """What a file of deposits holds: none was received on a day that is still to come. Raises NotFound."""
    return Kind(NAME, DEPOSIT_COLUMNS, partial(read_deposit, today=today_at(legal_entity_id)))
