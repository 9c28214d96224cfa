"""Batches that are taken back."""

from django.db import transaction

from encaisse.intake.errors import ChangedByImport, UndoneAlready
from encaisse.intake.models import Batch, BatchState
from encaisse.kernel import events
from encaisse.kernel.scope import Actor


@transaction.atomic
def undo_batch(batch_id: int, *, actor: Actor, changes_too: bool = False) -> None:
    """The batch is undone: what it brought is its noun's to withdraw, in the same transaction.

    Raises UndoneAlready, and ChangedByImport when rows that were there before became what its records said, unless
    their noun takes back `changes_too`.
    """
    batch = Batch.objects.select_for_update().get(pk=batch_id)
    if batch.state == BatchState.UNDONE:
        raise UndoneAlready
    if batch.updated_count and not changes_too:
        raise ChangedByImport(count=batch.updated_count)
    Batch.objects.filter(pk=batch_id).update(state=BatchState.UNDONE)
    events.record("import.undone", "batch", batch_id, actor)
