"""What is proposed of security deposits, and what offers ask for."""

import datetime as dt
from typing import Any, Literal

from ninja import Query
from pydantic import Field

from encaisse.api.fields import (
    AccountRef,
    Currency,
    CustomerRef,
    DepositRef,
    DepositTemplateKey,
    DepositTemplateRef,
    Given,
    InvoiceRef,
    Minor,
    OfferKey,
    Page,
    Paging,
    ProposalKey,
    ProposalRef,
    Told,
    page,
    whole,
)
from encaisse.api.requests import ProgramRequest
from encaisse.api.resource import Resource
from encaisse.deposit.operations.offers import OfOffer
from encaisse.deposit.queries import proposals as queries
from encaisse.flows import propose_deposits as flow
from encaisse.flows.deposits_of_offers import set_deposit
from encaisse.kernel.lists import Window

resource = Resource("Proposals of security deposits")


class ProposalFilter(Paging):
    """Which proposals: those that wait, the oldest first."""

    after: ProposalKey | None = None


class DepositProposal(Told):
    """To give a deposit back, or to pay a late invoice out of it. `amount_minor` is what would move now."""

    id: ProposalRef
    kind: Literal["refund", "draw"]
    why: Literal["contract_ended", "validity_over", "invoice_late", "equipment_returned"]
    state: Literal["open", "approved", "declined"]
    deposit_id: DepositRef
    number: str
    customer_id: CustomerRef
    customer: str
    account_id: AccountRef
    account: str
    currency: Currency
    held_minor: Minor
    amount_minor: Minor
    invoice_id: InvoiceRef | None
    proposed_on: dt.date
    answered_by: str


class DepositApproval(Given):
    """Whether a deposit goes back although invoices are open."""

    despite_open: bool = False


class OfferDeposit(Told):
    """What contracts of an offer that begin on `valid_from` or later ask for; zero is no deposit any more."""

    template_id: DepositTemplateRef
    template: str
    legal_entity: str
    currency: Currency
    amount_minor: Minor
    valid_from: dt.date

    @staticmethod
    def resolve_legal_entity(row: queries.OfferDepositRow) -> str:
        """Whose contracts."""
        return row.entity


class OfferDepositGiven(Given):
    """The deposit that contracts of an offer ask for, from a day on."""

    template_id: DepositTemplateKey
    amount_minor: int = Field(strict=True, ge=0, le=10**15, examples=[10000])
    valid_from: dt.date


@resource.get("/deposit-proposals", Page[DepositProposal])
def list_deposit_proposals(request: ProgramRequest, asked: Query[ProposalFilter]) -> Any:
    """List what is proposed of deposits.

    What waits for an answer, the oldest first.
    """
    window = Window("proposed_on", size=asked.limit + 1, after=asked.after)
    return page(request, "dpp", queries.proposals(request.scope, window=window).rows, asked.limit)


@resource.post("/deposit-proposals/{proposal_id}/approve", DepositProposal, "refund_deposits", status=200)
def approve_deposit_proposal(request: ProgramRequest, proposal_id: ProposalKey, said: DepositApproval) -> Any:
    """Approve what is proposed of a deposit.

    It is done as things stand now.
    """
    flow.approve(request.scope, proposal_id, despite_open=said.despite_open)
    return queries.proposal(request.scope, proposal_id)


@resource.post("/deposit-proposals/{proposal_id}/decline", DepositProposal, "refund_deposits", status=200)
def decline_deposit_proposal(request: ProgramRequest, proposal_id: ProposalKey) -> Any:
    """Decline what is proposed of a deposit.

    Nothing moves, and the same is not proposed again.
    """
    flow.decline(request.scope, proposal_id)
    return queries.proposal(request.scope, proposal_id)


@resource.get("/offers/{offer_id}/deposits", Page[OfferDeposit])
def list_offer_deposits(request: ProgramRequest, offer_id: OfferKey) -> Any:
    """List which deposits an offer asks for.

    The latest day first.
    """
    return whole(queries.of_offer(request.scope, offer_id))


@resource.post("/offers/{offer_id}/deposits", Page[OfferDeposit], "manage_offers")
def set_offer_deposit(request: ProgramRequest, offer_id: OfferKey, said: OfferDepositGiven) -> Any:
    """Say which deposit an offer asks for.

    Contracts that begin from that day on wait until it is held.
    """
    set_deposit(request.scope, OfOffer(offer_id, said.template_id, said.amount_minor, said.valid_from))
    return whole(queries.of_offer(request.scope, offer_id))
