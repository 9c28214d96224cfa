"""The bench of usage rates every event that it tells; its times are for `encaisse bench`."""

from decimal import Decimal

import pytest
from django.db.models import Count, Sum

from encaisse.bench.usage import run
from encaisse.charge.models import Charge, ChargeUsage
from encaisse.subscription.models import Item

pytestmark = pytest.mark.usefixtures("fresh_database")


def test_five_hundred_accounts_are_charged_for_each_of_their_events():
    told = []

    cases = run(events=25_000, rounds=1, say=told.append)

    assert [(case["case"], case["items"], case["rounds"]) for case in cases] == [
        ("usage told", 25_000, 1),
        ("usage", 25_000, 1),
    ]
    assert told == ["1/1"]
    assert ChargeUsage.objects.count() == 25_000
    # An account used 52 units by tiers (21.60, in three charges), 51 by volume (15.30, above the minimum), 5 seats
    # (20.00), and made 12 transactions at the least fee (6.00).
    (charged,) = Charge.objects.values_list("kind").annotate(Count("pk"), Sum("amount"))
    assert charged == ("usage", 500 * 6, 500 * Decimal("62.90"))
    assert Item.objects.filter(billed_through="2026-02-01").count() == 2_000
