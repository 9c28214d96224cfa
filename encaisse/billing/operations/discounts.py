"""Every write of discounts that the documents of an account get as a whole."""

import datetime as dt
from decimal import Decimal

from django.db import transaction

from encaisse.billing.errors import DiscountEndsBeforeItBegins
from encaisse.billing.models import DocumentDiscount
from encaisse.kernel import events
from encaisse.kernel.errors import NotFound
from encaisse.kernel.scope import Scope
from encaisse.party.models import BillingAccount


@transaction.atomic
def grant(
    scope: Scope,
    account_id: int,
    *,
    percent: Decimal | None,
    amount: Decimal | None,
    reason: str,
    period: tuple[dt.date, dt.date | None],
) -> int:
    """Documents of the account dated within the half-open `period` get a percent or an amount off. Returns its key.

    An amount is in main units of the account's currency. Raises NotPermitted, NotFound, DiscountEndsBeforeItBegins.
    """
    scope.require("bill")
    account = BillingAccount.objects.visible_to(scope).filter(pk=account_id).first()
    if account is None:
        raise NotFound(noun="account")
    valid_from, valid_to = period
    _require_order(valid_from, valid_to)
    made = DocumentDiscount.objects.create(
        account=account,
        percent=percent,
        amount=amount,
        currency=account.currency,
        reason=reason,
        valid_from=valid_from,
        valid_to=valid_to,
    )
    events.record(
        "billing_account.discount_granted", "billing_account", account_id, scope.actor, reason=reason
    )
    return made.pk


@transaction.atomic
def end(scope: Scope, discount_id: int, *, valid_to: dt.date) -> None:
    """Documents dated on `valid_to` or later get it no more; those already made keep it.

    Raises NotPermitted, NotFound, DiscountEndsBeforeItBegins.
    """
    scope.require("bill")
    visible = BillingAccount.objects.visible_to(scope).values("pk")
    found = DocumentDiscount.objects.select_for_update().filter(pk=discount_id, account__in=visible).first()
    if found is None:
        raise NotFound(noun="discount")
    _require_order(found.valid_from, valid_to)
    DocumentDiscount.objects.filter(pk=discount_id).update(valid_to=valid_to)
    account_id, reason = found.account_id, found.reason
    events.record("billing_account.discount_ended", "billing_account", account_id, scope.actor, reason=reason)


def _require_order(valid_from: dt.date, valid_to: dt.date | None) -> None:
    if valid_to is not None and valid_to <= valid_from:
        raise DiscountEndsBeforeItBegins(valid_from=valid_from)
