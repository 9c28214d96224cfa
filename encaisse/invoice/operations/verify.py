"""Verifying a series: its numbers, the content of each document, and the links that tie them. It writes nothing."""

import datetime as dt
from collections.abc import Iterator
from hashlib import sha256
from typing import Final, NamedTuple

from encaisse.invoice.models import Series
from encaisse.invoice.queries.stored import stored
from encaisse.invoice.rules.seal import link
from encaisse.kernel import sql

_BATCH: Final = 2_000


class BrokenLink(NamedTuple):
    """The first document of a series that is not what was sealed, and in what way.

    `problem` is `hole`, `content`, `link` or `head`: a missing number, a changed value, a changed number or date,
    or a series whose last number or link is not that of its last document.
    """

    series_id: int
    sequence: int
    number: str
    problem: str


class _Document(NamedTuple):
    id: int
    sequence: int
    number: str
    issue_date: dt.date
    due_date: dt.date
    issued_at: dt.datetime
    digest: bytes
    link: bytes


def verify_chain(series_id: int) -> BrokenLink | None:
    """The first broken link of the series, or None when every document is what it was on the day of its issue."""
    series = Series.objects.get(pk=series_id)
    previous, sequence = b"", 0
    for document, content in _documents(series_id):
        sequence += 1
        problem = _problem(document, sequence, content, previous)
        if problem:
            return BrokenLink(series_id, sequence, document.number, problem)
        previous = document.link
    if (series.last_number, bytes(series.last_link)) != (sequence, previous):
        return BrokenLink(series_id, series.last_number, f"{series.prefix}{series.last_number}", "head")
    return None


def verify_all() -> Iterator[BrokenLink]:
    """The first broken link of each series that has one."""
    for series_id in Series.objects.order_by("pk").values_list("pk", flat=True):
        if broken := verify_chain(series_id):
            yield broken


def _problem(document: _Document, sequence: int, content: bytes, previous: bytes) -> str:
    if document.sequence != sequence:
        return "hole"
    if content != document.digest:
        return "content"
    dates = (document.issue_date, document.due_date, document.issued_at)
    if link(previous, document.number, dates, document.digest) != document.link:
        return "link"
    return ""


def _documents(series_id: int) -> Iterator[tuple[_Document, bytes]]:
    after = 0
    while True:
        where = {"series_id": series_id, "after": after, "size": _BATCH}
        documents = [_Document(*record) for record in sql.binary_rows("invoice", "chain", where)]
        if not documents:
            return
        contents = {
            one.row.id: sha256(one.text().encode()).digest() for one in stored([d.id for d in documents])
        }
        for document in documents:
            yield document, contents.get(document.id, b"")
        after = documents[-1].sequence
