"""Payments as people see them: lists and one payment, of the accounts that the asker may see."""

import datetime as dt
from collections.abc import Mapping
from typing import Final, NamedTuple

from django.db.models import F, OrderBy, Q, QuerySet
from django.db.models.expressions import CombinedExpression

from encaisse.kernel import sql
from encaisse.kernel.errors import NotFound
from encaisse.kernel.lists import COUNTED, COUNTED_APART, counted, few, grouped
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount, Customer
from encaisse.party.rules.names import sort_key
from encaisse.payment.models import Payment, PaymentState

LEFT: Final = F("amount_minor") - F("allocated_minor")
SORTS: Final[Mapping[str, F | CombinedExpression]] = {
    "received_on": F("received_on"),
    "amount_minor": F("amount_minor"),
    "left_minor": LEFT,
}


class Wanted(NamedTuple):
    """What a list of payments is asked for; an empty field asks nothing.

    `text` finds a reference, or a customer by name or reference. `only_left` keeps the payments of which
    something is still to be allocated. Received from, to: half-open.
    """

    text: str = ""
    state: str = ""
    method: str = ""
    currency: str = ""
    only_left: bool = False
    entity_id: int | None = None
    customer_id: int | None = None
    account_id: int | None = None
    received_from: dt.date | None = None
    received_to: dt.date | None = None


class PaymentRow(NamedTuple):
    """One payment, in minor units of `currency`."""

    id: int
    state: str
    method: str
    received_on: dt.date
    reference: str
    customer_id: int
    customer: str
    account_id: int
    account: str
    entity: str
    currency: str
    amount_minor: int
    allocated_minor: int
    actor: str
    recorded_at: dt.datetime

    @property
    def left_minor(self) -> int:
        """What may still be laid on invoices: nothing once the payment was returned."""
        return 0 if self.state == PaymentState.RETURNED else self.amount_minor - self.allocated_minor


class WrittenPayment(NamedTuple):
    """One payment of a list; `text` is a JSON object of everything but the keys."""

    id: int
    customer_id: int
    account_id: int
    text: str

    @property
    def keys(self) -> Mapping[str, tuple[str, int]]:
        """The rows that it names: their prefix and key, by field."""
        return {
            "id": ("pay", self.id),
            "customer_id": ("cus", self.customer_id),
            "account_id": ("ba", self.account_id),
        }


class Listed(NamedTuple):
    """One page of a list, how many rows there are unless nobody counted, and whether it goes on."""

    rows: list[PaymentRow]
    total: int | None
    more: bool


class Received(NamedTuple):
    """Payments of one currency that stayed, summed."""

    currency: str
    amount_minor: int
    left_minor: int


EVERY: Final = Wanted()


def payments(
    scope: Scope,
    wanted: Wanted = EVERY,
    *,
    sort: str = "-received_on",
    offset: int = 0,
    limit: int = 50,
    count: bool = True,
) -> Listed:
    """The payments wanted, how many there are unless they are many, and whether there are more.

    `sort` is a key of `SORTS`, after `-` when descending.
    """
    found = _wanted(scope, wanted)
    order = OrderBy(SORTS[sort.removeprefix("-")], descending=sort.startswith("-"))
    last = "-pk" if sort.startswith("-") else "pk"
    page = list(_described(found).order_by(order, last)[offset : offset + limit + 1])
    total = counted(found, _most(scope, wanted)) if count else None
    return Listed([_row(payment) for payment in page[:limit]], total, more=len(page) > limit)


def written(
    scope: Scope,
    wanted: Wanted = EVERY,
    *,
    sort: str = "-received_on",
    limit: int = 50,
    after: int | None = None,
) -> list[WrittenPayment]:
    """One page of the payments wanted and the row after it, as `payments` has them, made into JSON by PostgreSQL."""
    key, descending = SORTS[sort.removeprefix("-")], sort.startswith("-")
    found = _wanted(scope, wanted).annotate(sort_key=key)
    if after is not None:
        side = "lt" if descending else "gt"
        seen = Payment.objects.filter(pk=after).annotate(sort_key=key).values("sort_key")[:1]
        found = found.filter(Q(**{f"sort_key__{side}": seen}) | Q(sort_key=seen, pk__lt=after))
    ids = list(
        found.order_by(OrderBy(F("sort_key"), descending=descending), "-pk").values_list("pk", flat=True)[
            : limit + 1
        ]
    )
    return [WrittenPayment(*row) for row in sql.prepared_rows("payment", "written_payments", {"ids": ids})]


def received(scope: Scope, wanted: Wanted = EVERY) -> list[Received]:
    """The payments wanted that were not returned, summed by currency; nothing when they are too many to sum."""
    found = _wanted(scope, wanted).exclude(state=PaymentState.RETURNED).annotate(left=LEFT)
    most = _most(scope, wanted)
    rows = found.order_by().values("currency", "amount_minor", "left")[: most + 1]
    sums = grouped(rows, "currency", "amount_minor", "left")
    if sum(count for _, count, *_ in sums) > most:
        return []
    return [Received(currency, amount, left) for currency, _, amount, left in sums]


def payment(scope: Scope, payment_id: int) -> PaymentRow:
    """One payment. Raises NotFound."""
    found = _described(Payment.objects.visible_to(scope)).filter(pk=payment_id).first()
    if found is None:
        raise NotFound(noun="payment")
    return _row(found)


def _most(scope: Scope, wanted: Wanted) -> int:
    """Up to how many are counted: fewer where no index gives them."""
    return COUNTED if scope.sees_every_customer and not wanted.text else COUNTED_APART


def _wanted(scope: Scope, wanted: Wanted) -> QuerySet[Payment]:
    equal = {
        "state": wanted.state,
        "method": wanted.method,
        "currency": wanted.currency,
        "legal_entity_id": wanted.entity_id,
        "account__customer_id": wanted.customer_id,
        "account_id": wanted.account_id,
        "received_on__gte": wanted.received_from,
        "received_on__lt": wanted.received_to,
    }
    asked = {name: value for name, value in equal.items() if value}
    found = Payment.objects.visible_to(scope).filter(**asked)
    if wanted.only_left:
        found = found.filter(state=PaymentState.RECEIVED, allocated_minor__lt=F("amount_minor"))
    return found.filter(paid_by(wanted.text)) if wanted.text else found


def paid_by(text: str) -> Q:
    """The condition that a payment is found by a text: its reference, or its customer."""
    accounts = BillingAccount.objects.filter(customer__in=Customer.objects.filter(_named(text)).values("pk"))
    found = few(accounts, "pk")
    named = _named(text, "account__customer__") if found is None else Q(account_id__in=found)
    return Q(reference__icontains=text) | named


def _named(text: str, customer: str = "") -> Q:
    begun, part = (
        {f"{customer}reference__istartswith": text},
        {f"{customer}sort_key__contains": sort_key(text)},
    )
    return Q(**part) | Q(**begun)


def _described(found: QuerySet[Payment]) -> QuerySet[Payment]:
    return found.select_related("account__customer", "legal_entity__identity")


def _row(payment: Payment) -> PaymentRow:
    return PaymentRow(
        id=payment.pk,
        state=payment.state,
        method=payment.method,
        received_on=payment.received_on,
        reference=payment.reference,
        customer_id=payment.account.customer_id,
        customer=payment.account.customer.name,
        account_id=payment.account_id,
        account=payment.account.reference,
        entity=payment.legal_entity.identity.name,
        currency=payment.currency,
        amount_minor=payment.amount_minor,
        allocated_minor=payment.allocated_minor,
        actor=payment.actor_label,
        recorded_at=payment.recorded_at,
    )
