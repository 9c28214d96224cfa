"""What happens to contracts: looked at before, then done."""

import datetime as dt
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import Field

from encaisse.api.fields import AccountKey, ContractKey, DecimalGiven, Given
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.api.resources.contracts import Contract, HeldGiven, Preview
from encaisse.flows import change_contract as flow
from encaisse.flows.change_contract import Renew
from encaisse.subscription import queries
from encaisse.subscription.rules import changes

resource = Resource("Contract events")
Position = Annotated[int, Field(ge=1, le=9999)]


class Change(Given):
    """From a day on a position holds other terms; without a position, another offer is held."""

    kind: Literal["hold"]
    on: dt.date
    position: Position | None = None
    terms: HeldGiven

    def told(self) -> changes.Change:
        """The same as the flow takes it."""
        return changes.Hold(self.on, self.position, self.terms.terms())


class GiveUp(Given):
    """From a day on nothing is held at a position; the rest of the contract goes on."""

    kind: Literal["give_up"]
    on: dt.date
    position: Position

    def told(self) -> changes.Change:
        """The same as the flow takes it."""
        return changes.Hold(self.on, self.position, None)


class PositionPrice(Given):
    """What a position costs from then on."""

    position: Position
    unit_price: DecimalGiven = Field(ge=0)


class Reprice(Given):
    """From a day on positions cost agreed prices, told as long before as the contract says unless `at_once`."""

    kind: Literal["reprice"]
    on: dt.date
    prices: list[PositionPrice] = Field(min_length=1, max_length=50)
    at_once: bool = False

    def told(self) -> changes.Change:
        """The same as the flow takes it."""
        prices: dict[int, Decimal] = {each.position: each.unit_price for each in self.prices}
        return changes.Reprice(self.on, prices, self.at_once)


class Suspend(Given):
    """From a day on nothing is held, until the contract is resumed."""

    kind: Literal["suspend"]
    on: dt.date

    def told(self) -> changes.Change:
        """The same as the flow takes it."""
        return changes.Suspend(self.on)


class Resume(Given):
    """From a day on what the suspension ended is held again."""

    kind: Literal["resume"]
    on: dt.date

    def told(self) -> changes.Change:
        """The same as the flow takes it."""
        return changes.Resume(self.on)


class Terminate(Given):
    """Nothing is held from a day on, for good; what was billed beyond it is given back when `refund`."""

    kind: Literal["terminate"]
    on: dt.date
    refund: bool = True

    def told(self) -> changes.Change:
        """The same as the flow takes it."""
        return changes.Terminate(self.on, self.refund)


class Transfer(Given):
    """From a day on another billing account is billed."""

    kind: Literal["transfer"]
    on: dt.date
    account_id: AccountKey

    def told(self) -> changes.Change:
        """The same as the flow takes it."""
        return changes.Transfer(self.on, self.account_id)


class Renewal(Given):
    """The contract lasts another term."""

    kind: Literal["renew"]
    months: int | None = Field(None, ge=1, le=1200)

    def told(self) -> Renew:
        """The same as the flow takes it."""
        return Renew(self.months)


Event = Annotated[
    Change | GiveUp | Reprice | Suspend | Resume | Terminate | Transfer | Renewal, Field(discriminator="kind")
]


class EventGiven(Given):
    """Something that happens to a contract."""

    event: Event


class EventPreviewed(EventGiven):
    """Something to look at, and until when one looks ahead, exclusive."""

    until: dt.date


@resource.post("/contracts/{contract_id}/events/preview", Preview, "manage_contracts", status=200)
def preview_contract_event(request: ProgramRequest, contract_id: ContractKey, said: EventPreviewed) -> Any:
    """See what a change of a contract would charge and give back.

    Nothing is written.
    """
    return flow.preview_change(request.scope, contract_id, said.event.told(), horizon=said.until)


@resource.post("/contracts/{contract_id}/events", Contract, "manage_contracts")
def change_contract(request: ProgramRequest, contract_id: ContractKey, said: EventGiven) -> Any:
    """Change a contract.

    What was billed in advance and is no longer held is given back at once, by credits.
    """
    flow.change_contract(request.scope, contract_id, said.event.told())
    return queries.contract(request.scope, contract_id)
