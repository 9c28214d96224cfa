"""A file of usage comes in: each good record is an event that is told once, each bad one has its reasons. Contracts
come in before."""

from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, Unpack

from encaisse.intake.operations import ImportReport, Kind, Order, Slice, Verdict, require_import, take_in
from encaisse.kernel.scope import Scope
from encaisse.usage.operations import record
from encaisse.usage.queries import local_time
from encaisse.usage.rules.records import USAGE_COLUMNS, UsageEvent, read_usage

FILE: Final = "file"


def import_usage(
    source: Path | BinaryIO,
    *,
    legal_entity_id: int,
    told_by: str = FILE,
    scope: Scope | None = None,
    **order: Unpack[Order],
) -> ImportReport:
    """The events of the file wait to be rated, each once; the same again changes nothing.

    Their contracts are the legal entity's, and so is the zone of a moment that says none. `told_by` names the
    system that told a record without a source of its own: keys are its. `scope` is the person's who asks; a
    command has none. Raises NotPermitted, NotFound, and what says that the file is no table of usage.
    """
    require_import(scope, legal_entity_id)

    def save(part: Slice[UsageEvent]) -> list[Verdict]:
        return record([good.row for good in part.rows], actor=part.actor, legal_entity_id=legal_entity_id)

    return take_in(source, usage_kind(legal_entity_id, told_by), save, **order)


def usage_kind(legal_entity_id: int, told_by: str = FILE) -> Kind[UsageEvent]:
    """What a file of usage holds: moments without a zone are those of the legal entity."""
    read = partial(read_usage, timezone=local_time(legal_entity_id), source=told_by)
    return Kind("usage", USAGE_COLUMNS, read, repeats=True)
