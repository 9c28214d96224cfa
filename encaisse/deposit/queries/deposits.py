"""Deposits and their movements, of the accounts that the asker may see."""

import datetime as dt
from collections.abc import Mapping
from typing import Final, NamedTuple

from django.db.models import F, Q, QuerySet, Sum

from encaisse.deposit.models import HOLDING, Deposit, Movement
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import Window, counted, few_or_query
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount, Customer
from encaisse.party.rules.names import sort_key

ORDERS: Final[Mapping[str, str]] = {
    "requested_on": "requested_on",
    "number": "number",
    "amount_minor": "amount_minor",
    "held_minor": "held",
    "valid_until": "valid_until",
}
HELD: Final = F("received_minor") - F("drawn_minor") - F("refunded_minor")


class Wanted(NamedTuple):
    """What a list of deposits is asked for; an empty field asks nothing.

    `text` finds a number, or a customer by name or reference. `only_held` keeps those of which something is held.
    """

    text: str = ""
    state: str = ""
    only_held: bool = False
    entity_id: int | None = None
    customer_id: int | None = None
    account_id: int | None = None
    subscription_id: int | None = None
    template_id: int | None = None


class DepositRow(NamedTuple):
    """One deposit, in minor units of `currency`. `subscription_id` and `contract` say for which contract, if any."""

    id: int
    number: str
    state: str
    customer_id: int
    customer: str
    account_id: int
    account: str
    entity_id: int
    entity: str
    template_id: int
    template: str
    subscription_id: int | None
    contract: str | None
    currency: str
    amount_minor: int
    received_minor: int
    drawn_minor: int
    refunded_minor: int
    requested_on: dt.date
    valid_until: dt.date | None
    is_auto_refund: bool
    cancel_reason: str
    actor: str
    created_at: dt.datetime

    @property
    def held_minor(self) -> int:
        """Received, and neither drawn nor given back."""
        return self.received_minor - self.drawn_minor - self.refunded_minor

    @property
    def expected_minor(self) -> int:
        """What is asked for and not received."""
        return self.amount_minor - self.received_minor if self.state in {"validated", "hold"} else 0

    @property
    def is_held(self) -> bool:
        """Whether anything may be drawn or given back."""
        return self.state in HOLDING


class MovementRow(NamedTuple):
    """One movement: positive is held. `receipt` numbers its receipt; `seq_undone` is what it takes back, if anything.

    A fund names its payment, a draw its invoice, a refund its method.
    """

    id: int
    deposit_id: int
    deposit: str
    seq: int
    kind: str
    currency: str
    amount_minor: int
    payment_id: int | None
    invoice_id: int | None
    method: str
    reference: str
    moved_on: dt.date
    seq_undone: int | None
    is_undone: bool
    actor: str
    recorded_at: dt.datetime

    @property
    def receipt(self) -> str:
        """The number of its receipt."""
        return f"{self.deposit}/{self.seq}"

    @property
    def is_standing(self) -> bool:
        """Neither taken back nor the taking back of another."""
        return self.seq_undone is None and not self.is_undone


class Held(NamedTuple):
    """What is held in one currency, and what is still expected."""

    currency: str
    held_minor: int
    expected_minor: int


class Listed(NamedTuple):
    """One page of a list, how many rows there are unless they are many, and whether it goes on."""

    rows: tuple[DepositRow, ...]
    total: int | None
    more: bool


EVERY: Final = Wanted()
FIRST: Final = Window("-requested_on")
_DEPOSIT: Final = (
    "pk", "number", "state", "account__customer_id", "account__customer__name", "account_id", "account__reference",
    "legal_entity_id", "legal_entity__identity__name", "template_id", "template__name", "subscription_id",
    "subscription__reference", "currency", "amount_minor", "received_minor", "drawn_minor", "refunded_minor",
    "requested_on", "valid_until", "template__is_auto_refund", "cancel_reason", "actor_label", "created_at",
)  # fmt: skip
_MOVEMENT: Final = (
    "pk", "deposit_id", "deposit__number", "seq", "kind", "deposit__currency", "amount_minor", "payment_id",
    "invoice_id", "payment__method", "method", "reference", "moved_on", "reverses__seq", "reversed_by__pk",
    "actor_label", "recorded_at",
)  # fmt: skip


def deposits(scope: Scope, wanted: Wanted = EVERY, *, window: Window = FIRST, count: bool = True) -> Listed:
    """The deposits wanted, the latest first unless sorted otherwise."""
    found = _wanted(scope, wanted)
    one_more = Window(window.sort, window.offset, window.size + 1, window.after)
    rows = one_more.cut(found.annotate(held=HELD), ORDERS)
    shown = [DepositRow(*row) for row in rows.values_list(*_DEPOSIT)]
    total = counted(found) if count and window.after is None else None
    return Listed(tuple(shown[: window.size]), total, len(shown) > window.size)


def deposit(scope: Scope, deposit_id: int) -> DepositRow:
    """One deposit. Raises NotFound."""
    found = Deposit.objects.visible_to(scope).filter(pk=deposit_id).values_list(*_DEPOSIT).first()
    if found is None:
        raise NotFound(noun="deposit")
    return DepositRow(*found)


def movements(scope: Scope, deposit_id: int) -> list[MovementRow]:
    """What moved of the deposit, in order, what was taken back included. Raises NotFound."""
    deposit(scope, deposit_id)
    return _movements(Movement.objects.visible_to(scope).filter(deposit_id=deposit_id))


def movement(scope: Scope, movement_id: int) -> MovementRow:
    """One movement: what its receipt says. Raises NotFound."""
    found = _movements(Movement.objects.visible_to(scope).filter(pk=movement_id))
    if not found:
        raise NotFound(noun="movement")
    return found[0]


def held(scope: Scope, wanted: Wanted = EVERY) -> list[Held]:
    """What is held and expected of the deposits wanted, by currency."""
    expected = Sum(
        F("amount_minor") - F("received_minor"), filter=Q(state__in=("validated", "hold")), default=0
    )
    sums = (
        _wanted(scope, wanted).order_by().values_list("currency").annotate(held=Sum(HELD), expected=expected)
    )
    return [Held(*row) for row in sums.order_by("currency") if any(row[1:])]


def _wanted(scope: Scope, wanted: Wanted) -> "QuerySet[Deposit]":
    equal = {
        "state": wanted.state,
        "legal_entity_id": wanted.entity_id,
        "account__customer_id": wanted.customer_id,
        "account_id": wanted.account_id,
        "subscription_id": wanted.subscription_id,
        "template_id": wanted.template_id,
    }
    found = Deposit.objects.visible_to(scope).filter(
        **{name: value for name, value in equal.items() if value}
    )
    if wanted.only_held:
        found = found.filter(state__in=HOLDING)
    return found.filter(_of_text(wanted.text)) if wanted.text else found


def _of_text(text: str) -> Q:
    customers = Customer.objects.filter(Q(sort_key__contains=sort_key(text)) | Q(reference__istartswith=text))
    accounts = BillingAccount.objects.filter(customer__in=customers.values("pk"))
    return Q(number__istartswith=text) | Q(account_id__in=few_or_query(accounts, "pk"))


def _movements(found: "QuerySet[Movement]") -> list[MovementRow]:
    rows = found.order_by("seq").values_list(*_MOVEMENT)
    return [
        MovementRow._make((*row[:9], row[9] or row[10], *row[11:14], row[14] is not None, *row[15:]))
        for row in rows
    ]
