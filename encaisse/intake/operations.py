"""Every write of imports: a file is read slice by slice, and each record is kept with what became of it.

`take_in` reads any file: what a record says is its kind's `read`, what becomes of it is the noun's `save`,
handed in by a flow.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from itertools import islice
from json import dumps
from pathlib import Path
from typing import BinaryIO, Final, Generic, NamedTuple, NotRequired, TypedDict, TypeVar, Unpack

from django.db import transaction

from encaisse.adapters.tables import Table
from encaisse.adapters.tabular import open_table
from encaisse.intake.errors import ReferenceRepeated
from encaisse.intake.models import Batch, BatchState, Outcome, Row
from encaisse.intake.rules import (
    Column,
    Columns,
    Record,
    RowError,
    StagedRow,
    match_columns,
    read_rows,
    reference_of,
    row_error,
    storable,
    stored,
    text_of,
)
from encaisse.kernel import clock, events, sql
from encaisse.kernel.errors import DomainError, NotFound, NotPermitted
from encaisse.kernel.scope import Actor, Scope

T = TypeVar("T")
Progress = Callable[[str, int, int], None]

SLICE: Final = 1_000
# A report names the first ones; all are in the staging table.
REPORTED_ERRORS: Final = 10_000


class Kind(NamedTuple, Generic[T]):
    """What a file of one kind holds: the columns to look for, and how a record is read as a row.

    `repeats` when two records may have one reference: then it is their noun that says what the second one does.
    `joined` when those that follow each other tell one thing together: they are always saved together.
    """

    name: str
    columns: tuple[Column, ...]
    read: Callable[[Record, Columns], T | list[RowError]]
    repeats: bool = False
    joined: bool = False


class Good(NamedTuple, Generic[T]):
    """A row that could be read, and the key of its record in the staging table, if it comes from a file."""

    intake_row: int | None
    row: T


class Slice(NamedTuple, Generic[T]):
    """Rows to save together. `absent` are the fields that the file has no column for."""

    rows: list[Good[T]]
    actor: Actor
    absent: frozenset[str] = frozenset()


class Refused(NamedTuple):
    """The noun refuses a row because of one of its fields."""

    field: str
    error: DomainError


class Warned(NamedTuple):
    """The noun takes a row in, and somebody should look at one of its fields."""

    outcome: Outcome
    field: str
    error: DomainError


Verdict = Outcome | Refused | Warned
Save = Callable[[Slice[T]], list[Verdict]]


class Order(TypedDict):
    """Who brings a file and how: with `dry_run` everything happens, then nothing has.

    `progress` is told the kind, the records done and how many there are.
    """

    file_name: str
    actor: Actor
    dry_run: NotRequired[bool]
    progress: NotRequired[Progress | None]


class ImportReport(NamedTuple):
    """What became of a file: records by outcome, the first errors and warnings. A dry run leaves no batch."""

    batch_id: int | None
    created: int
    updated: int
    unchanged: int
    refused: int
    errors: tuple[RowError, ...]
    notes: tuple[str, ...] = ()
    warned: int = 0
    warnings: tuple[RowError, ...] = ()


class _Judged(NamedTuple):
    """What became of one record, and why."""

    outcome: Outcome
    errors: list[RowError]
    warnings: list[RowError]


@dataclass
class _Tally:
    """What became of the records so far."""

    outcomes: Counter[str] = field(default_factory=Counter)
    errors: list[RowError] = field(default_factory=list)
    warned: int = 0
    warnings: list[RowError] = field(default_factory=list)

    def report(self, batch_id: int | None, notes: tuple[str, ...]) -> ImportReport:
        """The tally as its report."""
        created, updated, unchanged, refused = (self.outcomes[outcome] for outcome in Outcome)
        told = (tuple(self.errors), notes, self.warned, tuple(self.warnings))
        return ImportReport(batch_id, created, updated, unchanged, refused, *told)

    def count(self, judged: "_Judged") -> None:
        """One more record; the first errors and warnings are kept."""
        self.outcomes[judged.outcome] += 1
        self.warned += bool(judged.warnings)
        self.errors += judged.errors[: REPORTED_ERRORS - len(self.errors)]
        self.warnings += judged.warnings[: REPORTED_ERRORS - len(self.warnings)]


class _Reading(NamedTuple, Generic[T]):
    """What all slices of a file share. `named` has a heading for each field, its usual one when absent."""

    batch_id: int
    kind: Kind[T]
    save: Save[T]
    actor: Actor
    named: Columns
    absent: frozenset[str]


def require_import(scope: Scope | None, legal_entity_id: int | None = None) -> None:
    """The asker may import for this legal entity, or, without one, what all of them share.

    A file brings anybody's customers, so only who sees every customer may import. A command has no scope.
    Raises NotPermitted, and NotFound for a legal entity outside the scope.
    """
    if scope is None:
        return
    scope.require("import")
    if not (scope.sees_everything if legal_entity_id is None else scope.sees_every_customer):
        raise NotPermitted(permission="import")
    if legal_entity_id is not None and not scope.covers(legal_entity_id):
        raise NotFound(noun="legal entity")


def take_in(source: Path | BinaryIO, kind: Kind[T], save: Save[T], **order: Unpack[Order]) -> ImportReport:
    """Every record of the file is stored with its outcome, and what the good ones say is with their noun.

    One transaction, during which other imports wait: a file that is killed halfway leaves nothing. It is read
    in slices, so that memory holds one of them. Raises what `open_table` and `match_columns` raise; a record that
    is refused never stops the others.
    """
    with _opened(source) as stream, transaction.atomic():
        sha256 = _sha256(stream)
        report = _take_in(open_table(stream), sha256, kind, save, order)
        if order.get("dry_run"):
            transaction.set_rollback(True)
            report = report._replace(batch_id=None)
        return report


@transaction.atomic
def open_batch(*, kind: str, file_name: str, sha256: str, encoding: str, actor: Actor) -> int:
    """A batch is being read. Returns its key. Other imports wait until the transaction ends."""
    sql.execute("intake", "one_at_a_time")
    batch = Batch.objects.create(
        kind=kind,
        file_name=storable(file_name),
        sha256=sha256,
        encoding=encoding,
        actor_kind=actor.kind,
        actor_id=actor.id,
        actor_label=actor.label,
        started_at=clock.now(),
    )
    return batch.pk


def record_rows(rows: Iterable[StagedRow]) -> int:
    """The records are stored with their outcomes. Returns how many."""
    return sql.copy_rows(Row, StagedRow, rows)


@transaction.atomic
def close_batch(batch_id: int, outcomes: Counter[str], *, warned: int = 0, actor: Actor) -> None:
    """The batch is done, with its counts, and never changes again."""
    counts = {f"{outcome.value}_count": outcomes[outcome] for outcome in Outcome} | {"warned_count": warned}
    Batch.objects.filter(pk=batch_id).update(state=BatchState.DONE, ended_at=clock.now(), **counts)
    events.record("import.done", "batch", batch_id, actor, **counts)


def _opened(source: Path | BinaryIO) -> AbstractContextManager[BinaryIO]:
    return source.open("rb") if isinstance(source, Path) else nullcontext(source)


def _sha256(stream: BinaryIO) -> str:
    stream.seek(0)
    digest = hashlib.sha256()
    while chunk := stream.read(2**16):
        digest.update(chunk)
    return digest.hexdigest()


def _take_in(table: Table, sha256: str, kind: Kind[T], save: Save[T], order: Order) -> ImportReport:
    actor, progress = order["actor"], order.get("progress")
    matched = match_columns(table.headings, kind.columns)
    usual = {column.field: column.headings[0] for column in kind.columns}
    # Counting reads the file to its end once, so that one that is broken there is refused before any write.
    total = sum(1 for _ in table.records())
    batch_id = open_batch(
        kind=kind.name, file_name=order["file_name"], sha256=sha256, encoding=table.encoding, actor=actor
    )
    reading = _Reading(batch_id, kind, save, actor, usual | matched, frozenset(usual.keys() - matched.keys()))
    tally, done = _Tally(), 0
    rows = read_rows(table.records(), reading.named, kind.read)
    for part in _slices(rows, reading.named["reference"] if kind.joined else ""):
        _save(reading, part, tally)
        done += len(part)
        if progress:
            progress(kind.name, done, total)
    close_batch(batch_id, tally.outcomes, warned=tally.warned, actor=actor)
    return tally.report(batch_id, table.notes)


def _slices(rows: Iterator[tuple[Record, T]], joined_by: str) -> Iterator[list[tuple[Record, T]]]:
    """So many rows at a time, and those that follow under the reference of the last one, if they are joined."""

    def reference(row: tuple[Record, T]) -> str:
        return text_of(row[0].cells[joined_by])

    ahead: list[tuple[Record, T]] = []
    while part := [*ahead, *islice(rows, SLICE - len(ahead))]:
        ahead = []
        for row in rows if joined_by else ():
            if reference(row) != reference(part[-1]):
                ahead = [row]
                break
            part.append(row)
        yield part


def _save(reading: _Reading[T], part: list[tuple[Record, T | list[RowError]]], tally: _Tally) -> None:
    if not reading.kind.repeats:
        part = _once(reading, part)
    first = sql.reserve_ids(Row, len(part))
    good = [Good(key, row) for key, (_, row) in enumerate(part, first) if not isinstance(row, list)]
    verdicts = iter(reading.save(Slice(good, reading.actor, reading.absent)) if good else ())
    rows: list[StagedRow] = []
    for key, (record, row) in enumerate(part, first):
        judged = _judged(reading, record, row if isinstance(row, list) else next(verdicts))
        tally.count(judged)
        rows.append(_staged(reading, key, record, judged))
    record_rows(rows)


def _once(
    reading: _Reading[T], part: list[tuple[Record, T | list[RowError]]]
) -> list[tuple[Record, T | list[RowError]]]:
    """Each reference is taken by its first record alone, here or in an earlier slice.

    The first one keeps it even when it is refused: which of the two is right we cannot say.
    """
    references = [reference_of(record, reading.named) for record, _ in part]
    asked = {"batch_id": reading.batch_id, "references": list({each for each in references if each})}
    taken: dict[str, int] = dict(sql.rows("intake", "first_records", asked))
    checked: list[tuple[Record, T | list[RowError]]] = []
    for reference, (record, row) in zip(references, part, strict=True):
        first = taken.setdefault(reference, record.number)
        if reference and first != record.number:
            repeated = _about(reading, record, "reference", ReferenceRepeated(first_record=first))
            checked.append((record, [repeated, *row] if isinstance(row, list) else [repeated]))
        else:
            checked.append((record, row))
    return checked


def _judged(reading: _Reading[T], record: Record, verdict: list[RowError] | Verdict) -> _Judged:
    match verdict:
        case Outcome():
            return _Judged(verdict, [], [])
        case Refused(field, error):
            return _Judged(Outcome.REFUSED, [_about(reading, record, field, error)], [])
        case Warned(outcome, field, error):
            return _Judged(outcome, [], [_about(reading, record, field, error)])
        case errors:
            return _Judged(Outcome.REFUSED, errors, [])


def _about(reading: _Reading[T], record: Record, field: str, error: DomainError) -> RowError:
    heading = reading.named[field]
    return row_error(record, heading, text_of(record.cells.get(heading, "")), error)


def _staged(reading: _Reading[T], key: int, record: Record, judged: _Judged) -> StagedRow:
    errors, warnings = ([each._asdict() for each in told] for told in judged[1:])
    return StagedRow(
        id=key,
        batch_id=reading.batch_id,
        number=record.number,
        outcome=judged.outcome,
        reference=reference_of(record, reading.named),
        record=dumps(stored(record.cells), ensure_ascii=False),
        errors=dumps(errors, ensure_ascii=False),
        warnings=dumps(warnings, ensure_ascii=False),
    )
