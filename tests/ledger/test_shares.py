"""The arithmetic by which VAT falls due, in PostgreSQL, judged by exact fractions."""

from fractions import Fraction
from math import floor

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.django_db
AMOUNTS = st.integers(-(10**15), 10**15)


def asked(sql: str, *values: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchone()[0]


def rounded(exact: Fraction) -> int:
    return floor(exact + Fraction(1, 2)) if exact >= 0 else -floor(-exact + Fraction(1, 2))


@given(amount=AMOUNTS, part=AMOUNTS, whole=AMOUNTS.filter(bool))
def test_a_share_is_the_exact_proportion_rounded_half_up(amount, part, whole):
    # A share of 64 bits: what no document comes to is not asked.
    exact = Fraction(amount) * part / whole
    if abs(exact) < 2**62:
        assert asked("SELECT ledger_share(%s, %s, %s)", amount, part, whole) == rounded(exact)


@pytest.mark.parametrize(
    ("amount", "part", "whole", "share"),
    [
        (200_00, 300_00, 1200_00, 50_00),
        (1, 1, 2, 1),
        (-1, 1, 2, -1),
        (-1, -1, -2, -1),
        (10**15, 10**15 - 1, 2 * 10**15, 5 * 10**14),
        (5, 0, 0, 0),
    ],
)
def test_shares_worked_out_by_hand(amount, part, whole, share):
    assert asked("SELECT ledger_share(%s, %s, %s)", amount, part, whole) == share


@given(tax=st.integers(0, 10**9), parts=st.lists(st.integers(1, 10**9), min_size=1, max_size=6))
def test_parts_of_a_payment_add_up_to_all_of_the_tax(tax, parts):
    payable, settled, moved, due = sum(parts), 0, [], 0
    for part in parts:
        settled += part
        now = asked("SELECT ledger_vat_due(%s, %s, %s, %s, %s)", tax, tax, tax, settled, payable)
        moved.append(now - due)
        due = now

    assert sum(moved) == tax
    assert all(move >= 0 for move in moved)
