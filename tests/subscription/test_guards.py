"""Contracts under attack by raw SQL."""

import datetime as dt
import re

import pytest
from django.db import transaction

from encaisse.party.models import BillingAccount
from encaisse.subscription.models import Event, Subscription
from tests.architecture import catalogue
from tests.guards import Attack, assert_guarded, copied
from tests.makers import make_account, make_price, make_subscription

CONTRACT, ITEM = "UPDATE subscription_subscription SET", "UPDATE subscription_item SET"
THIS, HELD = "WHERE id = %(contract)s", "WHERE id = %(item)s"
CONDITION, WAITS = "UPDATE subscription_condition SET", {"reference": "K-WAIT", "state": "waiting"}
LATER = {"starts_on": "2031-01-01", "billed_through": "2031-01-01"}
ATTACKS = [
    Attack("subscription_ends_after_it_starts", f"{CONTRACT} end_date = start_date {THIS}"),
    Attack("subscription_renews_by_its_term", f"{CONTRACT} renewal = 'automatic', term_months = 12 {THIS}"),
    Attack("subscription_renews_by_its_term", f"{CONTRACT} renewal = 'always' {THIS}"),
    Attack("subscription_term_is_positive", f"{CONTRACT} term_months = 0 {THIS}"),
    Attack("subscription_notice_not_negative", f"{CONTRACT} notice_days = -1 {THIS}"),
    Attack(
        "contract_bears_a_reference_of_its_account",
        f"{CONTRACT} buyer_reference_id = %(others_reference)s {THIS}",
    ),
    Attack("subscription_reference_once", copied("subscription_subscription", "contract")),
    Attack(
        "contract_of_an_account_that_is_there",
        copied("subscription_subscription", "contract", reference="K-NEW", account_id=None).replace(
            '"account_id": null', '"account_id": %(withdrawn)s'
        ),
    ),
    Attack(
        "account_with_a_contract_stays",
        "UPDATE party_billingaccount SET state = 'withdrawn' WHERE id = %(account)s",
    ),
    Attack("contract_waits_for_something", copied("subscription_subscription", "contract", **WAITS)),
    Attack("contract_waits_no_longer_than_it_must", f"{CONDITION} met_on = '2026-02-01' WHERE id = %(last)s"),
    Attack("contract_begins_once_all_is_there", f"{CONTRACT} state = 'active' WHERE id = %(waiting)s"),
    Attack(
        "condition_while_its_contract_waits",
        "INSERT INTO subscription_condition (subscription_id, kind) VALUES (%(contract)s, 'deposit')",
    ),
    Attack("condition_keeps_what_it_says", f"{CONDITION} kind = 'guarantee' WHERE id = %(last)s"),
    Attack(
        "condition_once_per_kind",
        "INSERT INTO subscription_condition (subscription_id, kind) VALUES (%(waiting)s, 'advance')",
    ),
    Attack("event_once_per_place", copied("subscription_event", "event")),
    Attack("item_starts_once_per_position", copied("subscription_item", "item")),
    Attack("item_quantity_is_positive", copied("subscription_item", "item", **LATER, quantity=0)),
    Attack("item_price_not_negative", copied("subscription_item", "item", **LATER, unit_price=-1)),
    Attack(
        "item_discount_is_a_percentage", copied("subscription_item", "item", **LATER, discount_percent=100.1)
    ),
    Attack(
        "item_discount_is_an_amount_or_a_percentage",
        copied("subscription_item", "item", **LATER, discount_percent=1, discount_amount=1),
    ),
    Attack(
        "item_discount_is_an_amount_or_a_percentage",
        copied("subscription_item", "item", **LATER, discount_amount=-1),
    ),
    Attack("item_ends_after_it_starts", copied("subscription_item", "item", **LATER, ends_on="2030-12-31")),
    Attack(
        "item_is_anchored_before_it_starts",
        copied("subscription_item", "item", **LATER, anchor_date="2031-01-02"),
    ),
    Attack("item_closed_has_an_end", f"{ITEM} closed_by_id = %(event)s {HELD}"),
    Attack("item_keeps_what_it_says", f"{ITEM} quantity = 2 {HELD}"),
    Attack("item_only_ends_sooner", f"{ITEM} ends_on = '2026-07-01' WHERE id = %(ended)s"),
    Attack("item_only_ends_sooner", f"{ITEM} ends_on = NULL WHERE id = %(ended)s"),
    Attack("item_billed_once", f"{ITEM} billed_through = billed_through - 1 {HELD}"),
]
MUTABLE = {"id", "ends_on", "closed_by_id", "billed_through"}


@pytest.mark.parametrize("attack", ATTACKS, ids=str)
def test_each_guard_refuses_and_nothing_else_does(attack: Attack, story: dict[str, int]) -> None:
    assert_guarded(attack, story)


@pytest.mark.django_db
def test_a_segment_changes_in_no_column_but_its_end() -> None:
    """The guard names the columns, so that the hottest update enters no trigger: all of them are named."""
    guard = catalogue.trigger("subscription_item", "item_keeps_what_it_says")
    (watched,) = re.findall(r"UPDATE OF (.+?) ON ", guard.text)

    assert (
        set(watched.replace('"', "").split(", ")) == catalogue.columns("subscription_item").keys() - MUTABLE
    )


@pytest.fixture(scope="module")
def story(shared_database: str) -> dict[str, int]:
    """A contract with an event, a segment that ended, and another account's reference."""
    item = make_subscription(make_price())
    ended = make_subscription(make_price(), ends_on=dt.date(2026, 6, 1))
    event = Event.objects.create(
        subscription=item.subscription, seq=1, kind="start", effective_on=item.starts_on, actor_kind="user"
    )
    with transaction.atomic():
        waiting = Subscription.objects.create(
            reference="K-W", account=item.account, state="waiting", start_date=item.starts_on
        )
        last = waiting.conditions.create(kind="advance")
    withdrawn = make_account()
    BillingAccount.objects.filter(pk=withdrawn.pk).update(state="withdrawn")
    others = make_account().references.create(order_reference="BC 7")
    assert Subscription.objects.count() == 3
    return {
        "contract": item.subscription_id,
        "account": item.account_id,
        "withdrawn": withdrawn.pk,
        "item": item.pk,
        "ended": ended.pk,
        "event": event.pk,
        "waiting": waiting.pk,
        "last": last.pk,
        "others_reference": others.pk,
    }
