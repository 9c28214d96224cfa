"""Credits left elsewhere come in: money of an account that may be laid on its invoices here.

take over -> post, against the opening balance
"""

import datetime as dt
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, Unpack

from encaisse.flows.import_invoices import today_at
from encaisse.intake.operations import ImportReport, Kind, Order, Slice, Verdict, require_import, take_in
from encaisse.kernel.scope import Scope
from encaisse.ledger import operations as ledger
from encaisse.takeover.operations.credits import take_over_credits
from encaisse.takeover.rules.records import CREDIT_COLUMNS, CreditRow, read_credit

NAME: Final = "credits"


def import_credits(
    source: Path | BinaryIO,
    *,
    legal_entity_id: int,
    opened_on: dt.date | None = None,
    scope: Scope | None = None,
    **order: Unpack[Order],
) -> ImportReport:
    """What the file says is left of payments made elsewhere is on the accounts; the same again changes nothing.

    Their entries are of the opening journal, dated `opened_on`, today unless told. `scope` is the person's who asks; a
    command has none. Raises NotPermitted, NotFound, and what says that the file is no table of credits.
    """
    require_import(scope, legal_entity_id)
    today = today_at(legal_entity_id)
    kind = Kind(NAME, CREDIT_COLUMNS, partial(read_credit, today=today))

    def save(part: Slice[CreditRow]) -> list[Verdict]:
        taken = take_over_credits(part, legal_entity_id=legal_entity_id)
        for payment_id in taken.payment_ids:
            ledger.post_payment(payment_id, date=opened_on or today)
        return taken.verdicts

    return take_in(source, kind, save, **order)
