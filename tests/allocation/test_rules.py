"""Laying an amount on what is open, as arithmetic."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from encaisse.allocation.errors import AmountNotPositive, InvoiceNotOpen, MoreThanLeft, MoreThanOpen
from encaisse.allocation.rules import LARGEST_FIRST, OLDEST_FIRST, STRATEGIES, OpenItem, Share, lay, spread

JANUARY, MARCH = dt.date(2026, 1, 31), dt.date(2026, 3, 31)
LATE, CURRENT = OpenItem(7, JANUARY, 10_000), OpenItem(3, MARCH, 25_000)

dates = st.dates(dt.date(2026, 1, 1), dt.date(2026, 3, 1))
items = st.lists(
    st.builds(OpenItem, st.integers(1, 50), dates, st.integers(1, 10**9)),
    unique_by=lambda item: item.invoice_id,
)
amounts = st.integers(0, 10**10)
strategies = st.sampled_from(sorted(STRATEGIES))


def test_oldest_first_leaves_the_rest_on_the_payment() -> None:
    assert spread(36_000, [CURRENT, LATE]) == (Share(7, 10_000), Share(3, 25_000))


def test_oldest_first_stops_when_the_money_runs_out() -> None:
    assert spread(12_000, [CURRENT, LATE], OLDEST_FIRST) == (Share(7, 10_000), Share(3, 2_000))


def test_largest_first_takes_the_largest() -> None:
    assert spread(12_000, [LATE, CURRENT], LARGEST_FIRST) == (Share(3, 12_000),)


def test_on_one_day_the_lower_key_comes_first() -> None:
    twins = [OpenItem(9, MARCH, 100), OpenItem(4, MARCH, 100)]

    assert spread(150, twins) == (Share(4, 100), Share(9, 50))


def test_nothing_is_laid_of_nothing() -> None:
    assert spread(0, [LATE]) == ()
    assert spread(100, []) == ()


@settings(derandomize=True, max_examples=50)
@given(amounts, items, strategies)
def test_no_cent_is_lost_or_made(amount_minor: int, items: list[OpenItem], strategy: str) -> None:
    shares = spread(amount_minor, items, strategy)

    laid_minor = sum(share.amount_minor for share in shares)
    assert laid_minor == min(amount_minor, sum(item.open_minor for item in items))


@settings(derandomize=True, max_examples=50)
@given(amounts, items, strategies)
def test_no_share_is_empty_or_above_what_is_open(
    amount_minor: int, items: list[OpenItem], strategy: str
) -> None:
    open_minor = {item.invoice_id: item.open_minor for item in items}

    shares = spread(amount_minor, items, strategy)

    assert all(0 < share.amount_minor <= open_minor[share.invoice_id] for share in shares)
    assert len({share.invoice_id for share in shares}) == len(shares)


@settings(derandomize=True, max_examples=50)
@given(amounts, items, strategies, st.randoms(use_true_random=False))
def test_the_order_of_the_items_changes_nothing(
    amount_minor: int, items: list[OpenItem], strategy: str, random: st.randoms
) -> None:
    shuffled = random.sample(items, len(items))

    assert spread(amount_minor, shuffled, strategy) == spread(amount_minor, items, strategy)


def test_by_hand_each_invoice_gets_its_amount() -> None:
    assert lay(30_000, [LATE, CURRENT], {7: 500, 3: 25_000}) == (Share(3, 25_000), Share(7, 500))


@pytest.mark.parametrize(
    ("amounts", "refusal"),
    [
        ({7: 0}, AmountNotPositive(7, 0)),
        ({7: -1}, AmountNotPositive(7, -1)),
        ({7: 10_001}, MoreThanOpen(7, 10_001, 10_000)),
        ({8: 1}, InvoiceNotOpen(8)),
        ({7: 10_000, 3: 5_001}, MoreThanLeft(15_001, 15_000)),
    ],
)
def test_by_hand_all_of_it_fits_or_nothing(amounts: dict[int, int], refusal: Exception) -> None:
    with pytest.raises(type(refusal)) as refused:
        lay(15_000, [LATE, CURRENT], amounts)

    assert refused.value == refusal
