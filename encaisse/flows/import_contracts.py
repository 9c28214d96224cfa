"""A file of contracts comes in: each good record is a contract of a customer that is there, each bad one has its
reasons. Customers and offers come in before."""

import datetime as dt
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, Unpack

from encaisse.intake.operations import ImportReport, Kind, Order, require_import, take_in
from encaisse.kernel.scope import Scope
from encaisse.subscription.operations.imports import save_contracts
from encaisse.subscription.rules.records import CONTRACT_COLUMNS, ContractRow, read_contract

CONTRACTS: Final = Kind[ContractRow]("contracts", CONTRACT_COLUMNS, read_contract)


def import_contracts(
    source: Path | BinaryIO,
    *,
    legal_entity_id: int,
    billed_through: dt.date | None = None,
    scope: Scope | None = None,
    **order: Unpack[Order],
) -> ImportReport:
    """The contracts of the file are those of the legal entity's accounts; the same again changes nothing.

    Everything before the day `billed_through` was billed elsewhere, unless a record says otherwise; without
    either, a new contract is billed from its first day on. `scope` is the person's who asks; a command has
    none. Raises NotPermitted, NotFound, and what says that the file is no table of contracts.
    """
    require_import(scope, legal_entity_id)
    save = partial(save_contracts, legal_entity_id=legal_entity_id, billed_through=billed_through)
    return take_in(source, CONTRACTS, save, **order)
