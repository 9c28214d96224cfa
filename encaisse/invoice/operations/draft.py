"""Drafting a part of a chunk: its open charges become approved invoices, each account ends in one outcome."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from django.db import transaction

from encaisse.billing.operations import load
from encaisse.billing.operations import runs as billing
from encaisse.billing.rules import OutcomeRow, Part
from encaisse.currency.errors import NoRateRecorded
from encaisse.currency.queries import rates_on
from encaisse.currency.rules import quotient
from encaisse.invoice.errors import NegativeTotal
from encaisse.invoice.models import Allowance, Deduction, Invoice, InvoiceKind, InvoiceTax, Line
from encaisse.invoice.queries import billable
from encaisse.invoice.queries.billable import AccountFacts, Reference
from encaisse.invoice.rules import judge
from encaisse.invoice.rules.convert import Sold, Tie, draft_in_both
from encaisse.invoice.rules.deduct import OpenAdvance, left
from encaisse.invoice.rules.discount import Discount
from encaisse.invoice.rules.draft import draft
from encaisse.invoice.rules.plans import Taxes
from encaisse.invoice.rules.rows import (
    INVOICE_COLUMNS,
    LINE_COLUMNS,
    NULL,
    TAX_COLUMNS,
    UNSEALED_COLUMNS,
    AllowanceRow,
    DeductionRow,
    Draft,
    Heading,
    OpenCharge,
    Parties,
)
from encaisse.invoice.rules.seal import parties_record, record
from encaisse.kernel import clock, sql
from encaisse.kernel.errors import DomainError, NotFound
from encaisse.party.errors import ReferenceRequired
from encaisse.party.models import TermsKind
from encaisse.tax.models import Choice
from encaisse.tax.operations import record_choices
from encaisse.tax.queries import Kind, Resolver, deferred_classes, resolver

RATE_ONE = "1.0000000000"


class Drafted(NamedTuple):
    """What a part made: the range of its invoices, and how many accounts ended in each outcome."""

    first_invoice: int
    last_invoice: int
    invoiced: int
    nothing: int
    exceptions: int


class Terms(NamedTuple):
    """What a part is drafted by: charges billable before `cutoff_date`, documents of `issue_date`.

    `by_hand` takes manual charges only; `replaces` is the invoice that a draft refers to, for it takes its place.
    An advance is due at once, bears no discount, and all its VAT waits until it is collected.
    """

    cutoff_date: dt.date
    issue_date: dt.date
    by_hand: bool = False
    replaces: int | None = None
    kind: str = InvoiceKind.INVOICE.value


class Shared(NamedTuple):
    """What all accounts of a part share. `text` is what their invoices repeat, `seal` how their seals begin."""

    part: Part
    terms: Terms
    seller: judge.PartyFacts
    currency: str
    refusal: DomainError | None
    taxes: Resolver
    deferred: frozenset[str]
    plans: dict[Kind, Taxes]
    categorised: dict[Kind, list[int]]
    made_at: dt.datetime
    discounts: Mapping[str, Sequence[Discount]]
    references: Mapping[str, Reference]
    text: str
    seal: str
    foreign: Mapping[str, "Foreign"]
    advances: dict[str, list[OpenAdvance]]


class Foreign(NamedTuple):
    """What the accounts of one currency that is not the books' share: how it is tied to it, and what their invoices
    repeat."""

    tie: Tie
    text: str


@transaction.atomic(savepoint=False)
def draft_part(part: Part, terms: Terms) -> Drafted:
    """Each account of the part without an outcome has one, and each of its charges billable before the cut-off is
    claimed by a line of an approved draft, or still open beside an exception.

    Charges with different references of the buyer never share an invoice. A total below zero is a credit note. An
    account that the business refuses (no rate, no tax, missing legal data, a required reference, nothing that its
    credit note could correct) never stops the others. Raises IntegrityError when another run claimed a charge
    meanwhile: the caller rolls back and repeats.
    """
    accounts = billable.accounts(part)
    charges = billable.charges(part, terms.cutoff_date, by_hand=terms.by_hand)
    made = _Made(_shared(part, terms, accounts, charges), charges)
    for facts in accounts:
        made.add(facts, charges.get(facts.account_id))
    made.load()
    return made.told()


class _Made:
    """The rows of a part in the text of COPY, as its accounts are drafted one after the other."""

    def __init__(self, shared: Shared, charges: Mapping[str, Sequence[OpenCharge]]) -> None:
        self._shared = shared
        most = sum(map(len, charges.values())) if shared.references else len(charges)
        self._first_id = self._invoice_id = sql.reserve_ids(Invoice, most)
        self._line_id = sql.reserve_ids(Line, sum(map(len, charges.values())))
        self._drafts: list[Draft] = []
        self._outcomes: list[str] = []
        self._refused: list[OutcomeRow] = []
        self._invoiced = self._nothing = 0

    def add(self, facts: AccountFacts, charges: list[OpenCharge] | None) -> None:
        """The account has its outcome: invoices over these charges, nothing, or the reason why not."""
        part, invoice_id, line_id = self._shared.part, self._invoice_id, self._line_id
        if not charges:
            self._nothing += 1
            self._outcomes.append(f"{part.run_id}\t{facts.account_id}\t0\tnothing\t\t{{}}\t{NULL}\n")
            return
        drafts = []
        try:
            for split, members in enumerate(_splits(self._shared, charges)):
                made = _draft_one(self._shared, facts, (split, members), (invoice_id, line_id))
                drafts.append(made)
                invoice_id += 1
                line_id += len(made.lines)
        except DomainError as refusal:
            row = billing.exception(part, int(facts.account_id), refusal.code, refusal.facts())
            self._refused.append(row)
            return
        self._invoice_id, self._line_id = invoice_id, line_id
        self._invoiced += 1
        self._drafts += drafts
        for split, made in enumerate(drafts):
            self._outcomes.append(
                f"{part.run_id}\t{facts.account_id}\t{split}\tinvoiced\t\t{{}}\t{made.id}\n"
            )

    def load(self) -> None:
        """Everything is in the database."""
        load_drafts(self._drafts)
        record_choices(_choices(self._shared))
        load.outcomes(self._outcomes)
        if self._refused:
            billing.record_outcomes(self._refused)

    def told(self) -> Drafted:
        """What was made."""
        last = self._drafts[-1].id if self._drafts else 0
        first = self._first_id if self._drafts else 0
        return Drafted(first, last, self._invoiced, self._nothing, len(self._refused))


def draft_advance(part: Part, terms: Terms, charge_ids: Collection[int]) -> Draft:
    """The advance that asks for these charges by hand of the part's one account, in no run, not stored yet.

    Raises NotFound unless the account is active, and why the business refuses the document.
    """
    facts = next(iter(billable.accounts(part)), None)
    if facts is None:
        raise NotFound(noun="billing account")
    found = billable.charges(part, terms.cutoff_date, by_hand=True).get(facts.account_id, [])
    charges = [each for each in found if int(each.id) in charge_ids]
    shared = _shared(part, terms, [facts], {facts.account_id: charges})
    at_once = [*facts.terms.split("\t")[:2], TermsKind.ON_RECEIPT.value, "0", NULL, ""]
    ids = (sql.reserve_ids(Invoice, 1), sql.reserve_ids(Line, len(charges)))
    return _draft_one(shared, facts._replace(terms="\t".join(at_once)), (0, charges), ids)


def load_drafts(drafts: Sequence[Draft]) -> None:
    """The drafts are stored. Parents first: a set of references is checked as its statement ends."""
    columns = (*INVOICE_COLUMNS, *UNSEALED_COLUMNS)
    sql.copy_text(Invoice, columns, [made.invoice for made in drafts])
    sql.copy_text(Line, LINE_COLUMNS, [text for made in drafts for text in made.lines])
    sql.copy_text(InvoiceTax, TAX_COLUMNS, [text for made in drafts for text in made.taxes])
    allowances = [text for made in drafts for text in made.allowances]
    sql.copy_text(Allowance, AllowanceRow._fields, allowances)
    if deductions := [row for made in drafts for row in made.deductions]:
        sql.copy_rows(Deduction, DeductionRow, deductions)
    load.claims([text for made in drafts for text in made.claims])


def _shared(
    part: Part, terms: Terms, accounts: Sequence[AccountFacts], charges: Mapping[str, list[OpenCharge]]
) -> Shared:
    ((currency, identity_id, digest),) = sql.rows(
        "invoice", "entity_facts", {"legal_entity_id": part.legal_entity_id}
    )
    seller = billable.identity_facts(identity_id)
    said = (
        part.legal_entity_id,
        part.run_id or None,
        False,
        0,
        currency,
        RATE_ONE,
        None,
        identity_id,
        "",
        clock.now(),
    )
    is_advance = terms.kind == InvoiceKind.ADVANCE
    return Shared(
        part, terms, seller, currency, _refusal(seller),
        resolver(country=seller.country, postcode=seller.postcode, on=terms.cutoff_date),
        _waiting(part, terms, charges),
        {}, {}, said[-1],
        {} if is_advance else billable.discounts(part, terms.issue_date),
        billable.references(charges.values()),
        record(said),
        parties_record(Parties(bytes(digest), b"", "")).removesuffix("\t\t"),
        _foreign(said, terms, accounts, charges) if {each.currency for each in accounts} - {currency} else {},
        {} if is_advance else billable.open_advances(part),
    )  # fmt: skip


def _refusal(seller: judge.PartyFacts) -> DomainError | None:
    try:
        judge.require_seller(seller)
    except DomainError as refused:
        return refused
    return None


def _waiting(part: Part, terms: Terms, charges: Mapping[str, list[OpenCharge]]) -> frozenset[str]:
    """The classes of products whose VAT is due when it is collected: that of an advance always is."""
    if terms.kind == InvoiceKind.ADVANCE:
        return frozenset(each.tax_class for own in charges.values() for each in own)
    return deferred_classes(part.legal_entity_id, terms.issue_date)


def _foreign(
    said: tuple[Any, ...],
    terms: Terms,
    accounts: Sequence[AccountFacts],
    charges: Mapping[str, list[OpenCharge]],
) -> dict[str, Foreign]:
    """By currency, how the accounts of each one that has a rate on the issue date are drafted."""
    books = said[4]
    abroad = [facts for facts in accounts if facts.currency != books]
    own = [charge.id for facts in abroad for charge in charges.get(facts.account_id, ())]
    currencies = billable.charge_currencies(own)
    rates = rates_on(books, terms.issue_date)
    return {
        currency: Foreign(
            Tie(books, rates[currency], currencies),
            record((*said[:5], quotient(rates[currency], books), rates[currency].id, *said[7:])),
        )
        for currency in {facts.currency for facts in abroad} & rates.keys()
    }


def _splits(shared: Shared, charges: list[OpenCharge]) -> Iterable[list[OpenCharge]]:
    if not shared.references:
        return (charges,)
    groups: dict[str, list[OpenCharge]] = {}
    for charge in charges:
        groups.setdefault(charge.buyer_reference_id, []).append(charge)
    return groups.values()


def _draft_one(
    shared: Shared, facts: AccountFacts, split: tuple[int, list[OpenCharge]], ids: tuple[int, int]
) -> Draft:
    """Raises NoRateRecorded, MissingLegalData, ReferenceRequired, TaxRefused, NegativeTotal."""
    number, charges = split
    _require(shared, facts, charges[0].buyer_reference_id)
    key = charges[0].buyer_reference_id
    corrects = NULL if shared.terms.replaces is None else str(shared.terms.replaces)
    reference = shared.references[key].text if key != NULL else ""
    foreign = shared.foreign.get(facts.currency)
    run_id = str(shared.part.run_id or NULL)
    heading = Heading(
        facts.account_id, run_id, number, shared.terms.kind, corrects, key, facts.currency,
        foreign.text if foreign else shared.text, facts.terms, f"{shared.seal}\t{facts.buyer_digest}\t{reference}",
    )  # fmt: skip
    sold = Sold(charges, _taxes(shared, facts), ids, shared.discounts.get(facts.account_id, ()))
    advances = _advances(shared, facts, charges)
    made = draft_in_both(heading, sold, foreign.tie) if foreign else draft(heading, *sold, advances)
    if made.gross_minor >= 0 and made.net_minor >= 0:
        if made.deductions:
            shared.advances[facts.account_id] = left(shared.advances[facts.account_id], made.deductions)
        return made
    source = billable.corrected(facts.account_id, charges)
    if source is None or made.gross_minor > 0:
        raise NegativeTotal(gross_minor=made.gross_minor, currency=facts.currency)
    note = heading._replace(kind=InvoiceKind.CREDIT_NOTE.value, corrects_id=str(source))
    return draft_in_both(note, sold, foreign.tie) if foreign else draft(note, *sold)


def _advances(shared: Shared, facts: AccountFacts, charges: Sequence[OpenCharge]) -> Sequence[OpenAdvance]:
    """What is left of the account's advances for the contracts that these charges are of."""
    advances = shared.advances.get(facts.account_id)
    if not advances:
        return ()
    contracts = billable.contracts_of(charges, shared.terms.replaces) | {None}
    return [each for each in advances if each.subscription_id in contracts]


def _require(shared: Shared, facts: AccountFacts, reference: str) -> None:
    if facts.currency != shared.currency and facts.currency not in shared.foreign:
        raise NoRateRecorded(
            currency=facts.currency, accounting_currency=shared.currency, date=shared.terms.issue_date
        )
    if shared.refusal:
        raise shared.refusal
    if facts.is_ready != "t":
        buyer = billable.identity_facts(facts.buyer_identity_id)
        judge.require_buyer(buyer, seller_country=shared.seller.country)
    needed = facts.requires_reference
    if needed and (reference == NULL or needed not in shared.references[reference].held):
        raise ReferenceRequired(required=needed)


def _taxes(shared: Shared, facts: AccountFacts) -> Taxes:
    kind = shared.taxes.kind(
        facts.country,
        facts.postcode,
        facts.vat_number,
        is_business=facts.is_business == "t",
        category=facts.category_id,
    )
    tax_of = shared.taxes.held(facts.vat_number, shared.taxes.for_buyer(facts.country, facts.postcode, kind))
    taxes = shared.plans.get(kind)
    if taxes is None:
        taxes = shared.plans[kind] = Taxes(tax_of, shared.deferred)
    taxes.tax_of = tax_of  # a refusal names the place of this buyer
    if kind.customer_category:
        shared.categorised.setdefault(kind, []).append(int(facts.account_id))
    return taxes


def _choices(shared: Shared) -> list[Choice]:
    """Why the drafts of the part bear their taxes: a row for each class of products and kind of buyers."""
    part = shared.part
    made = [(kind, shared.taxes.choice(kind, name)) for kind, plan in shared.plans.items() for name in plan]
    for kind, choice in made:
        choice.run_id, choice.made_at = part.run_id, shared.made_at
        choice.first_account, choice.last_account = part.first_account, part.last_account
        choice.accounts = shared.categorised.get(kind, [])
    return [choice for _, choice in made]
