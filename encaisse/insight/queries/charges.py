"""Charges with what became of each: open, billed on which document, voided or dropped."""

import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Final, NamedTuple

from django.db.models import Exists, OuterRef, QuerySet

from encaisse.billing.models import Claim
from encaisse.charge.models import Charge
from encaisse.invoice.models import Line
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount

OPEN: Final = "open"


class Wanted(NamedTuple):
    """What is looked for; `billable_to` is exclusive, `fate` is `open` or one of billing's."""

    account_id: int | None = None
    contract_id: int | None = None
    kind: str = ""
    fate: str = ""
    billable_from: dt.date | None = None
    billable_to: dt.date | None = None


class ChargeFate(NamedTuple):
    """One charge: exact amounts before the discount, a period whose end is exclusive, and what became of it."""

    id: int
    kind: str
    label: str
    account_id: int
    account: str
    contract_id: int | None
    contract: str | None
    product: str
    currency: str
    quantity: Decimal
    unit_price: Decimal
    amount: Decimal
    discount_percent: Decimal
    discount_amount: Decimal | None
    discount_reason: str | None
    period_from: dt.date | None
    period_to: dt.date | None
    billable_on: dt.date
    rated_at: dt.datetime
    reverses_id: int | None
    fate: str
    run_id: int | None
    invoice_id: int | None


_COLUMNS: Final = {
    "account": "account__reference",
    "contract_id": "item__subscription_id",
    "contract": "item__subscription__reference",
    "product": "product__code",
}
_FATE: Final = ("fate", "run_id", "invoice_id")


def charges(scope: Scope, wanted: Wanted, *, size: int, after: int | None = None) -> tuple[ChargeFate, ...]:
    """The visible charges wanted, the latest first, so many of them after the one of that key."""
    found = _wanted(_visible(scope), wanted)
    if after is not None:
        found = found.filter(pk__lt=after)
    columns = [_COLUMNS.get(name, name) for name in ChargeFate._fields if name not in _FATE]
    rows = list(found.order_by("-pk").values_list(*columns)[:size])
    fates = _fates([row[0] for row in rows])
    return tuple(ChargeFate._make((*row, *fates.get(row[0], (OPEN, None, None)))) for row in rows)


def _visible(scope: Scope) -> QuerySet[Charge]:
    if scope.sees_every_row:
        return Charge.objects.all()
    return Charge.objects.filter(account__in=BillingAccount.objects.visible_to(scope))


def _wanted(found: QuerySet[Charge], wanted: Wanted) -> QuerySet[Charge]:
    said: Mapping[str, object] = {
        "account_id": wanted.account_id,
        "item__subscription_id": wanted.contract_id,
        "kind": wanted.kind,
        "billable_on__gte": wanted.billable_from,
        "billable_on__lt": wanted.billable_to,
    }
    found = found.filter(**{name: value for name, value in said.items() if value})
    if not wanted.fate:
        return found
    claims = Claim.objects.filter(charge=OuterRef("pk"))
    if wanted.fate == OPEN:
        return found.filter(~Exists(claims))
    return found.filter(Exists(claims.filter(fate=wanted.fate)))


def _fates(charge_ids: Iterable[int]) -> dict[int, tuple[str, int | None, int | None]]:
    claims = list(Claim.objects.filter(pk__in=list(charge_ids)).values_list("pk", "fate", "run_id", "line"))
    lines = Line.objects.filter(pk__in=[line for *_, line in claims if line])
    invoices = dict(lines.values_list("pk", "invoice_id"))
    return {key: (fate, run_id, invoices.get(line or 0)) for key, fate, run_id, line in claims}
