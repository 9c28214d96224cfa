"""An import is taken back whole: what it brought is withdrawn and what it changed put back, unless it is used."""

from collections.abc import Callable
from typing import Final, NamedTuple

from django.db import transaction

from encaisse.flows.undo_takeover import undo_takeover
from encaisse.insight.queries.uses import Use, uses_of_changes, uses_of_contracts, uses_of_customers
from encaisse.intake import queries
from encaisse.intake.errors import UndoUnknown, UsedAlready
from encaisse.intake.operations.undo import undo_batch
from encaisse.kernel import sql
from encaisse.kernel.scope import Actor, Scope
from encaisse.party.operations.restore import restore_customers
from encaisse.party.operations.withdraw import withdraw_customers
from encaisse.subscription.operations.withdraw import withdraw_contracts


class Undo(NamedTuple):
    """How what files of a kind brought is taken back: what uses it, unless its withdrawal looks itself, and that.

    `takes_back_changes` when the withdrawal also undoes what the file changed of rows that were there before.
    """

    uses: Callable[[int], list[Use]] | None
    withdraw: Callable[..., int]
    takes_back_changes: bool = False


def _take_back_customers(batch_id: int, *, actor: Actor) -> int:
    return withdraw_customers(batch_id, actor=actor) + restore_customers(batch_id, actor=actor)


# Offers, prices and events of usage never change nor go: what they said wrong is said right by later ones.
UNDOES: Final = {
    "customers": Undo(
        lambda batch_id: uses_of_customers(batch_id) + uses_of_changes(batch_id),
        _take_back_customers,
        takes_back_changes=True,
    ),
    "contracts": Undo(uses_of_contracts, withdraw_contracts),
    # What came from elsewhere looks itself at what was done with it since: it is paid, sent and booked like ours.
    "invoices": Undo(None, undo_takeover, takes_back_changes=True),
    "credits": Undo(None, undo_takeover, takes_back_changes=True),
}


@transaction.atomic
def undo_import(scope: Scope, batch_id: int) -> int:
    """What the import brought is withdrawn, hidden everywhere and never deleted; what it changed is as it was before.

    Returns how many rows. All or nothing. Billing waits for it, some seconds at most. Raises NotFound, NotPermitted,
    UndoneAlready, UndoUnknown for a kind that is never taken back, ChangedByImport, ChangedSince, and UsedAlready or
    UsedSince, which name the first row or use.
    """
    scope.require("import")
    batch = queries.batch(scope, batch_id)
    undo = UNDOES.get(batch.kind)
    if undo is None:
        raise UndoUnknown(kind=batch.kind)
    undo_batch(batch_id, actor=scope.actor, changes_too=undo.takes_back_changes)
    sql.execute("flows", "hold_still")
    for use in undo.uses(batch_id) if undo.uses else ():
        raise UsedAlready(noun=use.noun, count=use.rows, example=use.example)
    return undo.withdraw(batch_id, actor=scope.actor)
