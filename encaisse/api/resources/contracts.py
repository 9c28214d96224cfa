"""Contracts: who holds which offer since when, what was charged of it and what is to come."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal, Self

from ninja import Query
from pydantic import Field, model_validator

from encaisse.api.fields import (
    AccountKey,
    AccountRef,
    Code,
    ContractKey,
    ContractRef,
    Currency,
    CustomerKey,
    CustomerRef,
    DecimalGiven,
    DecimalTold,
    Given,
    LineGiven,
    Minor,
    OfferKey,
    OfferRef,
    Page,
    Paging,
    Search,
    Text,
    Told,
    page,
    whole,
    within_reach,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.shapes import ChargeTold, Exchange, ReferencesGiven, ReferencesTold
from encaisse.flows.change_contract import preview_charges, preview_start, refer_contract, start_contract
from encaisse.insight.queries.contracts import story
from encaisse.insight.queries.usage import usage_by_period
from encaisse.kernel.lists import Window
from encaisse.party.rules.references import References
from encaisse.subscription import queries
from encaisse.subscription.operations.start import NewContract
from encaisse.subscription.queries import ContractDetail, Wanted
from encaisse.subscription.rules.changes import Terms

resource = Resource("Contracts")


class ContractFilter(Paging):
    """What a list of contracts is narrowed to; `legal_entity` is a code."""

    after: ContractKey | None = None
    text: Search = ""
    state: Literal["waiting", "active", "suspended", "ended"] | None = None
    legal_entity: Code = ""
    customer_id: CustomerKey | None = None
    account_id: AccountKey | None = None
    offer_id: OfferKey | None = None
    sort: Literal[
        "reference",
        "-reference",
        "customer",
        "-customer",
        "start_date",
        "-start_date",
        "end_date",
        "-end_date",
    ] = "reference"

    def wanted(self) -> Wanted:
        """The same as the query takes it."""
        return Wanted(
            text=self.text,
            state=self.state or "",
            entity=self.legal_entity,
            customer_id=self.customer_id,
            account_id=self.account_id,
            offer_id=self.offer_id,
        )


class ContractSummary(Told):
    """A contract in a list. Everything before `billed_through` is billed; `end_date` is exclusive."""

    id: ContractRef
    reference: str
    state: str
    customer_id: CustomerRef
    customer: str
    account_id: AccountRef
    account: str
    legal_entity: str
    offers: str | None
    start_date: dt.date
    end_date: dt.date | None
    billed_through: dt.date | None

    @staticmethod
    def resolve_legal_entity(row: queries.ContractRow) -> str:
        """The name of who sells."""
        return row.entity


class Held(Told):
    """An offer held at a position from `starts_on` to `ends_on`, exclusive, and its price for a period. What is
    `shown` is in the customer's currency, where the price is in that of the books, at the rate of the contract's
    `exchange`."""

    position: int
    offer_id: OfferRef
    offer: str
    name_fr: str
    name_en: str
    kind: str
    quantity: DecimalTold
    agreed_price: DecimalTold | None
    unit_price: DecimalTold | None
    discount_percent: DecimalTold
    discount_amount: DecimalTold | None
    discount_reason: str | None
    currency: Currency
    period_unit: str
    period_count: int
    timing: str
    starts_on: dt.date
    ends_on: dt.date | None
    billed_through: dt.date
    period_minor: Minor | None
    shown_unit_price: DecimalTold | None
    shown_period_minor: Minor | None


class Condition(Told):
    """What a contract waits for, or waited for, and since when it is there."""

    kind: Literal["advance", "deposit"]
    met_on: dt.date | None


class Contract(Told):
    """One contract with what it holds and held. Until all its `conditions` are met it is `waiting`, and not billed."""

    contract: ContractSummary
    items: list[Held]
    currency: Currency
    exchange: Exchange | None
    term_months: int | None
    notice_days: int
    renewal: str
    references: ReferencesTold
    conditions: list[Condition]

    @staticmethod
    def resolve_contract(found: ContractDetail) -> queries.ContractRow:
        """What its list says of it."""
        return found.row

    @staticmethod
    def resolve_items(found: ContractDetail) -> list[dict[str, Any]]:
        """With their prices in the customer's currency."""
        return [_held(each, found) for each in found.items]

    @staticmethod
    def resolve_references(found: ContractDetail) -> References:
        """Its own, where it has any."""
        return References(*found.order)


class HeldGiven(Given):
    """What is held. Without `unit_price` it follows the catalogue; a discount is a percentage or an amount."""

    offer_id: OfferKey
    quantity: DecimalGiven = Field(Decimal(1), gt=0)
    unit_price: DecimalGiven | None = Field(None, ge=0)
    discount_percent: DecimalGiven = Field(Decimal(0), ge=0, le=100)
    discount_amount: DecimalGiven | None = Field(None, ge=0)
    discount_reason: LineGiven = ""

    @model_validator(mode="after")
    def _is_within_reach(self) -> Self:
        return within_reach(self, self.quantity, self.unit_price or Decimal(0))

    def terms(self) -> Terms:
        """The same as the flow takes it."""
        return Terms(**self.dict())


class ContractGiven(Given):
    """A contract to be. `end_date` is exclusive; without one, a term of some months says it."""

    account_id: AccountKey
    reference: Annotated[str, Text(50, 1)]
    start_date: dt.date
    terms: list[HeldGiven] = Field(min_length=1, max_length=50)
    end_date: dt.date | None = None
    term_months: int | None = Field(None, ge=1, le=1200)
    notice_days: int = Field(0, ge=0, le=1000)
    renewal: Literal["none", "automatic"] = "none"
    references: ReferencesGiven = ReferencesGiven()

    def new(self) -> NewContract:
        """The same as the flow takes it."""
        said = self.dict(exclude={"terms", "references"})
        return NewContract(terms=[each.terms() for each in self.terms], **said)


class ContractPreviewed(ContractGiven):
    """A contract to look at, and until when one looks ahead, exclusive."""

    until: dt.date

    def new(self) -> NewContract:
        """The same as the flow takes it."""
        said = self.dict(exclude={"terms", "references", "until"})
        return NewContract(terms=[each.terms() for each in self.terms], **said)


class Preview(Told):
    """What would be charged: credits at once, then the charges to come; `refused` says what has no price."""

    credits: list[ChargeTold]
    charges: list[ChargeTold]
    refused: list[str]

    @staticmethod
    def resolve_refused(found: Any) -> list[str]:
        """The codes of the offers without a price."""
        return [str(each.offer) for each in found.refused]


class ContractEvent(Told):
    """Something that happened to a contract."""

    kind: str
    effective_on: dt.date
    actor: str
    actor_kind: str
    recorded_at: dt.datetime
    charges: list[ChargeTold]

    @staticmethod
    def resolve_charges(found: Any) -> list[Any]:
        """What it charged or gave back."""
        return [each.charge for each in found.charges]


class PeriodUsage(Told):
    """What was used of one meter in one period, and what was charged for it; without a period, what waits."""

    meter: str
    name_fr: str
    name_en: str
    period_from: dt.date | None
    period_to: dt.date | None
    times: int
    quantity: DecimalTold
    amount_minor: Minor | None
    currency: str


class Ahead(Paging):
    """Until when one looks ahead, exclusive."""

    until: dt.date


def _held(item: queries.ItemRow, found: ContractDetail) -> dict[str, Any]:
    exchange, said = found.exchange, item._asdict() | {"period_minor": item.period_minor}
    shown_price = exchange.price(item.unit_price, item.currency) if exchange else None
    shown_minor = exchange.shown(item.period_minor, item.currency) if exchange else None
    return said | {"shown_unit_price": shown_price, "shown_period_minor": shown_minor}


@resource.get("/contracts", Page[ContractSummary])
def list_contracts(request: ProgramRequest, asked: Query[ContractFilter]) -> Any:
    """List contracts."""
    window = Window(asked.sort, size=asked.limit + 1, after=asked.after)
    return page(
        request, "sub", queries.contracts(request.scope, asked.wanted(), window=window).rows, asked.limit
    )


@resource.post("/contracts", Contract, "manage_contracts")
def start_a_contract(request: ProgramRequest, said: ContractGiven) -> Any:
    """Start a contract.

    It holds its offers and all that they include, from its first day on.
    """
    made = start_contract(request.scope, said.new(), said.references.references())
    return queries.contract(request.scope, made)


@resource.post("/contracts/preview", Preview, "manage_contracts", status=200)
def preview_a_contract(request: ProgramRequest, said: ContractPreviewed) -> Any:
    """See what a contract would charge.

    Nothing is written.
    """
    return preview_start(request.scope, said.new(), said.references.references(), horizon=said.until)


@resource.get("/contracts/{contract_id}", Contract)
def get_contract(request: ProgramRequest, contract_id: ContractKey) -> Any:
    """Read a contract.

    With what it holds and held.
    """
    return queries.contract(request.scope, contract_id)


@resource.get("/contracts/{contract_id}/events", Page[ContractEvent])
def list_contract_events(request: ProgramRequest, contract_id: ContractKey) -> Any:
    """Read what happened to a contract.

    The latest first, with the charges that each event made.
    """
    return whole(story(request.scope, contract_id))


@resource.get("/contracts/{contract_id}/charges", Page[ChargeTold])
def list_charges_to_come(request: ProgramRequest, contract_id: ContractKey, asked: Query[Ahead]) -> Any:
    """Read what is still to be billed of a contract.

    Charges that wait, and those to come until a day.
    """
    return whole(preview_charges(request.scope, contract_id, horizon=asked.until)[: asked.limit])


@resource.get("/contracts/{contract_id}/usage", Page[PeriodUsage])
def list_contract_usage(request: ProgramRequest, contract_id: ContractKey) -> Any:
    """Read what was used under a contract, by period."""
    return whole(usage_by_period(request.scope, contract_id))


@resource.put("/contracts/{contract_id}/references", Contract, "manage_contracts")
def change_contract_references(
    request: ProgramRequest, contract_id: ContractKey, said: ReferencesGiven
) -> Any:
    """Change the references that a contract's invoices bear.

    Without any they bear those of the billing account.
    """
    refer_contract(request.scope, contract_id, said.references())
    return queries.contract(request.scope, contract_id)
