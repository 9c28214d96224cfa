"""Security deposits: asked for, funded, drawn on, given back."""

import datetime as dt
from typing import Annotated, Any, Literal

from ninja import Query

from encaisse.api.fields import (
    AccountKey,
    AccountRef,
    ContractKey,
    ContractRef,
    Currency,
    CustomerKey,
    CustomerRef,
    DepositKey,
    DepositRef,
    DepositTemplateKey,
    DepositTemplateRef,
    EntityKey,
    EntityRef,
    Given,
    InvoiceKey,
    InvoiceRef,
    Minor,
    MinorGiven,
    MovementKey,
    MovementRef,
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
from encaisse.api.shapes import Happening
from encaisse.deposit.operations.movements import Given as GivenBack
from encaisse.deposit.queries import deposits as queries
from encaisse.deposit.queries.deposits import Wanted
from encaisse.flows import deposits as flow
from encaisse.insight.queries import timeline
from encaisse.kernel.lists import Window

resource = Resource("Security deposits")
State = Literal["new", "validated", "hold", "locked", "unlocked", "used", "refunded", "cancelled"]
Method = Literal["transfer", "cheque", "cash"]


class DepositFilter(Paging):
    """What a list of deposits is narrowed to. `text` finds a number or a customer."""

    after: DepositKey | None = None
    text: Search = ""
    state: State | None = None
    only_held: bool = False
    legal_entity_id: EntityKey | None = None
    customer_id: CustomerKey | None = None
    account_id: AccountKey | None = None
    contract_id: ContractKey | None = None
    template_id: DepositTemplateKey | None = None

    def wanted(self) -> Wanted:
        """The same as the query takes it."""
        return Wanted(
            text=self.text,
            state=self.state or "",
            only_held=self.only_held,
            entity_id=self.legal_entity_id,
            customer_id=self.customer_id,
            account_id=self.account_id,
            subscription_id=self.contract_id,
            template_id=self.template_id,
        )


class Deposit(Told):
    """A guarantee asked of an account: nobody owes it. Held is what was received and neither drawn nor given back."""

    id: DepositRef
    number: str
    state: State
    customer_id: CustomerRef
    customer: str
    account_id: AccountRef
    account: str
    legal_entity_id: EntityRef
    template_id: DepositTemplateRef
    template: str
    contract_id: ContractRef | None
    contract: str | None
    currency: Currency
    amount_minor: Minor
    received_minor: Minor
    drawn_minor: Minor
    refunded_minor: Minor
    held_minor: Minor
    expected_minor: Minor
    requested_on: dt.date
    valid_until: dt.date | None
    cancel_reason: str

    @staticmethod
    def resolve_legal_entity_id(row: queries.DepositRow) -> int:
        """Who holds it."""
        return row.entity_id

    @staticmethod
    def resolve_contract_id(row: queries.DepositRow) -> int | None:
        """The contract that it secures."""
        return row.subscription_id


class DepositMovement(Told):
    """Money received, drawn on an invoice or given back: positive is held. `takes_back` is the
    place of what it undoes."""

    id: MovementRef
    receipt: str
    kind: Literal["fund", "draw", "refund"]
    currency: Currency
    amount_minor: Minor
    payment_id: PaymentRef | None
    invoice_id: InvoiceRef | None
    method: str
    reference: str
    moved_on: dt.date
    takes_back: int | None
    is_taken_back: bool
    actor: str
    recorded_at: dt.datetime

    @staticmethod
    def resolve_takes_back(row: queries.MovementRow) -> int | None:
        """The movement that it mirrors."""
        return row.seq_undone

    @staticmethod
    def resolve_is_taken_back(row: queries.MovementRow) -> bool:
        """Whether another mirrors it."""
        return row.is_undone


class NewDeposit(Given):
    """What is asked for. A draft is asked for later; `valid_until` is its last day, else as the template says."""

    account_id: AccountKey
    template_id: DepositTemplateKey
    amount_minor: MinorGiven
    requested_on: dt.date
    contract_id: ContractKey | None = None
    valid_until: dt.date | None = None
    is_draft: bool = False


class DepositFunds(Given):
    """Money received for a deposit. Told again by its `origin_key`, it is the same money."""

    amount_minor: MinorGiven
    method: Method
    received_on: dt.date
    reference: Annotated[str, Text(140)] = ""
    origin_key: Annotated[str, Text(200)] | None = None


class DepositDraw(Given):
    """How much of what is held pays which open invoice of the account."""

    invoice_id: InvoiceKey
    amount_minor: MinorGiven
    drawn_on: dt.date


class DepositRefund(Given):
    """How all that is held goes back. While an invoice is open it is refused, unless `despite_open`."""

    method: Method
    refunded_on: dt.date
    reference: Annotated[str, Text(140)] = ""
    despite_open: bool = False


class DepositCancel(Given):
    """Why nothing is asked for any more."""

    reason: Annotated[str, Text(200)] = ""


class DepositTerm(Given):
    """Its last day; none until somebody ends it."""

    valid_until: dt.date | None


class MovementTakenBack(Given):
    """The day on which it is undone."""

    taken_back_on: dt.date


@resource.get("/deposits", Page[Deposit])
def list_deposits(request: ProgramRequest, asked: Query[DepositFilter]) -> Any:
    """List deposits.

    The latest first.
    """
    window = Window("-requested_on", size=asked.limit + 1, after=asked.after)
    return page(
        request, "dep", queries.deposits(request.scope, asked.wanted(), window=window).rows, asked.limit
    )


@resource.post("/deposits", Deposit, "manage_deposits")
def request_deposit(request: ProgramRequest, said: NewDeposit) -> Any:
    """Ask for a deposit.

    Nobody owes it: no entry, no VAT, no reminder.
    """
    asked: dict[str, Any] = said.dict(exclude={"account_id", "template_id", "contract_id"})
    made = flow.request_deposit(
        request.scope, said.account_id, said.template_id, subscription_id=said.contract_id, **asked
    )
    return queries.deposit(request.scope, made)


@resource.get("/deposits/{deposit_id}", Deposit)
def get_deposit(request: ProgramRequest, deposit_id: DepositKey) -> Any:
    """Read a deposit."""
    return queries.deposit(request.scope, deposit_id)


@resource.get("/deposits/{deposit_id}/timeline", Page[Happening])
def list_deposit_events(request: ProgramRequest, deposit_id: DepositKey) -> Any:
    """Read what happened to a deposit.

    The latest first.
    """
    return whole(timeline.of_deposit(request.scope, deposit_id))


@resource.get("/deposits/{deposit_id}/movements", Page[DepositMovement])
def list_deposit_movements(request: ProgramRequest, deposit_id: DepositKey) -> Any:
    """List what moved of a deposit.

    In order; what was taken back is told too.
    """
    return whole(queries.movements(request.scope, deposit_id))


@resource.post("/deposits/{deposit_id}/ask", Deposit, "manage_deposits", status=200)
def ask_for_deposit(request: ProgramRequest, deposit_id: DepositKey) -> Any:
    """Ask for a deposit that was prepared."""
    flow.ask_for(request.scope, deposit_id)
    return queries.deposit(request.scope, deposit_id)


@resource.post("/deposits/{deposit_id}/cancel", Deposit, "manage_deposits", status=200)
def cancel_deposit(request: ProgramRequest, deposit_id: DepositKey, said: DepositCancel) -> Any:
    """Cancel a deposit for which nothing was received."""
    flow.cancel_deposit(request.scope, deposit_id, said.reason)
    return queries.deposit(request.scope, deposit_id)


@resource.put("/deposits/{deposit_id}/term", Deposit, "manage_deposits")
def prolong_deposit(request: ProgramRequest, deposit_id: DepositKey, said: DepositTerm) -> Any:
    """Hold a deposit until another day."""
    flow.prolong_deposit(request.scope, deposit_id, said.valid_until)
    return queries.deposit(request.scope, deposit_id)


@resource.post("/deposits/{deposit_id}/funds", Deposit, "record_payment")
def fund_deposit(request: ProgramRequest, deposit_id: DepositKey, said: DepositFunds) -> Any:
    """Record money received for a deposit.

    It is held apart: no invoice is paid with it.
    """
    money: dict[str, Any] = said.dict()
    flow.fund_deposit(request.scope, deposit_id, **money)
    return queries.deposit(request.scope, deposit_id)


@resource.post("/deposits/{deposit_id}/draws", Deposit, "allocate")
def draw_deposit(request: ProgramRequest, deposit_id: DepositKey, said: DepositDraw) -> Any:
    """Pay an open invoice out of a deposit.

    Never more than is held nor than is open.
    """
    flow.draw_deposit(request.scope, deposit_id, said.invoice_id, said.amount_minor, on=said.drawn_on)
    return queries.deposit(request.scope, deposit_id)


@resource.post("/deposits/{deposit_id}/refund", Deposit, "refund_deposits", status=200)
def refund_deposit(request: ProgramRequest, deposit_id: DepositKey, said: DepositRefund) -> Any:
    """Give a deposit back.

    All that is held, at once.
    """
    given = GivenBack(said.method, said.reference, said.refunded_on)
    flow.refund_deposit(request.scope, deposit_id, given, despite_open=said.despite_open)
    return queries.deposit(request.scope, deposit_id)


@resource.get("/deposit-movements/{movement_id}", DepositMovement)
def get_deposit_movement(request: ProgramRequest, movement_id: MovementKey) -> Any:
    """Read a movement of a deposit: what its receipt says."""
    return queries.movement(request.scope, movement_id)


@resource.post("/deposit-movements/{movement_id}/undo", Deposit, status=200)
def undo_deposit_movement(request: ProgramRequest, movement_id: MovementKey, said: MovementTakenBack) -> Any:
    """Take back a draw or a refund.

    What funded a deposit goes back with its payment.
    """
    flow.take_back_movement(request.scope, movement_id, on=said.taken_back_on)
    deposit_id = queries.movement(request.scope, movement_id).deposit_id
    return queries.deposit(request.scope, deposit_id)
