"""Which tax applies, and how much it comes to."""

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.tax import france
from encaisse.tax.errors import AmbiguousTax, UnknownTax, VatNumberMissing
from encaisse.tax.rules.amounts import component_amounts, deferred_part, percentage, tax_totals
from encaisse.tax.rules.choosing import BuyerKind, Refusal, Supply, TaxRule, TaxTable
from encaisse.tax.rules.taxes import OTHER, VAT, Component, Tax

TODAY = dt.date(2026, 10, 31)
SERVICE = Supply("FR", "service", "FR", "75001", BuyerKind.BUSINESS, has_vat_number=False)
COMPOSITE = Tax(
    code="X",
    name_fr="TVA et taxe locale",
    name_en="VAT and local tax",
    category="S",
    components=(
        Component(VAT, Decimal(20), "TVA", "VAT"),
        Component(OTHER, Decimal(2), "Taxe locale", "Local tax"),
    ),
)


def tax_of(country, postcode="", *, has_vat_number=False, kind=BuyerKind.BUSINESS):
    table = TaxTable(france.RULES, TODAY)
    return table.resolve(Supply("FR", "service", country, postcode, kind, has_vat_number))


def gross(net_minor, tax):
    return net_minor + sum(total.amount_minor for total in tax_totals([(net_minor, tax)]))


@pytest.mark.parametrize(
    ("country", "postcode", "has_vat_number", "gross_minor", "category", "mention"),
    [
        ("FR", "75001", False, 12_000, "S", ""),
        ("FR", "20000", False, 12_000, "S", ""),
        ("MC", "98000", False, 12_000, "S", ""),
        ("FR", "97200", False, 10_850, "S", ""),
        ("RE", "97400", False, 10_850, "S", ""),
        ("GP", "97110", True, 10_850, "S", ""),
        ("FR", "97300", False, 10_000, "E", "TVA non applicable, article 294, 1 du CGI"),
        ("YT", "97600", False, 10_000, "E", "TVA non applicable, article 294, 1 du CGI"),
        ("DE", "10115", True, 10_000, "AE", "Autoliquidation"),
        ("MA", "", False, 10_000, "O", "TVA non applicable, article 259, 1° du CGI"),
    ],
)
def test_a_service_of_100_sold_from_paris(country, postcode, has_vat_number, gross_minor, category, mention):
    tax = tax_of(country, postcode, has_vat_number=has_vat_number)

    assert (gross(10_000, tax), tax.category, tax.mention_fr) == (gross_minor, category, mention)


def test_every_tax_without_vat_says_why_in_both_languages():
    for tax in france.TAXES:
        assert (tax.category == "S") == (not tax.mention_fr) == (not tax.mention_en)
    assert [tax.vatex for tax in france.TAXES] == ["", "", "", "VATEX-EU-AE", "VATEX-EU-O"]


@pytest.mark.parametrize(
    ("country", "postcode", "kind", "has_vat_number", "refusal"),
    [
        ("DE", "10115", BuyerKind.BUSINESS, False, VatNumberMissing),
        ("DE", "10115", BuyerKind.PERSON, False, VatNumberMissing),
        ("DE", "10115", BuyerKind.PERSON, True, UnknownTax),
        ("ES", "35001", BuyerKind.BUSINESS, True, UnknownTax),
        ("GR", "630 86", BuyerKind.BUSINESS, True, UnknownTax),
        ("FR", "97500", BuyerKind.BUSINESS, False, UnknownTax),
        ("FR", "97133", BuyerKind.BUSINESS, False, UnknownTax),
        ("FR", "97150", BuyerKind.BUSINESS, False, UnknownTax),
        ("FR", "98600", BuyerKind.BUSINESS, False, UnknownTax),
        ("FR", "98714", BuyerKind.BUSINESS, False, UnknownTax),
        ("NC", "98800", BuyerKind.BUSINESS, False, UnknownTax),
        ("FR", "97200", BuyerKind.PERSON, False, UnknownTax),
        ("MA", "20000", BuyerKind.PERSON, False, UnknownTax),
    ],
)
def test_where_a_tax_would_be_a_guess_it_is_refused(country, postcode, kind, has_vat_number, refusal):
    with pytest.raises(refusal) as refused:
        tax_of(country, postcode, kind=kind, has_vat_number=has_vat_number)

    assert type(refused.value) is refusal
    assert refused.value.postcode == postcode


def test_a_refusal_names_the_territory():
    with pytest.raises(UnknownTax) as refused:
        tax_of("FR", "97500")

    assert refused.value.facts() == {"tax_class": "service", "country": "PM", "postcode": "97500"}


def test_an_unknown_class_or_seller_has_no_tax():
    table = TaxTable(france.RULES, TODAY)
    for supply in (SERVICE._replace(tax_class="goods"), SERVICE._replace(seller="RE")):
        with pytest.raises(UnknownTax):
            table.resolve(supply)


def test_the_answer_is_remembered_per_place_and_not_per_postcode():
    table = TaxTable(france.RULES, TODAY)

    taxes = {table.resolve(SERVICE._replace(postcode=f"{code:05}")) for code in range(1_000, 96_000, 7)}

    assert taxes == {france.STANDARD}
    assert len(table._answers) == 1


def test_the_most_specific_rule_wins_then_the_highest_priority():
    low, high = france.OVERSEAS, france.STANDARD
    rules = (
        TaxRule("FR", country="FR", tax=low, priority=9),
        TaxRule("FR", country="FR", postcode_from="75", postcode_to="75", tax=high),
        TaxRule("FR", country="FR", postcode_from="75", postcode_to="75", tax=low, priority=-1),
        TaxRule("FR", tax=low, tax_class="service", buyer_kind="business", priority=99),
    )

    assert TaxTable(rules, TODAY).resolve(SERVICE) == high
    assert TaxTable(rules, TODAY).resolve(SERVICE._replace(postcode="69001")) == low


def test_a_tie_is_refused_unless_it_says_the_same():
    rule = TaxRule("FR", country="FR", tax=france.STANDARD)
    others = (
        TaxRule("FR", country="FR", tax=france.OVERSEAS),
        TaxRule("FR", country="FR", refusal=Refusal.UNKNOWN_TAX),
    )

    assert TaxTable((rule, rule), TODAY).resolve(SERVICE) == france.STANDARD
    for other in others:
        with pytest.raises(AmbiguousTax):
            TaxTable((rule, other), TODAY).resolve(SERVICE)


def test_a_rule_counts_from_its_first_day_to_the_day_before_its_last():
    turn = dt.date(2026, 7, 1)
    rules = (
        TaxRule("FR", tax=france.OVERSEAS, valid_to=turn),
        TaxRule("FR", tax=france.STANDARD, valid_from=turn),
    )

    assert TaxTable(rules, turn - dt.timedelta(days=1)).resolve(SERVICE) == france.OVERSEAS
    assert TaxTable(rules, turn).resolve(SERVICE) == france.STANDARD


def test_vat_is_computed_once_on_the_sum_of_the_lines():
    lines = [(net, france.STANDARD) for net in (6_833, 6_833, 5_750, 8_500)]

    (vat,) = tax_totals(lines)

    assert (vat.base_minor, vat.amount_minor, vat.base_minor + vat.amount_minor) == (27_916, 5_583, 33_499)
    assert [total.amount_minor for total in tax_totals([(-net, tax) for net, tax in lines])] == [-5_583]


def test_components_are_rounded_one_by_one():
    assert component_amounts(123_456, COMPOSITE) == (24_691, 2_469)
    assert [total.amount_minor for total in tax_totals([(123_456, COMPOSITE)])] == [24_691, 2_469]


def test_the_same_rate_of_two_taxes_is_one_vat_line_and_other_taxes_stay_apart():
    totals = tax_totals([(10_000, france.STANDARD), (10_000, COMPOSITE), (5_000, france.REVERSE_CHARGE)])

    assert [
        (t.category, t.component.kind, t.component.rate, t.base_minor, t.amount_minor) for t in totals
    ] == [
        ("S", VAT, 20, 20_000, 4_000),
        ("S", OTHER, 2, 10_000, 200),
        ("AE", VAT, 0, 5_000, 0),
    ]
    assert totals[0].taxes == (france.STANDARD, COMPOSITE)


@given(st.integers(-(10**15), 10**15), st.decimals(0, 99, places=4))
def test_a_percentage_is_the_nearest_unit_and_mirrors_negatives(base_minor, rate):
    amount = percentage(base_minor, rate)

    assert abs(Decimal(base_minor) * rate / 100 - amount) <= Decimal("0.5")
    assert percentage(-base_minor, rate) == -amount


def test_halves_go_away_from_zero():
    assert (percentage(5, Decimal(10)), percentage(-5, Decimal(10))) == (1, -1)
    assert percentage(1, Decimal("5.5")) == 0


@pytest.mark.parametrize(
    ("tax_minor", "base_minor", "waiting_base_minor", "expected"),
    [
        (200_00, 1000_00, 0, 0),
        (200_00, 1000_00, 1000_00, 200_00),
        (200_00, 1000_00, 300_00, 60_00),
        (33, 165, 83, 17),
        (1, 5, 2, 0),
        (-200_00, -1000_00, -300_00, -60_00),
        (14_00, 70_00, 100_00, 14_00),
        (14_00, 70_00, -30_00, 0),
        (0, 0, 50_00, 0),
    ],
)
def test_the_part_of_a_tax_that_waits_follows_its_base(tax_minor, base_minor, waiting_base_minor, expected):
    assert deferred_part(tax_minor, base_minor, waiting_base_minor) == expected
