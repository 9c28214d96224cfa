"""Money: nothing is lost, nothing is made, and halves go away from zero."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.kernel.errors import UnknownCurrency
from encaisse.kernel.money import CURRENCIES, decimals, from_minor, split, to_minor

totals = st.integers(-(10**15), 10**15)
weights = st.lists(
    st.one_of(
        st.integers(0, 10**9),
        st.decimals(min_value=0, max_value=10**9, places=6, allow_nan=False, allow_infinity=False),
    ),
    min_size=1,
    max_size=12,
)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("67.335", "EUR", 6734),
        ("67.334999", "EUR", 6733),
        ("-67.335", "EUR", -6734),
        ("0.004999", "EUR", 0),
        ("1.005", "EUR", 101),
        ("655.5", "XOF", 656),
        ("655.499999", "XOF", 655),
        ("-0.5", "XOF", -1),
        ("1.2345", "TND", 1235),
        ("1.23449", "TND", 1234),
        ("1e3", "TND", 1_000_000),
        ("0", "XOF", 0),
    ],
)
def test_amounts_round_half_away_from_zero_at_the_decimals_of_their_currency(amount, currency, minor) -> None:
    assert to_minor(Decimal(amount), currency) == minor


@given(totals, st.sampled_from(sorted(CURRENCIES)))
def test_minor_units_and_main_units_are_the_same_amount(minor, currency) -> None:
    amount = from_minor(minor, currency)

    assert to_minor(amount, currency) == minor
    assert -amount.as_tuple().exponent == decimals(currency)


@given(st.decimals(min_value=-(10**12), max_value=10**12, places=9), st.sampled_from(["EUR", "XOF", "TND"]))
def test_rounding_moves_an_amount_by_half_a_unit_at_most_and_mirrors(amount, currency) -> None:
    minor = to_minor(amount, currency)

    assert abs(from_minor(minor, currency) - amount) * 2 <= Decimal(1).scaleb(-decimals(currency))
    assert to_minor(-amount, currency) == -minor


@given(totals, weights)
def test_shares_add_up_to_what_was_split(total, by) -> None:
    assert sum(split(total, by)) == total


@given(totals, weights)
def test_a_share_is_its_exact_part_to_less_than_one_unit(total, by) -> None:
    base = sum(map(Decimal, by))
    for share, weight in zip(split(total, by), by, strict=True):
        if base:
            assert abs(Decimal(share) * base - Decimal(total) * Decimal(weight)) < base


@given(totals, weights)
def test_the_split_of_a_negative_total_mirrors_the_positive_one(total, by) -> None:
    assert split(-total, by) == [-share for share in split(total, by)]


@given(totals, weights)
def test_no_share_has_the_other_sign_and_nothing_goes_to_no_weight(total, by) -> None:
    shares = split(total, by)

    assert all(share * total >= 0 for share in shares)
    if any(by):
        assert all(share == 0 for share, weight in zip(shares, by, strict=True) if weight == 0)


@given(totals, weights)
def test_a_greater_weight_never_has_the_smaller_share(total, by) -> None:
    pairs = sorted(zip(map(Decimal, by), map(abs, split(total, by)), strict=True))

    for (lighter, less), (heavier, more) in zip(pairs, pairs[1:], strict=False):
        assert lighter == heavier or less <= more


@given(totals, st.lists(st.just(1), min_size=1, max_size=9))
def test_ties_go_by_position(total, by) -> None:
    shares = [abs(share) for share in split(total, by)]

    assert shares == sorted(shares, reverse=True)
    assert shares[0] - shares[-1] <= 1


@given(totals, weights, st.integers(1, 1000))
def test_only_the_proportion_of_the_weights_counts(total, by, times) -> None:
    assert split(total, [weight * times for weight in by]) == split(total, by)


def test_weights_of_nothing_share_alike() -> None:
    assert split(10, [0, 0, 0]) == [4, 3, 3]


def test_a_thirds_last_cent_goes_to_the_first() -> None:
    assert split(10_000, [1, 1, 1]) == [3334, 3333, 3333]


def test_weights_of_twenty_eight_digits_lose_none() -> None:
    assert split(1, [Decimal(1), Decimal("1.000000000000000000000000001")]) == [0, 1]


@pytest.mark.parametrize("by", [[], [1, -1]])
def test_a_split_needs_weights_that_mean_something(by) -> None:
    with pytest.raises(ValueError, match="weight"):
        split(1, by)


@pytest.mark.parametrize(("currency", "places"), [("EUR", 2), ("XOF", 0), ("TND", 3)])
def test_a_currency_knows_its_decimals(currency, places) -> None:
    assert decimals(currency) == places


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency) as refusal:
        to_minor(Decimal(1), "ZZZ")

    assert refusal.value.facts() == {"currency": "ZZZ"}
