"""The records of a file that tell one invoice together: its heading repeated, a line each."""

from collections.abc import Sequence
from typing import Generic, NamedTuple, TypeVar

from encaisse.intake.rules import content_hash
from encaisse.kernel.errors import DomainError
from encaisse.kernel.money import from_minor
from encaisse.takeover.errors import LinesDoNotAddUp, NumberRepeated
from encaisse.takeover.rules.records import ElsewhereRow, LineTold

K = TypeVar("K")


class Told(NamedTuple, Generic[K]):
    """One invoice of a file: what its records repeat, its lines, and the keys of its records."""

    row: ElsewhereRow
    lines: tuple[LineTold, ...]
    keys: tuple[K, ...]
    refusal: tuple[str, DomainError] | None = None

    @property
    def content_hash(self) -> str:
        """What the file says of the document, apart from what settled it."""
        return content_hash((*self.row._replace(settled_minor=0), *self.lines))


def told(records: Sequence[tuple[K, ElsewhereRow]]) -> list[Told[K]]:
    """The invoices of these records, in order: those that follow each other under one number are one.

    What is wrong between records refuses the whole invoice, by the field that shows it.
    """
    groups: list[list[tuple[K, ElsewhereRow]]] = []
    for each in records:
        if groups and _number(groups[-1][0]) == _number(each):
            groups[-1].append(each)
        else:
            groups.append([each])
    seen: set[tuple[str, str]] = set()
    found = []
    for group in groups:
        made = _one(group)
        if _number(group[0]) in seen:
            made = made._replace(refusal=("reference", NumberRepeated()))
        seen.add(_number(group[0]))
        found.append(made)
    return found


def _number(record: tuple[object, ElsewhereRow]) -> tuple[str, str]:
    return record[1].kind, record[1].reference


def _one(group: Sequence[tuple[K, ElsewhereRow]]) -> Told[K]:
    row = group[0][1].heading
    lines = tuple(record.line for _, record in group if record.line is not None)
    whole = Told(row, lines, tuple(key for key, _ in group))
    if any(record.heading != row for _, record in group) or 1 < len(group) != len(lines):
        return whole._replace(refusal=("reference", NumberRepeated()))
    total = sum(record.line_net_minor for _, record in group)
    if any(line.net for line in lines) and total != row.net_minor:
        come_to, net = from_minor(total, row.currency), from_minor(row.net_minor, row.currency)
        return whole._replace(refusal=("line_net", LinesDoNotAddUp(come_to=come_to, total=net)))
    return whole
