"""What came in from files, and what was refused, for those who brought it."""

import datetime as dt
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from django.conf import settings

from encaisse.adapters.passing import PassingFiles, PassingFolder
from encaisse.intake.errors import MappingUnknown
from encaisse.intake.models import Batch, BatchState, Mapping, Outcome, Row, Upload
from encaisse.intake.rules import RowError
from encaisse.intake.rules.mapping import ColumnMap, fits
from encaisse.intake.rules.sources import READY_MADE
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
    headings: tuple[str, ...]
    is_undone: bool


class RefusedRecord(NamedTuple):
    """A record as it was read, by heading, and everything that is wrong with it."""

    number: int
    record: dict[str, str]
    errors: tuple[RowError, ...]


class UploadRow(NamedTuple):
    """A file on its way in. `mapping` is None until somebody has said how it is read."""

    id: int
    kind: str
    file_name: str
    stored_as: str
    facts: dict[str, Any]
    headings: tuple[str, ...]
    sample: tuple[dict[str, Any], ...]
    mapping: ColumnMap | None
    job_id: int | None


def passing() -> PassingFiles:
    """Where files wait to be read, as the settings say."""
    return PassingFolder(settings.PASSING_DIR)


def upload(scope: Scope, upload_id: int) -> UploadRow:
    """A file on its way in. Raises NotFound when the scope sees none of that key."""
    found = Upload.objects.visible_to(scope).filter(pk=upload_id).first()
    if found is None:
        raise NotFound(noun="upload")
    return UploadRow(
        id=found.pk,
        kind=found.kind,
        file_name=found.file_name,
        stored_as=found.stored_as,
        facts=found.facts,
        headings=tuple(found.headings),
        sample=tuple(found.sample),
        mapping=ColumnMap.stored(found.mapping) if found.mapping else None,
        job_id=found.job_id,
    )


def batch_of_job(job_id: int) -> int | None:
    """The batch that a job brought, if it did."""
    return Batch.objects.filter(job_id=job_id).values_list("pk", flat=True).first()


def mappings(kind: str) -> dict[str, ColumnMap]:
    """What is known of the sources of this kind, by their names: what was saved, newest first, then the ready-made."""
    rows = Mapping.objects.filter(kind=kind).order_by("-saved_at", "-pk").values_list("source", "facts")
    saved = {source: ColumnMap.stored(facts) for source, facts in rows}
    return saved | {name: each for name, each in READY_MADE.get(kind, {}).items() if name not in saved}


def mapping(kind: str, source: str) -> ColumnMap:
    """How the files of this source are read. Raises MappingUnknown, naming those that there are."""
    known = mappings(kind)
    for name, found in known.items():
        if name.casefold() == source.casefold():
            return found
    raise MappingUnknown(name=source, known=tuple(known))


def proposed(kind: str, headings: tuple[str, ...]) -> str:
    """The source that a file of these headings most likely comes from; empty when none is remembered."""
    fitting = {name: each for name, each in mappings(kind).items() if fits(each, headings)}
    return max(fitting, key=lambda name: len(fitting[name].headings), default="")


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
        headings=tuple(found.headings),
        is_undone=found.state == BatchState.UNDONE,
    )


def _refused(row: Row) -> RefusedRecord:
    return RefusedRecord(row.number, row.record, tuple(RowError(**error) for error in row.errors))
