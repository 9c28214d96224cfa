"""A file of customers comes in: each good record is a customer with its account, each bad one has its reasons."""

from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, Unpack

from encaisse.intake.operations import ImportReport, Kind, Order, require_import, take_in
from encaisse.kernel.scope import Scope
from encaisse.party.operations.customers import save_customers
from encaisse.party.rules.duplicates import Duplicates
from encaisse.party.rules.records import CUSTOMER_COLUMNS, CustomerRow, read_customer

CUSTOMERS: Final = Kind[CustomerRow]("customers", CUSTOMER_COLUMNS, read_customer)


def import_customers(
    source: Path | BinaryIO,
    *,
    legal_entity_id: int,
    duplicates: Duplicates = Duplicates(),  # noqa: B008 - frozen
    scope: Scope | None = None,
    **order: Unpack[Order],
) -> ImportReport:
    """The customers of the file have their billing accounts at the legal entity; the same again changes nothing.

    Records that look like customers who are there under another code become what `duplicates` says.
    All or nothing is kept, except that records in error are left out, each with its reasons. `scope` is the
    person's who asks; a command has none.
    Raises NotPermitted, NotFound, and what says that the file is no table of customers.
    """
    require_import(scope, legal_entity_id)
    save = partial(save_customers, legal_entity_id=legal_entity_id, duplicates=duplicates)
    return take_in(source, CUSTOMERS, save, **order)
