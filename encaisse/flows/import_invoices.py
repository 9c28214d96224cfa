"""Invoices and credit notes made elsewhere come in: each is there under its own number, with what was paid of it.

    take over -> open (the opening entry of what was open) -> post what was paid elsewhere since -> lay both on their
    invoices

No VAT follows: the old system accounts for that of what it made.
"""

import datetime as dt
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, Unpack

from encaisse.allocation import operations as allocation
from encaisse.allocation.rules import Share
from encaisse.intake.operations import ImportReport, Kind, Order, Slice, Verdict, require_import, take_in
from encaisse.kernel import clock
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.ledger import operations as ledger
from encaisse.party.models import LegalEntity
from encaisse.takeover.operations.invoices import Laid, take_over_invoices
from encaisse.takeover.rules.records import INVOICE_COLUMNS, ElsewhereRow, read_invoice

NAME: Final = "invoices"


def import_invoices(
    source: Path | BinaryIO,
    *,
    legal_entity_id: int,
    opened_on: dt.date | None = None,
    scope: Scope | None = None,
    **order: Unpack[Order],
) -> ImportReport:
    """The invoices of the file are on their accounts, open as they were elsewhere; the same again changes nothing.

    Opening entries are dated `opened_on`, today unless told. A newer file says what was paid elsewhere since. `scope`
    is the person's who asks; a command has none. Raises NotPermitted, NotFound, and what says that the file is no table
    of invoices.
    """
    require_import(scope, legal_entity_id)
    today = today_at(legal_entity_id)
    kind = Kind(NAME, INVOICE_COLUMNS, partial(read_invoice, today=today), repeats=True, joined=True)

    def save(part: Slice[ElsewhereRow]) -> list[Verdict]:
        return _save(part, legal_entity_id, opened_on or today)

    return take_in(source, kind, save, **order)


def today_at(legal_entity_id: int) -> dt.date:
    """The day that it is for a legal entity. Raises NotFound."""
    entity = LegalEntity.objects.filter(pk=legal_entity_id).first()
    if entity is None:
        raise NotFound(noun="legal entity")
    return clock.today(entity.timezone)


def _save(part: Slice[ElsewhereRow], legal_entity_id: int, day: dt.date) -> list[Verdict]:
    taken = take_over_invoices(part, legal_entity_id=legal_entity_id, on=day)
    ledger.post_openings(taken.invoice_ids, date=day)
    for laid in taken.later:
        ledger.post_payment(laid.payment_id)
    allocation.lay_as_elsewhere([*map(_share, taken.openings), *map(_share, taken.later)], actor=part.actor)
    return taken.verdicts


def _share(laid: Laid) -> tuple[int, Share]:
    return laid.payment_id, Share(laid.invoice_id, laid.amount_minor)
