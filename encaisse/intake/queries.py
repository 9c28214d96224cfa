"""What came in from files, and what was refused, for those who brought it."""

import datetime as dt
from collections.abc import Iterator
from typing import Final, NamedTuple

from encaisse.intake.models import Batch, Outcome, Row
from encaisse.intake.rules import RowError
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.scope import Scope

ORDERS: Final = {"started_at": "started_at", "file_name": "file_name", "kind": "kind"}


class BatchRow(NamedTuple):
    """One file that came in: records by outcome. `actor_kind` tells apart people and commands."""

    id: int
    kind: str
    file_name: str
    started_at: dt.datetime
    actor: str
    actor_kind: str
    created: int
    updated: int
    unchanged: int
    refused: int
    warned: int


class RefusedRecord(NamedTuple):
    """A record as it was read, by heading, and everything that is wrong with it."""

    number: int
    record: dict[str, str]
    errors: tuple[RowError, ...]


def batches(scope: Scope, kind: str = "", *, window: Window) -> Found[BatchRow]:
    """The files that came in, of one kind when it is named."""
    rows = Batch.objects.visible_to(scope)
    if kind:
        rows = rows.filter(kind=kind)
    return Found(tuple(map(_row, window.cut(rows, ORDERS))), rows.count())


def batch(scope: Scope, batch_id: int) -> BatchRow:
    """One file that came in. Raises NotFound when the scope sees none of that key."""
    found = Batch.objects.visible_to(scope).filter(pk=batch_id).first()
    if found is None:
        raise NotFound(noun="batch")
    return _row(found)


def refused(scope: Scope, batch_id: int, *, window: Window) -> Found[RefusedRecord]:
    """The records of the file that were refused, in its order. Raises NotFound."""
    rows = Row.objects.filter(batch_id=batch(scope, batch_id).id, outcome=Outcome.REFUSED)
    return Found(tuple(map(_refused, window.cut(rows, {"number": "number"}))), rows.count())


def refused_after(scope: Scope, batch_id: int, number: int, limit: int) -> list[RefusedRecord]:
    """The next refused records of the file beyond that number. Raises NotFound."""
    rows = Row.objects.filter(batch_id=batch(scope, batch_id).id, outcome=Outcome.REFUSED, number__gt=number)
    return list(map(_refused, rows.order_by("number")[:limit]))


def warned(scope: Scope, batch_id: int, *, limit: int) -> tuple[RowError, ...]:
    """What somebody should look at of the records that came in, in the file's order. Raises NotFound."""
    rows = Row.objects.filter(batch_id=batch(scope, batch_id).id).exclude(warnings=[])
    told = rows.order_by("number").values_list("warnings", flat=True)[:limit]
    return tuple(RowError(**warning) for warnings in told for warning in warnings)


def every_refused(scope: Scope, batch_id: int) -> Iterator[RefusedRecord]:
    """All of them, one after the other, however many. Raises NotFound."""
    rows = Row.objects.filter(batch_id=batch(scope, batch_id).id, outcome=Outcome.REFUSED)
    return map(_refused, rows.order_by("number").iterator(chunk_size=1_000))


def _row(found: Batch) -> BatchRow:
    return BatchRow(
        id=found.pk,
        kind=found.kind,
        file_name=found.file_name,
        started_at=found.started_at,
        actor=found.actor_label,
        actor_kind=found.actor_kind,
        created=found.created_count,
        updated=found.updated_count,
        unchanged=found.unchanged_count,
        refused=found.refused_count,
        warned=found.warned_count,
    )


def _refused(row: Row) -> RefusedRecord:
    return RefusedRecord(row.number, row.record, tuple(RowError(**error) for error in row.errors))
