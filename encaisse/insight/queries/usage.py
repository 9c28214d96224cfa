"""What a contract used, period by period, and what that cost."""

import datetime as dt
from decimal import Decimal
from typing import Final, NamedTuple

from django.db.models import Count, Sum

from encaisse.charge.models import Charge, ChargeKind, ChargeUsage
from encaisse.kernel import money
from encaisse.kernel.scope import Scope
from encaisse.subscription.models import Subscription
from encaisse.usage.models import Waiting

# Two years of months: what is older is in the list of usage.
SOME: Final = 24


class PeriodUsage(NamedTuple):
    """What was used of one meter in one period, and what was charged for it before discounts, rounded half-up.

    Without a period it is what waits to be rated. `times` and `quantity` are zero where a minimum alone is owed.
    """

    meter: str
    name_fr: str
    name_en: str
    period_from: dt.date | None
    period_to: dt.date | None
    times: int
    quantity: Decimal
    amount_minor: int | None
    currency: str


def usage_by_period(scope: Scope, subscription_id: int) -> tuple[PeriodUsage, ...]:
    """What waits, then the latest periods charged, newest first: nothing of a contract that the scope does not see."""
    if not Subscription.objects.visible_to(scope).filter(pk=subscription_id).exists():
        return ()
    return (*_waiting(subscription_id), *_charged(subscription_id))


def _waiting(subscription_id: int) -> tuple[PeriodUsage, ...]:
    found = Waiting.objects.filter(subscription_id=subscription_id).order_by("event__meter")
    rows = found.values_list("event__meter").annotate(Count("pk"), Sum("event__quantity"))
    return tuple(
        PeriodUsage(meter, "", "", None, None, times, quantity, None, "") for meter, times, quantity in rows
    )


def _charged(subscription_id: int) -> tuple[PeriodUsage, ...]:
    kinds = [ChargeKind.USAGE, ChargeKind.MINIMUM, ChargeKind.CREDIT]
    found = Charge.objects.filter(
        item__subscription_id=subscription_id, item__offer__kind="usage", kind__in=kinds
    )
    facts = ("item__offer__meter", "item__offer__name_fr", "item__offer__name_en", "period_from", "period_to")
    newest = found.order_by("-period_from", "-period_to", "item__offer__meter")
    rows = newest.values_list(*facts, "currency").annotate(Sum("amount"))[:SOME]
    used = _used(subscription_id)
    return tuple(
        PeriodUsage(
            meter, name_fr, name_en, first, until, *used.get((meter, first, until), (0, Decimal(0))),
            money.to_minor(amount, currency), currency,
        )
        for meter, name_fr, name_en, first, until, currency, amount in rows
    )  # fmt: skip


def _used(subscription_id: int) -> dict[tuple[str, dt.date, dt.date], tuple[int, Decimal]]:
    found = ChargeUsage.objects.filter(charge__item__subscription_id=subscription_id).order_by("event__meter")
    facts = ("event__meter", "charge__period_from", "charge__period_to")
    rows = found.values_list(*facts).annotate(Count("pk"), Sum("event__quantity"))
    return {(meter, first, until): (times, quantity) for meter, first, until, times, quantity in rows}
