"""Discounts of whole documents as the page of an account shows them."""

import datetime as dt
from decimal import Decimal
from typing import NamedTuple

from encaisse.billing.models import DocumentDiscount
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount


class DiscountRow(NamedTuple):
    """One discount: a percent, or an amount in main units; its period is half-open."""

    id: int
    account_id: int
    percent: Decimal | None
    amount: Decimal | None
    currency: str
    reason: str
    valid_from: dt.date
    valid_to: dt.date | None


def discounts(scope: Scope, account_id: int) -> tuple[DiscountRow, ...]:
    """Those of one visible account, the latest first."""
    visible = BillingAccount.objects.visible_to(scope).filter(pk=account_id).values("pk")
    found = DocumentDiscount.objects.filter(account__in=visible).order_by("-valid_from", "-pk")
    return tuple(DiscountRow(*row) for row in found.values_list(*("pk", *DiscountRow._fields[1:])))
