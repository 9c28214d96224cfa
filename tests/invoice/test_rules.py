"""The arithmetic of drafting, sealing and mirroring."""

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.invoice.errors import MissingLegalData
from encaisse.invoice.rules import judge, seal
from encaisse.invoice.rules.draft import draft, line_amounts
from encaisse.invoice.rules.mirror import Mirrored, mirrored
from encaisse.invoice.rules.plans import Taxes
from encaisse.invoice.rules.rows import AllowanceRow, Header, OpenCharge
from encaisse.tax.rules.taxes import Component, ResolvedTax
from tests.invoice.texts import NOON, PARTIES, Told, charge, heading, told

STANDARD = ResolvedTax(1, "S", (Component("vat", Decimal("20.0000"), "TVA", "VAT"),))
TWIN = ResolvedTax(2, "S", (Component("vat", Decimal("20.0000"), "TVA", "VAT"),))
COMPOSITE = ResolvedTax(
    3,
    "S",
    (Component("vat", Decimal("20.0000"), "TVA", "VAT"), Component("other", Decimal("2.0000"), "Éco", "Eco")),
)
REDUCED = ResolvedTax(4, "S", (Component("vat", Decimal("5.5000"), "TVA", "VAT"),))
TAXES = {"service": STANDARD, "twin": TWIN, "composite": COMPOSITE, "reduced": REDUCED}


def header(currency: str = "EUR", kind: str = "invoice") -> Header:
    return Header(
        1, 2, 3, kind, currency, currency, 4, 5, None, PARTIES, "fr", "net_days", 30, None, "", None, "", NOON
    )  # fmt: skip


def drafted(charges: list[OpenCharge], currency: str = "EUR", **more: Any) -> Told:
    return told(draft(heading(currency), charges, Taxes(TAXES.__getitem__), (100, 1000), **more))


amounts = st.decimals(min_value=Decimal("0.000001"), max_value=Decimal(9_999_999), places=6)
charges = st.lists(
    st.tuples(
        amounts,
        st.integers(10, 13),
        st.sampled_from(sorted(TAXES)),
        st.sampled_from([Decimal("0.0000"), Decimal("7.5000"), Decimal("100.0000")]),
        st.sampled_from(["Service", "Option \\ éco\n\t\N{NARROW NO-BREAK SPACE}"]),
    ),
    min_size=1,
    max_size=12,
).map(
    lambda rows: [
        charge(n, amount, product_id=product, tax_class=tax, discount_percent=discount, label=label)
        for n, (amount, product, tax, discount, label) in enumerate(rows)
    ]
)


@given(charges, st.sampled_from(["EUR", "XOF", "TND"]))
def test_no_cent_is_lost_or_made_between_charges_lines_taxes_and_totals(
    rows: list[OpenCharge], currency: str
) -> None:
    made = drafted(rows, currency)

    assert sorted(claim.charge_id for claim in made.claims) == sorted(int(row.id) for row in rows)
    for line in made.lines:
        assert sum(claim.share_minor for claim in made.claims if claim.line == line.id) == line.net_minor
        assert line.net_minor == line.gross_minor - line.discount_minor
    assert made.invoice.net_minor == sum(line.net_minor for line in made.lines)
    assert made.invoice.gross_minor == made.invoice.net_minor + sum(tax.tax_minor for tax in made.taxes)
    assert sum(tax.base_minor for tax in made.taxes if tax.kind == "vat") == made.invoice.net_minor


@given(charges)
def test_each_category_and_rate_stands_once(rows: list[OpenCharge]) -> None:
    made = drafted(rows)

    keys = [(tax.kind, tax.category, tax.rate) for tax in made.taxes]
    assert len(keys) == len(set(keys))


@given(charges)
def test_the_order_of_charges_changes_no_amount(rows: list[OpenCharge]) -> None:
    assert drafted(rows).invoice.gross_minor == drafted(rows[::-1]).invoice.gross_minor


@given(charges)
def test_a_full_credit_note_takes_back_every_amount(rows: list[OpenCharge]) -> None:
    made = drafted(rows)

    row, lines, taxes, *_ = mirrored(
        Mirrored(made.invoice, made.lines, made.taxes, made.allowances),
        header(kind="credit_note")._replace(reason="Erreur"),
        (200, 2000),
    )

    assert (row.net_minor, row.tax_minor, row.gross_minor) == (
        -made.invoice.net_minor, -made.invoice.tax_minor, -made.invoice.gross_minor,
    )  # fmt: skip
    assert [(line.net_minor, line.corrects_line) for line in lines] == [
        (-line.net_minor, line.id) for line in made.lines
    ]
    assert [tax.tax_minor for tax in taxes] == [-tax.tax_minor for tax in made.taxes]
    assert (row.corrects_id, row.settled_minor, row.run_id) == (made.invoice.id, 0, None)


def test_a_line_is_rounded_once_half_up_and_not_charge_by_charge() -> None:
    gross, net, shares = line_amounts([charge(n, "0.004") for n in range(3)], "EUR")

    assert (gross, net, shares) == (1, 1, [1, 0, 0])


def test_charges_of_opposite_signs_do_not_share_a_line() -> None:
    made = drafted([charge(1, "10.00"), charge(2, "-10.00", unit_price=Decimal("10.000000"))])

    assert [line.net_minor for line in made.lines] == [1000, -1000]


def test_every_value_of_the_document_is_in_its_seal() -> None:
    made = drafted([charge(1, "10.00"), charge(2, "5.00", tax_class="reduced")])
    allowance = AllowanceRow(100, 1, 1, Decimal("10.0000"), 1500, 150, 150, "Remise")
    said = (made.invoice, PARTIES, made.lines, made.taxes, [allowance])
    sealed = seal.digest(*said)
    assert seal.digest(*said[:4]) == made.invoice.digest

    for field, other in each_changed(made.invoice, "state", "settled_minor", "digest", "digest_version"):
        assert seal.digest(other, *said[1:]) != sealed, field
    for field, other in each_changed(PARTIES):
        assert seal.digest(made.invoice, other, *said[2:]) != sealed, field
    for field, other in each_changed(made.lines[0], "invoice_id"):
        assert seal.digest(*said[:2], [other, *made.lines[1:]], *said[3:]) != sealed, field
    for field, other in each_changed(made.taxes[0], "invoice_id"):
        assert seal.digest(*said[:3], [other, *made.taxes[1:]], said[4]) != sealed, field
    for field, other in each_changed(allowance, "invoice_id"):
        assert seal.digest(*said[:4], [other]) != sealed, field


def each_changed(row: Any, *covered_elsewhere: str) -> Iterator[tuple[str, Any]]:
    """The row with each of its values changed in turn."""
    for field, value in row._asdict().items():
        if field not in covered_elsewhere:
            yield field, row._replace(**{field: other_than(value)})


def other_than(value: object) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, dt.datetime):
        return value + dt.timedelta(microseconds=1)
    if isinstance(value, int | Decimal):
        return value + 1
    if isinstance(value, bytes):
        return value + b"x"
    return f"{value}x" if isinstance(value, str) else 7


def test_a_link_depends_on_what_came_before_on_the_number_and_on_each_date() -> None:
    dates = (dt.date(2026, 2, 1), dt.date(2026, 3, 3), NOON)
    others = [
        seal.link(b"p", "F1", dates, b"c"),
        seal.link(b"", "F2", dates, b"c"),
        seal.link(b"", "F1", (dt.date(2026, 2, 2), *dates[1:]), b"c"),
        seal.link(b"", "F1", (dates[0], dt.date(2026, 3, 4), NOON), b"c"),
        seal.link(b"", "F1", (*dates[:2], NOON + dt.timedelta(microseconds=1)), b"c"),
        seal.link(b"", "F1", dates, b"d"),
    ]

    assert len({seal.link(b"", "F1", dates, b"c"), *others}) == 7


COMPLETE = judge.PartyFacts(
    "Client", "732829320", "", "1, rue", "75002", "Paris", "FR", "a@b.example", is_business=True
)


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"siren": ""}, "siren"),
        ({"name": ""}, "name"),
        ({"city": ""}, "city"),
        ({"postcode": ""}, "postcode"),
        ({"country": "DE", "siren": "", "email": ""}, "email"),
    ],
)
def test_a_buyer_without_legal_data_is_refused_by_field(changes: dict[str, str], missing: str) -> None:
    with pytest.raises(MissingLegalData) as refused:
        judge.require_buyer(COMPLETE._replace(**changes), seller_country="FR")

    assert (refused.value.party, refused.value.field) == ("buyer", missing)


@pytest.mark.parametrize(
    "changes", [{}, {"siren": "", "is_business": False}, {"country": "DE", "siren": "", "postcode": ""}]
)
def test_a_buyer_with_what_the_law_asks_passes(changes: dict[str, object]) -> None:
    judge.require_buyer(COMPLETE._replace(**changes), seller_country="FR")


def test_a_french_seller_needs_its_numbers() -> None:
    with pytest.raises(MissingLegalData):
        judge.require_seller(COMPLETE)  # no VAT number
    judge.require_seller(COMPLETE._replace(vat_number="FR44732829320"))


def test_only_french_sellers_are_held_to_the_french_rules() -> None:
    unreachable = COMPLETE._replace(siren="", email="", is_business=False)

    judge.require_seller(COMPLETE._replace(country="BE", siren="", vat_number="", postcode=""))
    judge.require_buyer(unreachable, seller_country="BE")
    for place in ("FR", "GP", "RE"):
        with pytest.raises(MissingLegalData, match="missing_legal_data"):
            judge.require_buyer(unreachable, seller_country=place)
