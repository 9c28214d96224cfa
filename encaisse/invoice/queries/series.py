"""The numbers of documents: where each series stands, and what comes next."""

import datetime as dt
from typing import Final, NamedTuple

from encaisse.invoice.models import InvoiceKind, Series
from encaisse.kernel import clock
from encaisse.kernel.scope import Scope
from encaisse.party.queries import EntityDetail, legal_entity

SEAL_SHOWN: Final = 12
WIDTH: Final = Series._meta.get_field("width").default


class SeriesRow(NamedTuple):
    """One series: its numbers so far, the number that comes next, the head of its chain of hashes."""

    id: int
    kind: str
    period: str
    prefix: str
    given: int
    last_number: str
    last_issue_date: dt.date | None
    next_number: str
    seal: str
    is_open: bool


class Coming(NamedTuple):
    """The next number of one kind of document: of this year's series, or of the one that the first issue opens."""

    kind: str
    number: str
    next_year: str


def series(scope: Scope, entity_id: int) -> tuple[SeriesRow, ...]:
    """Every series of the legal entity, the newest first. Raises NotFound."""
    entity = legal_entity(scope, entity_id)
    year = str(clock.today(entity.timezone).year)
    rows = Series.objects.filter(legal_entity=entity_id).order_by("-period", "-kind", "pk")
    return tuple(
        SeriesRow(
            id=row.pk,
            kind=row.kind,
            period=row.period,
            prefix=row.prefix,
            given=row.last_number,
            last_number=_number(row, row.last_number) if row.last_number else "",
            last_issue_date=row.last_issue_date,
            next_number=_number(row, row.last_number + 1),
            seal=bytes(row.last_link).hex()[:SEAL_SHOWN],
            is_open=row.period >= year,
        )
        for row in rows
    )


def coming(scope: Scope, entity_id: int) -> tuple[Coming, ...]:
    """What the next document of each kind will be called, this year and the next. Raises NotFound."""
    entity = legal_entity(scope, entity_id)
    year = clock.today(entity.timezone).year
    known = {row.kind: row for row in series(scope, entity_id) if row.period == str(year)}
    return tuple(
        Coming(
            kind,
            known[kind].next_number if kind in known else _first(entity, kind, year),
            _first(entity, kind, year + 1),
        )
        for kind in InvoiceKind.values
    )


def _first(entity: EntityDetail, kind: str, year: int) -> str:
    prefix = entity.invoice_prefix if kind == InvoiceKind.INVOICE else entity.credit_note_prefix
    return f"{prefix}{year}-{1:0{WIDTH}d}"


def _number(row: Series, place: int) -> str:
    return f"{row.prefix}{place:0{row.width}d}"
