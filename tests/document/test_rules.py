"""What is refused before anything is drawn, and what follows from a content by arithmetic."""

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.document import rules
from encaisse.document.content import Endpoint
from tests.document import contents

FOUR = contents.four_lines()


@pytest.mark.parametrize("kind", contents.EVERY_KIND)
def test_every_kind_is_sound(kind):
    assert rules.broken_rules(contents.EVERY_KIND[kind]()) == ()


@pytest.mark.parametrize(
    ("content", "broken"),
    [
        (replace(FOUR, seller=replace(FOUR.seller, name="")), "BR-06"),
        (replace(FOUR, buyer=replace(FOUR.buyer, name="")), "BR-07"),
        (contents.invoice((), (contents.tax(0, 0),)), "BR-16"),
        (contents.invoice((contents.line("1.00"),), ()), "BR-CO-18"),
        (contents.invoice((contents.line("1.00", discount_minor=5),), (contents.tax(1_00, 20),)), "BR-LIN"),
        (replace(FOUR, totals=replace(FOUR.totals, net_minor=279_17)), "BR-CO-13"),
        (replace(FOUR, totals=replace(FOUR.totals, tax_minor=55_84)), "BR-CO-14"),
        (replace(FOUR, totals=replace(FOUR.totals, gross_minor=335_00)), "BR-CO-15"),
        (replace(FOUR, totals=replace(FOUR.totals, payable_minor=1)), "BR-CO-16"),
        (contents.invoice((contents.line("1.00"),), (contents.tax(1_00, 21),)), "BR-CO-17"),
        (contents.invoice((contents.line("1.00"),), (contents.tax(1_00, 6, rate="5.5"),)), "BR-S-08"),
        (replace(FOUR, seller=replace(FOUR.seller, vat_number=None)), "BR-S-02"),
        (
            replace(contents.reversed_to_berlin(), buyer=replace(contents.BERLIN, vat_number=None)),
            "BR-AE-02",
        ),
        (contents.with_tax(contents.exempt_in_cayenne(), mention=None), "BR-E-10"),
        (contents.with_tax(contents.outside_to_casablanca(), tax_minor=1), "BR-O-09"),
        (
            contents.invoice(
                (contents.line("1.00"), contents.line("1.00", category="O", rate="0")),
                (contents.tax(1_00, 20), contents.tax(1_00, 0, category="O", rate="0", mention="-")),
            ),
            "BR-O-11",
        ),
        (replace(FOUR, number="F 2026/42"), "BR-FR-02"),
        (replace(FOUR, number="F" * 36), "BR-FR-02"),
        (replace(FOUR, seller=replace(FOUR.seller, siren=None)), "BR-FR-10"),
        (replace(FOUR, buyer=replace(contents.PERSON, email=None)), "BR-FR-12"),
        (contents.credit_note(FOUR, corrects=None), "BR-FR-CO-05"),
        (replace(FOUR, due_date=dt.date(2026, 10, 31)), "BR-FR-CO-07"),
        (replace(FOUR, currency="USD"), "BR-FR-CO-12"),
    ],
)
def test_a_fault_is_named_by_its_rule(content, broken):
    assert broken in rules.broken_rules(content)


def test_an_e_invoice_goes_to_the_given_address_else_the_siren_else_the_e_mail():
    chosen = replace(contents.BUYER, endpoint=Endpoint("0225", "390714780_compta"))

    assert rules.endpoint(chosen) == ("0225", "390714780_compta")
    assert rules.endpoint(contents.BUYER) == ("0225", "390714780")
    assert rules.endpoint(contents.PERSON) == ("EM", "anais@courrier.example")
    assert rules.endpoint(replace(contents.PERSON, email=None)) is None


@pytest.mark.parametrize(
    ("buyer", "circuit"),
    [
        (contents.BUYER, "B2B"),
        (contents.CAYENNE, "B2B"),
        (replace(contents.BUYER, siren=None), "B2C"),
        (contents.PERSON, "B2C"),
        (contents.BERLIN, "B2BINT"),
        (replace(contents.BERLIN, is_business=False), "B2CINT"),
    ],
)
def test_the_french_circuit_follows_from_the_buyer(buyer, circuit):
    assert rules.treatment(replace(FOUR, buyer=buyer)) == circuit


def test_a_known_creditor_reference():
    assert rules.creditor_reference("5390 0754 7034") == "RF18539007547034"
    assert rules.is_creditor_reference("RF18539007547034")
    assert not rules.is_creditor_reference("RF19539007547034")
    assert not rules.is_creditor_reference("F2026-000042")


@given(st.from_regex(r"[A-Z0-9+\-_/]{1,35}", fullmatch=True))
def test_a_creditor_reference_is_right_or_refused_for_its_length(number):
    reference = rules.creditor_reference(number)
    letters = sum(character.isalnum() for character in number)

    assert (reference is None) == (letters == 0 or letters > 21)
    assert reference is None or rules.is_creditor_reference(reference)


def test_the_day_of_supply_is_told_else_the_last_of_the_period_else_the_issue():
    assert rules.supply_date(replace(FOUR, supplied_on=dt.date(2026, 10, 9))) == dt.date(2026, 10, 9)
    assert rules.supply_date(FOUR) == dt.date(2026, 10, 31)
    assert rules.supply_date(replace(FOUR, period=None)) == dt.date(2026, 11, 1)


def test_another_tax_joins_the_exempt_base_that_exists():
    exempt = contents.exempt_in_cayenne()
    eco = replace(contents.composite().taxes[1], base_minor=100_00, tax_minor=2_00)
    breakdown = rules.vat_breakdown(replace(exempt, taxes=(*exempt.taxes, eco)), "unused")

    assert [(tax.category, tax.base_minor, tax.mention) for tax in breakdown] == [
        ("E", 102_00, contents.EXEMPT)
    ]
