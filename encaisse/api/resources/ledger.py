"""The ledger: entries, balances, VAT, the FEC, and the check of the books."""

import datetime as dt
from typing import Annotated, Any

from django.http import StreamingHttpResponse
from ninja import Query
from pydantic import Field

from encaisse.api.fields import (
    AccountKey,
    AccountRef,
    Currency,
    DecimalTold,
    DepositRef,
    EntityKey,
    EntityRef,
    EntryKey,
    EntryRef,
    InvoiceRef,
    Minor,
    Page,
    Paging,
    PaymentRef,
    Search,
    Text,
    Told,
    page,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.flows.tasks import check_books_later
from encaisse.insight.queries.books import books
from encaisse.kernel import clock
from encaisse.ledger.operations import export_fec, export_journal
from encaisse.ledger.queries import entries as queries
from encaisse.ledger.queries.entries import EntryDetail, Wanted
from encaisse.ledger.queries.vat import vat_of_year

resource = Resource("Ledger")
READS = "read_ledger"
Year = Annotated[int, Field(ge=2000, le=2100)]


class LedgerFilter(Paging):
    """Which part of the ledger; `date_to` is exclusive."""

    after: EntryKey | None = None
    text: Search = ""
    journal: Annotated[str, Text(10)] = ""
    legal_entity_id: EntityKey | None = None
    account_id: AccountKey | None = None
    date_from: dt.date | None = None
    date_to: dt.date | None = None

    def wanted(self) -> Wanted:
        """The same as the query takes it."""
        return Wanted(
            text=self.text,
            journal=self.journal,
            entity_id=self.legal_entity_id,
            account_id=self.account_id,
            date_from=self.date_from,
            date_to=self.date_to,
        )


class Entry(Told):
    """One entry. `piece` is the number of the invoice or the deposit, or the payment's reference; `amount_minor` sums
    its debits.
    """

    id: EntryRef
    date: dt.date
    journal: str
    kind: str
    piece: str
    invoice_id: InvoiceRef | None
    payment_id: PaymentRef | None
    deposit_id: DepositRef | None
    customer: str
    legal_entity: str
    currency: Currency
    amount_minor: Minor
    official_number: int | None
    posted_at: dt.datetime

    @staticmethod
    def resolve_legal_entity(row: queries.EntryRow) -> str:
        """The name of whose books these are."""
        return row.entity


class Posting(Told):
    """One line of an entry: debit positive, credit negative."""

    code: str
    name_fr: str
    name_en: str
    billing_account_id: AccountRef | None
    billing_account: str
    amount_minor: Minor


class WholeEntry(Told):
    """One entry with its lines."""

    entry: Entry
    postings: list[Posting]

    @staticmethod
    def resolve_entry(found: EntryDetail) -> queries.EntryRow:
        """What its list says of it."""
        return found.entry


class BalanceRow(Told):
    """One account of the trial balance in one currency."""

    code: str
    name_fr: str
    name_en: str
    currency: Currency
    debit_minor: Minor
    credit_minor: Minor
    balance_minor: Minor


class VatRate(Told):
    """What VAT is declared by."""

    kind: str
    category: str
    rate: DecimalTold
    account: str


class VatRow(Told):
    """The VAT of one legal entity, month and rate."""

    legal_entity_id: EntityRef
    month: dt.date
    rate: VatRate
    billed_base_minor: Minor
    billed_minor: Minor
    credited_base_minor: Minor
    credited_minor: Minor
    due_base_minor: Minor
    due_minor: Minor
    waiting_minor: Minor

    @staticmethod
    def resolve_legal_entity_id(row: Any) -> int:
        """Who owes it."""
        return int(row.entity_id)


class VatAsked(Paging):
    """Of which year, and legal entity if not all."""

    year: Year
    legal_entity_id: EntityKey | None = None


class FecAsked(Paging):
    """Of which legal entity and year."""

    legal_entity_id: EntityKey
    year: Year


class Broken(Told):
    """An invariant that did not hold."""

    name: str


class Check(Told):
    """A check of the books: what was checked, and what did not hold."""

    at: dt.datetime
    actor: str
    names: list[str]
    broken: list[Broken]


class Books(Told):
    """The last check, if there was one, and whether another is under way."""

    check: Check | None
    under_way: bool


@resource.get("/ledger/entries", Page[Entry], READS)
def list_entries(request: ProgramRequest, asked: Query[LedgerFilter]) -> Any:
    """List entries.

    The latest first.
    """
    rows, *_ = queries.entries(request.scope, asked.wanted(), limit=asked.limit + 1, after=asked.after)
    return page(request, "ent", rows, asked.limit)


@resource.get("/ledger/entries/{entry_id}", WholeEntry, READS)
def get_entry(request: ProgramRequest, entry_id: EntryKey) -> Any:
    """Read an entry.

    With its lines.
    """
    return queries.entry(request.scope, entry_id)


@resource.get("/ledger/balance", Page[BalanceRow], READS)
def get_balance(request: ProgramRequest, asked: Query[LedgerFilter]) -> Any:
    """Read the trial balance.

    All of it at once.
    """
    return whole(queries.trial_balance(request.scope, asked.wanted()))


@resource.get("/ledger/vat", Page[VatRow], READS)
def get_vat(request: ProgramRequest, asked: Query[VatAsked]) -> Any:
    """Read the VAT of a year, by month and rate.

    All of it at once.
    """
    found = vat_of_year(request.scope, asked.year, until=clock.now().date(), entity_id=asked.legal_entity_id)
    return whole(found.rows)


@resource.file("/ledger/fec", "text/plain", READS)
def get_fec(request: ProgramRequest, asked: Query[FecAsked]) -> StreamingHttpResponse:
    """Download the FEC of a year.

    The fichier des écritures comptables of one legal entity.
    """
    made = export_fec(request.scope, legal_entity_id=asked.legal_entity_id, year=asked.year)
    lines = (f"{line}\r\n".encode() for line in made.lines)
    named = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return StreamingHttpResponse(lines, content_type="text/plain; charset=utf-8", headers=named)


@resource.file("/ledger/journal", "text/csv", READS)
def get_journal(request: ProgramRequest, asked: Query[FecAsked]) -> StreamingHttpResponse:
    """Download the journal of a year.

    Every posting of one legal entity by the accounts of its country, between semicolons.
    """
    made = export_journal(request.scope, legal_entity_id=asked.legal_entity_id, year=asked.year)
    lines = (f"{line}\r\n".encode() for line in made.lines)
    named = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8", headers=named)


@resource.get("/books", Books, READS)
def get_books(request: ProgramRequest) -> Any:
    """Read the last check of the books."""
    return books(request.scope)


@resource.post("/books/check", Books, READS, status=202)
def check_books(request: ProgramRequest) -> Any:
    """Check the books.

    A worker reads every invariant and every chain of numbers.
    """
    check_books_later(request.scope)
    return books(request.scope)
