"""What is proposed of deposits, of the accounts that the asker may see."""

import datetime as dt
from typing import Final, NamedTuple

from django.db.models import F, QuerySet

from encaisse.deposit.models import Answer, OfferDeposit, Proposal
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Found, Window
from encaisse.kernel.scope import Scope

ORDERS: Final = {"proposed_on": "proposed_on", "number": "deposit__number"}
FIRST: Final = Window("proposed_on")


class ProposalRow(NamedTuple):
    """One proposal, and what is held of its deposit now, in minor units of `currency`.

    A draw pays the `invoice`, of which `open_minor` is open.
    """

    id: int
    kind: str
    why: str
    state: str
    deposit_id: int
    number: str
    customer_id: int
    customer: str
    account_id: int
    account: str
    currency: str
    held_minor: int
    invoice_id: int | None
    invoice: str | None
    open_minor: int | None
    proposed_on: dt.date
    answered_by: str

    @property
    def amount_minor(self) -> int:
        """What would move now."""
        return self.held_minor if self.open_minor is None else min(self.held_minor, self.open_minor)


class OfferDepositRow(NamedTuple):
    """What an offer asks as a deposit from a day on, of which legal entity; nothing is no deposit any more."""

    id: int
    template_id: int
    template: str
    entity: str
    currency: str
    amount_minor: int
    valid_from: dt.date


_FIELDS: Final = (
    "pk", "kind", "why", "state", "deposit_id", "deposit__number", "deposit__account__customer_id",
    "deposit__account__customer__name", "deposit__account_id", "deposit__account__reference", "deposit__currency",
    "held", "invoice_id", "invoice__number", "still_open", "proposed_on", "answered_by",
)  # fmt: skip


def proposals(
    scope: Scope, *, window: Window = FIRST, only_open: bool = True, deposit_id: int | None = None
) -> Found[ProposalRow]:
    """What waits for an answer, the oldest first, or all that was ever proposed; of one deposit when it is named."""
    found = Proposal.objects.visible_to(scope)
    if only_open:
        found = found.filter(state=Answer.OPEN)
    if deposit_id is not None:
        found = found.filter(deposit=deposit_id)
    return Found(tuple(_rows(window.cut(_told(found), ORDERS))), found.count())


def proposal(scope: Scope, proposal_id: int) -> ProposalRow:
    """One proposal. Raises NotFound."""
    rows = _rows(_told(Proposal.objects.visible_to(scope).filter(pk=proposal_id)))
    if not rows:
        raise NotFound(noun="deposit_proposal")
    return rows[0]


def of_offer(scope: Scope, offer_id: int) -> list[OfferDepositRow]:
    """What the offer asks as a deposit, and asked or will ask, the latest day first, where the asker sees it whole."""
    if not scope.sees_every_customer:
        return []
    told = OfferDeposit.objects.filter(scope.entities("template__legal_entity_id"), offer=offer_id)
    fields = (
        "pk", "template_id", "template__name", "template__legal_entity__identity__name", "template__currency",
        "amount_minor", "valid_from",
    )  # fmt: skip
    return [OfferDepositRow(*row) for row in told.order_by("-valid_from", "-pk").values_list(*fields)]


def _told(found: "QuerySet[Proposal]") -> "QuerySet[Proposal]":
    held = F("deposit__received_minor") - F("deposit__drawn_minor") - F("deposit__refunded_minor")
    still_open = F("invoice__payable_minor") - F("invoice__settled_minor")
    return found.annotate(held=held, still_open=still_open)


def _rows(found: "QuerySet[Proposal]") -> list[ProposalRow]:
    return [ProposalRow(*row) for row in found.values_list(*_FIELDS)]
