"""Deposits in words: their states, what moved, and what a receipt is called."""

from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from encaisse.deposit.queries.deposits import DepositRow, MovementRow
from encaisse.deposit.queries.proposals import ProposalRow
from encaisse.desk import states
from encaisse.ui.shapes import Status, Tone, Words

STATES: Final = {
    "new": Status(gettext_lazy("Prepared"), Tone.DRAFT),
    "validated": Status(pgettext_lazy("deposit", "Asked for"), Tone.ACTIVE),
    "hold": Status(gettext_lazy("Partly received"), Tone.WARN),
    "locked": Status(pgettext_lazy("deposit", "Held"), Tone.GOOD),
    "unlocked": Status(gettext_lazy("Drawn on"), Tone.WARN),
    "used": Status(pgettext_lazy("deposit", "Used up"), Tone.CLOSED),
    "refunded": Status(gettext_lazy("Given back"), Tone.CLOSED),
    "cancelled": Status(pgettext_lazy("deposit", "Cancelled"), Tone.CLOSED),
}
KINDS: Final[dict[str, Words]] = {
    "fund": pgettext_lazy("deposit", "Received"),
    "draw": gettext_lazy("Drawn on an invoice"),
    "refund": gettext_lazy("Given back"),
}
METHODS: Final[dict[str, Words]] = {**states.METHODS, "carried": gettext_lazy("Held elsewhere before")}
RECEIPTS: Final[dict[str, Words]] = {
    "fund": gettext_lazy("Receipt of a security deposit"),
    "draw": gettext_lazy("Drawing on a security deposit"),
    "refund": gettext_lazy("Return of a security deposit"),
}
WHYS: Final[dict[str, Words]] = {
    "contract_ended": gettext_lazy("Its contract has ended"),
    "validity_over": gettext_lazy("It is held no longer"),
    "invoice_late": gettext_lazy("An invoice is late"),
    "equipment_returned": gettext_lazy("What was lent came back"),
}


def proposed(row: ProposalRow) -> Words:
    """What is proposed of a deposit."""
    if row.kind == "draw":
        return _("Pay invoice %(number)s out of it") % {"number": row.invoice}
    return _("Give it back")


def state(row: DepositRow) -> Status:
    """Where a deposit stands."""
    return STATES[row.state]


def moved(row: MovementRow) -> Words:
    """What a movement is, or which one it takes back."""
    if row.seq_undone is not None:
        return _("Taking back of %(receipt)s") % {"receipt": f"{row.deposit}/{row.seq_undone}"}
    return KINDS[row.kind]
