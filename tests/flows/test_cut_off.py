"""The cut-off of a day, told in amounts worked out by hand."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.charge.models import Charge
from encaisse.flows.credit_invoice import credit_in_full
from encaisse.flows.cut_off import compute_later, cut_off
from encaisse.insight.queries.cut_off import CutOff
from encaisse.invoice.models import Invoice
from encaisse.kernel import jobs
from encaisse.kernel.errors import NotFound, NotPermitted
from encaisse.kernel.scope import Level, Scope
from encaisse.ledger.queries.cut_offs import kept, lines
from encaisse.ledger.rules import cut, cut_off_entry
from tests.flows.stories import ACTOR, bill, seller
from tests.makers import (
    make_account,
    make_charge,
    make_offer,
    make_price,
    make_product,
    make_rep,
    make_subscription,
)
from tests.usage.stories import TIERS, hold, make_meter, tell

READER = Scope(ACTOR, Level.EVERYTHING, permissions=frozenset({"read_ledger"}))
JANUARY_15, JANUARY_31 = dt.date(2026, 1, 15), dt.date(2026, 1, 31)
FEBRUARY_1, FEBRUARY_15 = dt.date(2026, 2, 1), dt.date(2026, 2, 15)


def of(entity, on: dt.date = JANUARY_31) -> CutOff:
    return cut_off(READER, entity.pk, on)


def in_advance(entity, price: str = "30") -> None:
    """A month from 15 January to 15 February, billed on its first day."""
    account = make_account(legal_entity=entity)
    offer = make_offer(product=make_product(), timing="advance", alignment="anniversary")
    sold = make_price(offer=offer, unit_price=Decimal(price))
    make_subscription(sold, account=account, start_date=JANUARY_15)


@pytest.mark.django_db
def test_30_00_in_advance_from_15_january_leave_13_55_for_february():
    entity = seller()
    in_advance(entity)
    bill(entity, dt.date(2026, 1, 16))

    found = of(entity)

    # 31 days, of which 17 in January: 30.00 × 17/31 = 16.45, and 13.55 for the 14 days of February.
    assert [(each.amount_minor, each.cut_minor) for each in found.deferred] == [(30_00, 13_55)]
    assert (found.deferred_minor, found.accrued) == (13_55, ())
    assert found.entry == {"487": -13_55, "706": 13_55}
    assert of(entity, dt.date(2026, 2, 14)).deferred == ()
    assert of(entity, dt.date(2026, 1, 14)) == CutOff("EUR", dt.date(2026, 1, 14), (), ())


@pytest.mark.django_db
def test_what_began_in_advance_and_is_not_billed_is_earned_by_the_day():
    entity = seller()
    in_advance(entity)
    before = Charge.objects.count()

    found = of(entity)

    assert [(each.cut_minor, each.document_id) for each in found.accrued] == [(16_45, 0)]
    assert found.entry == {"418": 16_45, "706": -16_45}
    assert Charge.objects.count() == before


@pytest.mark.django_db
def test_in_arrears_the_month_under_way_counts_by_the_day_whether_billed_since_or_not():
    entity = seller()
    offer = make_offer(product=make_product(), timing="arrears", alignment="anniversary")
    sold = make_price(offer=offer, unit_price=Decimal(31))
    make_subscription(sold, account=make_account(legal_entity=entity), start_date=JANUARY_15)

    assert of(entity).accrued_minor == 17_00
    bill(entity, FEBRUARY_15)

    found = of(entity)
    assert (found.accrued_minor, found.deferred) == (17_00, ())
    assert found.accrued[0].number
    assert of(entity, dt.date(2026, 2, 14)).accrued_minor == 31_00


@pytest.mark.django_db
def test_what_waits_without_a_period_counts_from_the_day_on_which_it_can_be_billed():
    entity = seller()
    make_charge(account=make_account(legal_entity=entity), unit_price="12.50", billable_on=JANUARY_31)

    assert (of(entity).accrued_minor, of(entity, dt.date(2026, 1, 30)).accrued) == (12_50, ())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("price", "by_the_15th", "by_the_31st"),
    [
        ({}, 14_40, 24_00),
        ({"tiers": TIERS}, 58_00, 90_00),
        ({"tiers": (("150", "0.50"), (None, "0.30")), "model": "volume"}, 60_00, 60_00),
        ({"unit_price": Decimal(31), "model": "flat"}, 15_00, 31_00),
        ({"period_minimum": Decimal("62.00")}, 30_00, 62_00),
    ],
)
def test_usage_of_a_period_under_way_counts_as_used_until_the_day_and_is_the_charge_at_its_end(
    price, by_the_15th, by_the_31st
):
    entity = seller()
    item = hold(make_meter(**price), account=make_account(legal_entity=entity))
    tell(item, ("2026-01-05", "120"), ("2026-01-20", "80"))
    on_the_15th = of(entity, JANUARY_15)

    assert (on_the_15th.accrued_minor, of(entity).accrued_minor) == (by_the_15th, by_the_31st)
    assert {each.period_to for each in on_the_15th.accrued} == {dt.date(2026, 1, 16)}
    assert not Charge.objects.exists()

    # Charged since, each day is what it was.
    bill(entity, FEBRUARY_1)
    assert sum(row.amount for row in Charge.objects.all()) == Decimal(by_the_31st) / 100
    assert (of(entity, JANUARY_15).accrued_minor, of(entity).accrued_minor) == (by_the_15th, by_the_31st)


@pytest.mark.django_db
def test_a_credit_note_mirrors_what_it_credits_from_its_own_day_on():
    entity = seller()
    in_advance(entity)
    bill(entity, dt.date(2026, 1, 16))
    credit_in_full(Invoice.objects.get().pk, reason="Erreur", actor=ACTOR, issue_date=FEBRUARY_1)

    assert (of(entity).deferred_minor, of(entity).accrued) == (13_55, ())
    later = of(entity, FEBRUARY_1)
    assert sorted(each.cut_minor for each in later.deferred) == [-12_58, 12_58]
    assert later.entry == {}


@pytest.mark.django_db
def test_only_who_reads_the_ledger_and_sees_the_seller_has_it():
    entity = seller()

    with pytest.raises(NotPermitted):
        cut_off(Scope(ACTOR, Level.EVERYTHING), entity.pk, JANUARY_31)
    with pytest.raises(NotFound):
        cut_off(READER, entity.pk + 1, JANUARY_31)


@pytest.mark.django_db
def test_what_was_computed_is_kept_for_every_account_and_read_as_far_as_one_sees():
    entity = seller()
    in_advance(entity)
    bill(entity, dt.date(2026, 1, 16))
    make_charge(account=make_account(legal_entity=entity), unit_price="12.50", billable_on=JANUARY_31)
    assert kept(READER, entity.pk, JANUARY_31) is None

    for _ in range(2):
        jobs.work(compute_later(READER, entity.pk, JANUARY_31))

    found, live = kept(READER, entity.pk, JANUARY_31), of(entity)
    assert (found.total("487"), found.total("418"), found.entry) == (13_55, 12_50, live.entry)
    assert (lines(READER, found.id, "487"), lines(READER, found.id, "418")) == (live.deferred, live.accrued)
    assert found.by_product("418")[0][3] == 12_50

    own = Scope(ACTOR, Level.OWN, rep_id=make_rep().pk, permissions=READER.permissions)
    seen = kept(own, entity.pk, JANUARY_31)
    assert (seen.sums, lines(own, seen.id, "487")) == ((), ())
    with pytest.raises(NotPermitted):
        kept(Scope(ACTOR, Level.EVERYTHING), entity.pk, JANUARY_31)


@given(
    amount=st.integers(-(10**12), 10**12),
    first=st.dates(dt.date(2020, 1, 1), dt.date(2030, 1, 1)),
    days=st.integers(1, 4_000),
    offset=st.integers(-50, 4_050),
)
def test_at_any_day_what_is_earned_and_what_is_left_add_up_and_credits_mirror(amount, first, days, offset):
    until, after = first + dt.timedelta(days=days), first + dt.timedelta(days=offset)

    earned, left = cut(amount, first, until, after)

    assert earned + left == amount
    assert cut(-amount, first, until, after) == (-earned, -left)
    assert abs(earned) <= abs(cut(amount, first, until, after + dt.timedelta(days=1)).earned_minor)
    assert (left == 0) if offset >= days else True
    assert (earned == 0) if offset <= 0 else True


@given(
    st.lists(st.tuples(st.sampled_from(["706", "707"]), st.integers(-(10**9), 10**9))),
    st.lists(st.tuples(st.sampled_from(["706", "708"]), st.integers(-(10**9), 10**9))),
)
def test_the_entry_balances_and_its_reversal_leaves_nothing(deferred, accrued):
    entry = cut_off_entry(deferred, accrued)

    assert sum(entry.values()) == 0
    assert -entry.get("487", 0) == sum(amount for _, amount in deferred)
    assert entry.get("418", 0) == sum(amount for _, amount in accrued)
    assert all(entry.values())
