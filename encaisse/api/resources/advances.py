"""Advances: what was asked before anything is sold, what is left of it, and what offers ask."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from ninja import Query
from pydantic import Field

from encaisse.api.fields import (
    AccountKey,
    AccountRef,
    Code,
    ContractKey,
    ContractRef,
    Currency,
    CurrencyGiven,
    CustomerRef,
    DecimalGiven,
    DecimalTold,
    Given,
    InvoiceKey,
    InvoiceRef,
    Minor,
    OfferKey,
    Page,
    Paging,
    Search,
    Text,
    Told,
    page,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.resources.contracts import Contract
from encaisse.catalog import queries as catalog
from encaisse.catalog.rules.advances import AdvanceFacts
from encaisse.flows import end_advance, sell
from encaisse.invoice.queries import advances as queries
from encaisse.invoice.queries.advances import AdvanceDetail, Wanted
from encaisse.kernel.lists import Window
from encaisse.subscription import queries as subscription

resource = Resource("Advances")
State = Literal["asked", "held", "used", "given_back"]


class AdvanceFilter(Paging):
    """What a list of advances is narrowed to; `legal_entity` is a code."""

    after: InvoiceKey | None = None
    text: Search = ""
    state: State | None = None
    legal_entity: Code = ""
    account_id: AccountKey | None = None
    contract_id: ContractKey | None = None
    sort: Literal["issue_date", "-issue_date", "number", "-number", "left_minor", "-left_minor"] = (
        "-issue_date"
    )

    def wanted(self) -> Wanted:
        """The same as the query takes it."""
        return Wanted(self.text, self.state or "", self.legal_entity, self.account_id, self.contract_id)


class AdvanceSummary(Told):
    """An advance in a list. It is `asked` until it is paid, `held` while something is left to deduct."""

    id: InvoiceRef
    number: str
    issue_date: dt.date
    customer_id: CustomerRef
    customer: str
    account_id: AccountRef
    account: str
    legal_entity: str
    contract_id: ContractRef | None
    contract: str | None
    currency: Currency
    net_minor: Minor
    tax_minor: Minor
    gross_minor: Minor
    settled_minor: Minor
    deducted_minor: Minor
    credited_minor: Minor
    left_minor: Minor
    state: State

    @staticmethod
    def resolve_legal_entity(row: queries.AdvanceRow) -> str:
        """The name of who sells."""
        return row.entity

    @staticmethod
    def resolve_contract_id(row: queries.AdvanceRow) -> int | None:
        """The contract that it is for."""
        return row.subscription_id


class Deduction(Told):
    """What one document deducts of an advance; a credit note gives back."""

    invoice_id: InvoiceRef
    number: str | None
    issue_date: dt.date | None
    kind: Literal["invoice", "credit_note"]
    net_minor: Minor
    tax_minor: Minor


class Advance(Told):
    """One advance, and what was deducted of it, by document."""

    advance: AdvanceSummary
    deductions: list[Deduction]

    @staticmethod
    def resolve_advance(found: AdvanceDetail) -> queries.AdvanceRow:
        """What its list says of it."""
        return found.row


class ReasonGiven(Given):
    """Why."""

    reason: Annotated[str, Text(200, 1)]


class AdvanceRule(Told):
    """What an offer asks in advance of contracts that begin on that day or later; neither asks for nothing."""

    valid_from: dt.date
    percent: DecimalTold | None
    amount: DecimalTold | None
    currency: str


class AdvanceRuleGiven(Given):
    """A percentage of what the first whole period comes to, an amount, or neither: then nothing is asked any more."""

    valid_from: dt.date
    percent: DecimalGiven | None = Field(None, gt=0, le=100)
    amount: DecimalGiven | None = Field(None, gt=0, le=Decimal(1_000_000_000))
    currency: CurrencyGiven = "EUR"


@resource.get("/advances", Page[AdvanceSummary])
def list_advances(request: ProgramRequest, asked: Query[AdvanceFilter]) -> Any:
    """List advances."""
    window = Window(asked.sort, size=asked.limit + 1, after=asked.after)
    return page(
        request, "inv", queries.advances(request.scope, asked.wanted(), window=window).rows, asked.limit
    )


@resource.get("/advances/{advance_id}", Advance)
def get_advance(request: ProgramRequest, advance_id: InvoiceKey) -> Any:
    """Read an advance.

    With what was deducted of it, by document.
    """
    return queries.advance(request.scope, advance_id)


@resource.post("/advances/{advance_id}/give-back", Advance, "credit")
def give_back_advance(request: ProgramRequest, advance_id: InvoiceKey, said: ReasonGiven) -> Any:
    """Give back what is left of an advance.

    A credit note is issued. When nothing was deducted, what settled the advance is free on the account.
    """
    end_advance.give_back_advance(request.scope, advance_id, said.reason)
    return queries.advance(request.scope, advance_id)


@resource.post("/contracts/{contract_id}/abandon", Contract, "manage_contracts")
def abandon_contract(request: ProgramRequest, contract_id: ContractKey, said: ReasonGiven) -> Any:
    """Abandon a contract that waits for its advance or deposit.

    It ends without having begun, and its advance is credited.
    """
    end_advance.abandon_contract(request.scope, contract_id, said.reason)
    return subscription.contract(request.scope, contract_id)


@resource.get("/offers/{offer_id}/advance-rules", Page[AdvanceRule])
def list_advance_rules(request: ProgramRequest, offer_id: OfferKey) -> Any:
    """List what an offer asks in advance.

    Since when, the last said first.
    """
    catalog.offer(request.scope, offer_id)
    return whole(catalog.advances_of_offer(request.scope, offer_id))


@resource.post("/offers/{offer_id}/advance-rules", Page[AdvanceRule], "manage_offers")
def set_advance_rule(request: ProgramRequest, offer_id: OfferKey, said: AdvanceRuleGiven) -> Any:
    """Say what an offer asks in advance from a day on.

    Contracts that begin before that day stay as they are.
    """
    sell.set_advance(request.scope, AdvanceFacts(offer_id, **said.dict()))
    return whole(catalog.advances_of_offer(request.scope, offer_id))
