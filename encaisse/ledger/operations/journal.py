"""The journal of a legal entity as a plain file, for accountants whose law asks for no FEC."""

import csv
import io
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from django.db import connection

from encaisse.kernel import sql
from encaisse.kernel.money import from_minor
from encaisse.kernel.scope import Scope
from encaisse.ledger.operations.posting import FETCHED, number_entries, whole_entity
from encaisse.ledger.queries.countries import countries
from encaisse.ledger.rules import LABELS, ChartAccount, FecPosting

COLUMNS: Final = (
    "Journal", "Numéro", "Date", "Compte", "Intitulé", "Compte auxiliaire", "Tiers", "Pièce", "Date de la pièce",
    "Libellé", "Débit", "Crédit", "Devise", "Montant en devise", "Devise de la pièce",
)  # fmt: skip


class JournalFile(NamedTuple):
    """The file: its name and its lines, the header first."""

    name: str
    lines: Iterator[str]


def export_journal(scope: Scope, *, legal_entity_id: int, year: int) -> JournalFile:
    """Every posting of a legal entity and calendar year by the accounts of its country, between semicolons.

    For whoever may see all of it; its entries are numbered, for ever. Raises NotPermitted, NotFound.
    """
    scope.require("read_ledger")
    entity = whole_entity(scope, legal_entity_id)
    number_entries(legal_entity_id=legal_entity_id, year=year)
    return JournalFile(f"journal-{entity.code}-{year}.csv", _lines(legal_entity_id, year, entity.chart))


def _lines(legal_entity_id: int, year: int, chart: str) -> Iterator[str]:
    yield _line(COLUMNS)
    told, names = countries(), {}
    with connection.chunked_cursor() as cursor:
        asked = {"legal_entity_id": legal_entity_id, "year": year}
        cursor.execute(sql.statement("ledger", "fec_postings"), asked)
        while rows := cursor.fetchmany(FETCHED):
            for posting in (FecPosting(*row) for row in rows):
                operating = ChartAccount(posting.account, posting.account_name, posting.account_name)
                if operating not in names:
                    names[operating] = told.of(chart, operating)
                yield _line(_cells(posting, names[operating]))


def _cells(posting: FecPosting, account: ChartAccount) -> Iterator[object]:
    yield from (posting.journal, posting.number, posting.date, account.code, account.name_fr)
    yield from (posting.billing_account, posting.customer, posting.piece, posting.piece_date)
    yield f"{LABELS[posting.kind]} {posting.piece} {posting.party}"
    yield from (
        _amount(max(amount, 0), posting.currency) for amount in (posting.amount_minor, -posting.amount_minor)
    )
    yield posting.currency
    yield "" if posting.foreign_minor is None else _amount(posting.foreign_minor, posting.foreign_currency)
    yield posting.foreign_currency


def _amount(amount_minor: int, currency: str) -> str:
    return str(from_minor(amount_minor, currency)).replace(".", ",")


def _line(cells: Iterable[object]) -> str:
    written = io.StringIO()
    csv.writer(written, delimiter=";", lineterminator="").writerow(cells)
    return written.getvalue()
