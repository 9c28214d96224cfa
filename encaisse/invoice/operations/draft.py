"""Drafting a part of a chunk: its open charges become approved invoices, each account ends in one outcome."""

import datetime as dt
from collections.abc import Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple

from django.db import transaction

from encaisse.billing.models import Run
from encaisse.billing.operations import runs as billing
from encaisse.billing.rules import ClaimRow, OutcomeRow, Part
from encaisse.invoice.errors import NegativeTotal, NoRateRecorded
from encaisse.invoice.models import Invoice, InvoiceTax, Line
from encaisse.invoice.rules import judge
from encaisse.invoice.rules.draft import draft
from encaisse.invoice.rules.rows import Draft, Header, InvoiceRow, LineRow, OpenCharge, Parties, TaxRow
from encaisse.kernel import clock, sql
from encaisse.kernel.errors import DomainError
from encaisse.kernel.memory import WithoutCycleSearch
from encaisse.party.models import LegalEntity
from encaisse.tax.queries import Resolver, deferred_classes, resolver


class AccountFacts(NamedTuple):
    """A row of `account_facts.sql`."""

    account_id: int
    legal_entity_id: int
    currency: str
    accounting_currency: str
    seller_identity_id: int
    buyer_identity_id: int
    seller_digest: bytes
    buyer_digest: bytes
    language: str
    terms_kind: str
    terms_days: int
    terms_day: int | None
    terms_plan: str
    name: str
    siren: str
    vat_number: str
    address_1: str
    postcode: str
    city: str
    country: str
    email: str
    is_business: bool


class Drafted(NamedTuple):
    """What a part made: the range of its invoices, and how many accounts ended in each outcome."""

    first_invoice: int
    last_invoice: int
    invoiced: int
    nothing: int
    exceptions: int


class _Run(NamedTuple):
    """What all accounts of a part share."""

    part: Part
    seller: judge.PartyFacts
    refusal: DomainError | None
    taxes: Resolver
    deferred: frozenset[str]
    at: dt.datetime
    replaces: int | None


class _Rows(NamedTuple):
    invoices: list[InvoiceRow]
    lines: list[LineRow]
    taxes: list[TaxRow]
    claims: list[ClaimRow]
    outcomes: list[OutcomeRow]


@transaction.atomic(savepoint=False)
def draft_part(
    part: Part, *, cutoff_date: dt.date, by_hand: bool = False, replaces: int | None = None
) -> Drafted:
    """Each account of the part without an outcome has one, and each of its charges billable before
    `cutoff_date` is claimed by a line of an approved invoice, or still open beside an exception.

    `by_hand` takes manual charges only; `replaces` is the invoice that its draft refers to, for it takes its place.
    An account that the business refuses (no rate, no tax, missing legal data, negative total) never stops the
    others. Raises IntegrityError when another run claimed a charge meanwhile: the caller rolls back and repeats.
    """
    where = part._asdict() | {"cutoff_date": cutoff_date, "manual": by_hand}
    with WithoutCycleSearch():
        accounts = list(map(AccountFacts._make, sql.binary_rows("invoice", "account_facts", where)))
        charges = list(map(OpenCharge._make, sql.binary_rows("invoice", "open_charges", where)))
        by_account = {key: list(group) for key, group in groupby(charges, key=attrgetter("account_id"))}
        ids = (sql.reserve_ids(Invoice, len(by_account)), sql.reserve_ids(Line, len(charges)))
        rows = _draft_all(_run(part, cutoff_date, replaces), accounts, by_account, ids)
        _load(rows)
    return Drafted(
        first_invoice=rows.invoices[0].id if rows.invoices else 0,
        last_invoice=rows.invoices[-1].id if rows.invoices else 0,
        invoiced=len(rows.invoices),
        nothing=sum(outcome.outcome == "nothing" for outcome in rows.outcomes),
        exceptions=sum(outcome.outcome == "exception" for outcome in rows.outcomes),
    )


def _draft_all(
    run: _Run, accounts: Sequence[AccountFacts], by_account: dict[int, list[OpenCharge]], ids: tuple[int, int]
) -> _Rows:
    part, rows = run.part, _Rows([], [], [], [], [])
    invoice_id, line_id = ids
    for facts in accounts:
        charges = by_account.get(facts.account_id)
        if not charges:
            rows.outcomes.append(OutcomeRow(part.run_id, facts.account_id, 0, "nothing", "", "{}", None))
            continue
        try:
            made = _draft_one(run, facts, charges, (invoice_id, line_id))
        except DomainError as refusal:
            outcome = billing.exception(part, facts.account_id, refusal.code, refusal.facts())
            rows.outcomes.append(outcome)
            continue
        _append(rows, made, part)
        invoice_id += 1
        line_id += len(made.lines)
    return rows


def _run(part: Part, cutoff: dt.date, replaces: int | None) -> _Run:
    identity = LegalEntity.objects.select_related("identity").get(pk=part.legal_entity_id).identity
    seller = judge.PartyFacts(*(getattr(identity, field) for field in judge.PartyFacts._fields))
    taxes = resolver(country=seller.country, postcode=seller.postcode, on=cutoff)
    issued_on = Run.objects.values_list("issue_date", flat=True).get(pk=part.run_id)
    deferred = deferred_classes(part.legal_entity_id, issued_on)
    run = _Run(part, seller, None, taxes, deferred, clock.now(), replaces)
    try:
        judge.require_seller(seller)
    except DomainError as refusal:
        return run._replace(refusal=refusal)
    return run


def _draft_one(run: _Run, facts: AccountFacts, charges: list[OpenCharge], ids: tuple[int, int]) -> Draft:
    if facts.currency != facts.accounting_currency:
        raise NoRateRecorded(currency=facts.currency, accounting_currency=facts.accounting_currency)
    if run.refusal:
        raise run.refusal
    judge.require_buyer(facts, seller_country=run.seller.country)
    header = Header(
        facts.legal_entity_id, facts.account_id, run.part.run_id, "invoice", facts.currency, facts.accounting_currency,
        facts.seller_identity_id, facts.buyer_identity_id, None,
        Parties(facts.seller_digest, facts.buyer_digest), facts.language,
        facts.terms_kind, facts.terms_days, facts.terms_day, facts.terms_plan, run.replaces, "", run.at,
    )  # fmt: skip
    tax_of = run.taxes.for_buyer(
        facts.country, facts.postcode, facts.vat_number, is_business=facts.is_business
    )
    made = draft(header, charges, tax_of, invoice_id=ids[0], first_line_id=ids[1], deferred=run.deferred)
    if made.invoice.gross_minor < 0:
        raise NegativeTotal(gross_minor=made.invoice.gross_minor, currency=facts.currency)
    return made


def _append(rows: _Rows, made: Draft, part: Part) -> None:
    rows.invoices.append(made.invoice)
    rows.lines.extend(made.lines)
    rows.taxes.extend(made.taxes)
    rows.claims.extend(made.claims)
    invoice = made.invoice
    rows.outcomes.append(OutcomeRow(part.run_id, invoice.account_id, 0, "invoiced", "", "{}", invoice.id))


def _load(rows: _Rows) -> None:
    # Parents first: each set of references is checked when its statement ends.
    sql.copy_rows(Invoice, InvoiceRow, rows.invoices)
    sql.copy_rows(Line, LineRow, rows.lines)
    sql.copy_rows(InvoiceTax, TaxRow, rows.taxes)
    billing.claim(rows.claims)
    billing.record_outcomes(rows.outcomes)
