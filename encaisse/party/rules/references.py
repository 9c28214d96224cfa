"""What a buyer asks to read on its documents, and what an account requires of it."""

import enum
from typing import NamedTuple

from encaisse.intake.rules import parse_text
from encaisse.party.errors import ReferenceRequired

LONGEST_ORDER = LONGEST_CONTRACT = 50
LONGEST_BUYER = 100


class RequiredReference(enum.StrEnum):
    """Which reference the documents of an account must bear: an order's, or the buyer's own."""

    NONE = ""
    ORDER = "order"
    BUYER = "buyer"


class References(NamedTuple):
    """The buyer's order (BT-13), its contract (BT-12), its own reference or service code (BT-10)."""

    order_reference: str = ""
    contract_reference: str = ""
    buyer_reference: str = ""


def checked(told: References) -> References:
    """The references in composed Unicode, without blanks around them.

    Raises TextTooLong and ControlCharacter. Source of the lengths: Chorus Pro.
    """
    return References(
        parse_text(told.order_reference, longest=LONGEST_ORDER),
        parse_text(told.contract_reference, longest=LONGEST_CONTRACT),
        parse_text(told.buyer_reference, longest=LONGEST_BUYER),
    )


def suffices(required: str, borne: References) -> bool:
    """Whether the reference that an account requires, if any, is among those borne."""
    if required == RequiredReference.ORDER:
        return bool(borne.order_reference)
    return required != RequiredReference.BUYER or bool(borne.buyer_reference)


def require(required: str, borne: References) -> None:
    """A document bears the reference that its account requires. Raises ReferenceRequired."""
    if not suffices(required, borne):
        raise ReferenceRequired(required=required)
