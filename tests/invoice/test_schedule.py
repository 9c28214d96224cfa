"""Instalments: what falls due when, and which are settled."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.invoice.rules.schedule import Due, Settled, schedule, settle
from encaisse.party.rules.terms import MonthEndReading, PaymentTerms, due_date
from encaisse.party.rules.terms_text import parse_payment_terms

ISSUED = dt.date(2026, 1, 20)
DAYS_FIRST, MONTH_FIRST = MonthEndReading
THREE = parse_payment_terms("30 % à réception, 40 % à 30 jours, 30 % à 60 jours fin de mois")


def test_thirty_forty_and_thirty_per_cent():
    assert schedule(THREE, 1_200_00, ISSUED, DAYS_FIRST) == [
        Due(dt.date(2026, 1, 20), 360_00),
        Due(dt.date(2026, 2, 19), 480_00),
        Due(dt.date(2026, 3, 31), 360_00),
    ]
    assert schedule(THREE, 1_200_00, ISSUED, MONTH_FIRST)[2] == Due(dt.date(2026, 4, 1), 360_00)


def test_the_cents_that_are_left_go_to_the_largest_remainders():
    """334.99 is 100.497, 133.996 and 100.497: cut to cents, 0.02 is left for the two of the largest remainder."""
    amounts = [due.amount_minor for due in schedule(THREE, 334_99, ISSUED, DAYS_FIRST)]

    assert amounts == [100_50, 133_99, 100_50]


def test_an_instalment_of_nothing_is_left_out():
    assert schedule(THREE, 1, ISSUED, DAYS_FIRST) == [Due(dt.date(2026, 2, 19), 1)]
    assert schedule(THREE, 0, ISSUED, DAYS_FIRST) == []


def test_other_terms_have_no_instalments():
    assert schedule(parse_payment_terms("30 jours"), 1_200_00, ISSUED, DAYS_FIRST) == []


def test_instalments_stand_in_the_order_of_their_days():
    terms = parse_payment_terms("50 % à 60 jours, 50 % fin de mois")

    assert [due.due_date for due in schedule(terms, 100_00, ISSUED, DAYS_FIRST)] == [
        dt.date(2026, 1, 31),
        dt.date(2026, 3, 21),
    ]


@pytest.mark.parametrize(
    ("settled_minor", "settled", "states"),
    [
        (0, [0, 0, 0], ["late", "due", "due"]),
        (100_00, [100_00, 0, 0], ["late", "due", "due"]),
        (360_00, [360_00, 0, 0], ["paid", "due", "due"]),
        (500_00, [360_00, 140_00, 0], ["paid", "due", "due"]),
        (1_200_00, [360_00, 480_00, 360_00], ["paid", "paid", "paid"]),
    ],
)
def test_what_is_settled_falls_on_the_oldest_first(settled_minor, settled, states):
    found = settle(schedule(THREE, 1_200_00, ISSUED, DAYS_FIRST), settled_minor)

    assert [each.settled_minor for each in found] == settled
    assert [each.state(dt.date(2026, 2, 19)) for each in found] == states


def test_an_instalment_is_late_once_its_day_is_over():
    due = Settled(dt.date(2026, 2, 19), 480_00, 479_99)

    assert due.open_minor == 1
    assert due.state(dt.date(2026, 2, 19)) == "due"
    assert due.state(dt.date(2026, 2, 20)) == "late"


LABELS = ("30 % à réception, le solde à 30 jours", "33,33 % à 30 jours, 33,33 % à 60 jours, 33,34 % à 90 jours",
          "12,5 % fin de mois, 87,5 % à 45 jours fin de mois le 10")  # fmt: skip


@given(
    st.sampled_from(LABELS),
    st.integers(0, 10**12),
    st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)),
    st.data(),
)
def test_instalments_add_up_and_so_does_what_is_settled(label, payable_minor, issued, data):
    terms: PaymentTerms = parse_payment_terms(label)
    dues = schedule(terms, payable_minor, issued, DAYS_FIRST)
    settled = settle(dues, data.draw(st.integers(0, payable_minor)))

    assert sum(due.amount_minor for due in dues) == payable_minor
    assert all(due.due_date <= due_date(terms, issued) for due in dues)
    open_ones = [each.open_minor > 0 for each in settled]
    assert open_ones == sorted(open_ones)
