"""Both readings of the end of a month, instalments, and what the law allows at most."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.party import errors
from encaisse.party.rules.terms import (
    MonthEndReading,
    PaymentTerms,
    Share,
    TermsKind,
    due_date,
    exceeds_the_law,
)
from encaisse.party.rules.terms_text import parse_payment_terms

ISSUED = dt.date(2026, 1, 20)
DAYS_FIRST, MONTH_FIRST = MonthEndReading
THREE = "30 % à réception, 40 % à 30 jours, 30 % à 60 jours fin de mois"


@pytest.mark.parametrize(
    ("label", "days_first", "month_first"),
    [
        ("30 jours", dt.date(2026, 2, 19), dt.date(2026, 2, 19)),
        ("30 jours fin de mois", dt.date(2026, 2, 28), dt.date(2026, 3, 2)),
        ("30 jours fin de mois le 10", dt.date(2026, 3, 10), dt.date(2026, 3, 10)),
        ("45 jours fin de mois", dt.date(2026, 3, 31), dt.date(2026, 3, 17)),
        ("45 jours fin de mois le 10", dt.date(2026, 4, 10), dt.date(2026, 4, 10)),
        ("38 jours fin de mois le 10", dt.date(2026, 3, 10), dt.date(2026, 3, 10)),
        ("fin de mois", dt.date(2026, 1, 31), dt.date(2026, 1, 31)),
        ("fin de mois le 31", dt.date(2026, 2, 28), dt.date(2026, 2, 28)),
        (THREE, dt.date(2026, 3, 31), dt.date(2026, 4, 1)),
    ],
)
def test_the_end_of_a_month_is_read_in_two_ways(label, days_first, month_first):
    terms = parse_payment_terms(label)

    assert due_date(terms, ISSUED, DAYS_FIRST) == days_first
    assert due_date(terms, ISSUED, MONTH_FIRST) == month_first


@pytest.mark.parametrize(
    ("label", "plan"),
    [
        (THREE, "30 on_receipt, 40 net_days 30, 30 end_of_month 60"),
        ("30 % à réception, le solde à 30 jours", "30 on_receipt, 70 net_days 30"),
        ("12,5 % à réception et 87,5 % sous 8 jours", "12.5 on_receipt, 87.5 net_days 8"),
        ("50% on receipt; balance within 30 days end of month on the 10th",
         "50 on_receipt, 50 end_of_month_on_day 30 10"),
        ("33,33 % à 30 jours puis 33,33 % à 60 jours puis 33,34 % fin de mois",
         "33.33 net_days 30, 33.33 net_days 60, 33.34 end_of_month"),
        ("50 % à 0 jours, 50 % fin de mois le 5", "50 net_days, 50 end_of_month_on_day 0 5"),
    ],
)  # fmt: skip
def test_instalments_are_read_and_kept_as_one_text(label, plan):
    terms = parse_payment_terms(label)

    assert terms.kind is TermsKind.INSTALMENTS
    assert terms.plan == plan
    assert PaymentTerms.stored(terms.kind, terms.days, terms.day, terms.plan) == terms


@pytest.mark.parametrize(
    "label",
    ["100 % à réception", "30 % bientôt, 70 % à 30 jours", "acompte 30 % à réception, 70 % à 30 jours",
     "100 % à réception, solde à 30 jours", "120 % à réception, solde à 30 jours", "30 %, 70 % à 30 jours",
     "50 % à réception, 50 % à 30 jours, ensuite"],
)  # fmt: skip
def test_instalments_that_cannot_be_understood_are_refused(label):
    with pytest.raises(errors.PaymentTermsUnknown):
        parse_payment_terms(label)


def test_instalments_add_up_to_the_whole():
    with pytest.raises(errors.InstalmentsNotWhole) as refusal:
        parse_payment_terms("30 % à réception, 60 % à 30 jours")

    assert refusal.value.total == 90


@pytest.mark.parametrize(
    ("label", "exceeds"),
    [
        ("à réception", False),
        ("60 jours", False),
        ("61 jours", True),
        ("45 jours fin de mois", False),
        ("46 jours fin de mois", True),
        ("60 jours fin de mois", True),
        ("30 jours fin de mois le 10", False),
        ("45 jours fin de mois le 10", True),
        ("30 % à réception, 70 % à 60 jours", False),
        (THREE, True),
    ],
)
def test_terms_beyond_what_the_law_allows_are_known(label, exceeds):
    assert exceeds_the_law(parse_payment_terms(label)) is exceeds


def test_terms_are_read_in_their_favour():
    """Issued on 30 January, 30 days are 1 March, the month's end 31 March, and the day 10 April: 70 days.

    By the other reading they end on 2 March, and the day is 10 March: within 45 days of 31 January.
    """
    terms = parse_payment_terms("30 jours fin de mois le 10")

    assert due_date(terms, dt.date(2026, 1, 30), DAYS_FIRST) == dt.date(2026, 4, 10)
    assert due_date(terms, dt.date(2026, 1, 30), MONTH_FIRST) == dt.date(2026, 3, 10)
    assert not exceeds_the_law(terms)


@given(st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1)), st.integers(0, 365), st.integers(1, 31))
def test_the_month_first_gives_the_days_after_its_end(issued, days, day):
    month_end = due_date(PaymentTerms(TermsKind.END_OF_MONTH), issued)
    plain = due_date(PaymentTerms(TermsKind.END_OF_MONTH, days), issued, MONTH_FIRST)
    on_day = due_date(PaymentTerms(TermsKind.END_OF_MONTH_ON_DAY, days, day), issued, MONTH_FIRST)

    assert plain == month_end + dt.timedelta(days=days)
    assert 0 <= (on_day - plain).days <= 31
    assert on_day.day == day or (on_day + dt.timedelta(days=1)).day == 1


def test_a_share_is_a_percentage_on_simple_terms():
    assert parse_payment_terms("25 % à réception, 75 % à 30 jours").shares == (
        Share(Decimal(25), PaymentTerms(TermsKind.ON_RECEIPT)),
        Share(Decimal(75), PaymentTerms(TermsKind.NET_DAYS, 30)),
    )
