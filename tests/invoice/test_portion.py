"""Crediting in part: however an invoice is cut, its credit notes add up to it."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from encaisse.invoice.errors import CreditWouldBill, CutBeyondLine, LineNotOfInvoice, NothingToCredit
from encaisse.invoice.rules.mirror import Document, mirrored
from encaisse.invoice.rules.portion import REST, Cut, TaxFacts, portion, rests, share
from encaisse.invoice.rules.rows import (
    AllowanceRow,
    DeductionRow,
    Header,
    InvoiceRow,
    LineRow,
    Parties,
    TaxRow,
)
from encaisse.kernel import money
from encaisse.tax.rules.amounts import percentage

NOON = dt.datetime(2026, 2, 1, 12, tzinfo=dt.UTC)
NONE = Decimal("0.0000")
ONE = Decimal("1.000000")
STANDARD, REDUCED, COMPOSITE = 1, 2, 3
VAT_20 = ("vat", "S", Decimal("20.0000"), 0)
VAT_55 = ("vat", "S", Decimal("5.5000"), 0)
ECO_2 = ("other", "S", Decimal("2.0000"), 0)
KEYS = {
    STANDARD: frozenset({VAT_20}),
    REDUCED: frozenset({VAT_55}),
    COMPOSITE: frozenset({VAT_20, ECO_2}),
}
FACTS = TaxFacts(KEYS)
# What crediting does not look at.
BLANK = dict.fromkeys(InvoiceRow._fields) | {"drafted_at": NOON, "digest_version": 1, "digest": b""}


class Paper(NamedTuple):
    """An invoice or a credit note."""

    row: InvoiceRow
    lines: list[LineRow]
    taxes: list[TaxRow]
    allowances: list[AllowanceRow]
    deductions: list[DeductionRow] = []  # noqa: RUF012 - read, never written


def line(key: int, net: int, *, quantity: str = "1", tax: int = STANDARD, discount: int = 0) -> LineRow:
    """A line of `net` minor units after a discount, in equal units."""
    price = money.from_minor(abs(net + discount), "EUR") / abs(Decimal(quantity))
    return LineRow(
        key, 100, key, 10, tax, f"Lot {key}", Decimal(quantity).quantize(ONE), price.quantize(ONE), NONE,
        net + discount, discount, net, net, None, None, None,
    )  # fmt: skip


def invoice(*lines: LineRow, allowance: int = 0, deferred: Sequence[int] = ()) -> Paper:
    """The lines with their taxes; the allowance falls on the first tax, the taxes of deferred lines wait."""
    allowances = []
    if allowance:
        tax = lines[0].tax_id
        base = sum(each.net_minor for each in lines if each.tax_id == tax)
        allowances = [AllowanceRow(100, 1, tax, None, base, allowance, allowance, "Remise de bienvenue")]
    taxes = []
    for key in dict.fromkeys(key for each in lines for key in sorted(KEYS[each.tax_id])):
        members = [each for each in lines if key in KEYS[each.tax_id]]
        given_back = sum(each.amount_minor for each in allowances if key in KEYS[each.tax_id])
        base = sum(each.net_minor for each in members) - given_back
        amount = percentage(base, key[2])
        weights = [sum(abs(e.net_minor) for e in members if (e.id in deferred) == waits) for waits in (0, 1)]
        waiting = money.split(amount, weights)[1] if any(weights) else 0
        kind, category, rate, _ = key
        taxes.append(
            TaxRow(
                100, len(taxes) + 1, members[0].tax_id, 1, category, kind, rate, base, amount, amount, waiting
            )
        )
    net = sum(each.net_minor for each in lines) - allowance
    tax_minor = sum(each.tax_minor for each in taxes)
    gross = net + tax_minor
    amounts = {"net_minor": net, "tax_minor": tax_minor, "gross_minor": gross}
    accounted = {f"acc_{name}": amount for name, amount in amounts.items()}
    told = BLANK | {"id": 100, "currency": "EUR", "kind": "invoice", "allowance_minor": allowance}
    row = InvoiceRow(**told | amounts | accounted | {"payable_minor": gross})
    return Paper(row, list(lines), taxes, allowances)


def noted(part: Document, serial: int = 1) -> Paper:
    """The credit note of a portion."""
    blank = dict.fromkeys(Header._fields)
    header = Header(
        **blank
        | {"kind": "credit_note", "parties": Parties(b"s", b"b", ""), "reason": "", "drafted_at": NOON}
    )
    return Paper(*mirrored(part, header, (200 + serial, 2000 + 100 * serial)))


def credited(source: Paper, *cuts: dict[int, Cut], facts: TaxFacts = FACTS) -> list[Paper]:
    """The credit notes of these cuts, one after the other."""
    notes: list[Paper] = []
    for serial, cut in enumerate(cuts, 1):
        notes.append(noted(portion(source, notes, cut, facts), serial))
    return notes


def test_four_lines_credited_one_by_one_come_to_334_99_and_never_335_00() -> None:
    source = invoice(*(line(n, net) for n, net in enumerate((6_833, 6_833, 5_750, 8_500), 1)))
    assert source.row.gross_minor == 33_499

    notes = credited(source, *({n: REST} for n in range(1, 5)))

    # Bases 68.33, 136.66, 194.16, 279.16 at 20 %: 13.67, 27.33, 38.83, 55.83 in all.
    assert [note.row.tax_minor for note in notes] == [-1_367, -1_366, -1_150, -1_700]
    assert [note.row.gross_minor for note in notes] == [-8_200, -8_199, -6_900, -10_200]
    assert sum(note.row.gross_minor for note in notes) == -33_499


def test_a_line_is_cut_by_quantity_then_by_the_rest() -> None:
    source = invoice(line(1, 1_000, quantity="3"))  # 10.00 for three

    notes = credited(source, {1: Cut(quantity=ONE)}, {1: Cut(quantity=ONE)}, {1: REST})

    assert [note.lines[0].net_minor for note in notes] == [-333, -334, -333]
    assert [note.lines[0].quantity for note in notes] == [-1, -1, -1]
    assert [note.row.tax_minor for note in notes] == [-67, -66, -67]


def test_a_line_is_cut_by_amount_as_one_lot_of_that_amount() -> None:
    source = invoice(line(1, 10_000, quantity="4", discount=2_000))

    first, second = credited(source, {1: Cut(amount_minor=1_001)}, {1: REST})

    told = [
        (each.quantity, each.unit_price, each.gross_minor, each.discount_minor)
        for each in (first.lines[0], second.lines[0])
    ]
    assert told == [(-1, Decimal("10.01"), -1_001, 0), (-1, Decimal("89.99"), -8_999, 0)]
    assert (first.row.tax_minor, second.row.tax_minor) == (-200, -1_800)


def test_the_discount_of_a_line_goes_with_its_quantity() -> None:
    source = invoice(line(1, 9_000, quantity="3", discount=1_000))

    first, second = credited(source, {1: Cut(quantity=ONE)}, {1: REST})

    assert [(e.gross_minor, e.discount_minor, e.net_minor) for e in (first.lines[0], second.lines[0])] == [
        (-3_333, -333, -3_000),
        (-6_667, -667, -6_000),
    ]


def test_the_discount_of_the_document_is_shared_by_what_is_credited() -> None:
    source = invoice(line(1, 5_000), line(2, 2_500), allowance=1_000)  # 65.00 and 13.00 of VAT
    assert source.row.gross_minor == 7_800

    first, second = credited(source, {1: REST}, {2: REST})

    assert (first.row.allowance_minor, second.row.allowance_minor) == (-667, -333)
    assert (first.row.net_minor, first.row.tax_minor) == (-4_333, -867)
    assert (second.row.net_minor, second.row.tax_minor) == (-2_167, -433)


def test_the_tax_that_waits_for_payment_goes_with_the_lines_that_it_waits_for() -> None:
    source = invoice(line(1, 5_000), line(2, 5_000), deferred=[2])
    facts = FACTS._replace(deferred_lines=frozenset({2}))

    first, second = credited(source, {1: REST}, {2: REST}, facts=facts)

    assert (first.taxes[0].tax_minor, first.taxes[0].deferred_minor) == (-1_000, 0)
    assert (second.taxes[0].tax_minor, second.taxes[0].deferred_minor) == (-1_000, -1_000)


def test_a_negative_line_is_credited_with_a_positive_one_and_never_bills() -> None:
    source = invoice(line(1, 10_000), line(2, -9_999))
    assert source.row.gross_minor == 1

    for cut in ({1: REST}, {2: REST}):
        with pytest.raises(CreditWouldBill):
            portion(source, [], cut, FACTS)
    assert portion(source, [], {1: REST, 2: REST}, FACTS).row.gross_minor == 1


def test_nothing_is_credited_beyond_its_line() -> None:
    source = invoice(line(1, 10_000, quantity="2"), line(2, -100))
    notes = credited(source, {1: Cut(amount_minor=6_000)})

    for cut in (
        Cut(amount_minor=4_001),
        Cut(amount_minor=0),
        Cut(amount_minor=-1),
        Cut(quantity=Decimal(1)),  # 50.00 of which 40.00 are left
        Cut(quantity=Decimal(3)),
        Cut(quantity=Decimal(-1)),
    ):
        with pytest.raises(CutBeyondLine) as refusal:
            portion(source, notes, {1: cut}, FACTS)
        assert (refusal.value.left_quantity, refusal.value.left_minor) == (2, 4_000)
    with pytest.raises(LineNotOfInvoice):
        portion(source, notes, {3: REST}, FACTS)
    done = [*notes, noted(portion(source, notes, {1: REST, 2: REST}, FACTS), 2)]
    with pytest.raises(NothingToCredit):
        portion(source, done, {1: REST, 2: REST}, FACTS)


def test_a_line_of_nothing_is_credited_once() -> None:
    source = invoice(line(1, 0, quantity="2"), line(2, 500))

    (note,) = credited(source, {1: REST, 2: REST})

    assert [rest.is_open for rest in rests(source, [note])] == [False, False]


def test_shares_round_half_up_and_away_from_zero() -> None:
    assert [share(1, 1, 2), share(-1, 1, 2), share(5, 1, 2), share(10, Decimal("0.25"), Decimal("0.5"))] == [
        1, -1, 3, 5,
    ]  # fmt: skip


lines = st.lists(
    st.tuples(
        st.integers(1, 99_999),
        st.integers(1, 5),
        st.sampled_from(sorted(KEYS)),
        st.sampled_from([0, 0, 1, 777]),
    ),
    min_size=1,
    max_size=6,
).map(
    lambda drawn: [
        line(n, net, quantity=str(units), tax=tax, discount=discount)
        for n, (net, units, tax, discount) in enumerate(drawn, 1)
    ]
)


@given(lines, st.data())
def test_however_an_invoice_is_cut_its_notes_add_up_to_it(made: list[LineRow], data: st.DataObject) -> None:
    allowance = data.draw(
        st.integers(0, sum(each.net_minor for each in made if each.tax_id == made[0].tax_id))
    )
    waiting = data.draw(st.frozensets(st.sampled_from([each.id for each in made])))
    source = invoice(*made, allowance=allowance, deferred=tuple(waiting))
    facts = FACTS._replace(deferred_lines=waiting)

    notes: list[Paper] = []
    while open_ones := [rest for rest in rests(source, notes) if rest.is_open]:
        is_last = len(notes) == 7
        cuts = {rest.line.id: REST for rest in open_ones}
        if not is_last:
            chosen = data.draw(st.sets(st.sampled_from(open_ones), min_size=1).map(list))
            cuts = {rest.line.id: data.draw(cut_of(rest)) for rest in chosen}
        try:
            notes.append(noted(portion(source, notes, cuts, facts), len(notes) + 1))
        except CutBeyondLine:  # a quantity of which amounts have taken too much
            cuts = {key: REST for key in cuts}
            notes.append(noted(portion(source, notes, cuts, facts), len(notes) + 1))
        never_beyond(source, notes)

    assert adds_up(source, notes)


def cut_of(rest) -> st.SearchStrategy[Cut]:
    """All of the rest, a part of its quantity or a part of its amount."""
    units = int(rest.quantity)
    return st.one_of(
        st.just(REST),
        st.integers(1, max(units, 1)).map(lambda n: Cut(quantity=Decimal(n)) if n <= units else REST),
        st.integers(1, rest.net_minor).map(lambda minor: Cut(amount_minor=minor)),
    )


def never_beyond(source: Paper, notes: list[Paper]) -> None:
    """No line, tax nor allowance is credited above its amount, nor negatively."""
    for rest in rests(source, notes):
        assert 0 <= rest.net_minor <= rest.line.net_minor
    for note in notes:
        assert note.row.gross_minor == note.row.net_minor + note.row.tax_minor <= 0
        for tax in note.taxes:
            assert tax.tax_minor <= tax.deferred_minor <= 0
        for each in note.lines:
            assert each.net_minor == each.gross_minor - each.discount_minor
    for tax in source.taxes:
        mine = [each for note in notes for each in note.taxes if each.position == tax.position]
        assert 0 <= -sum(each.tax_minor for each in mine) <= tax.tax_minor
        assert 0 <= -sum(each.deferred_minor for each in mine) <= tax.deferred_minor
        # Each note is within a cent of what its own base bears.
        assert all(abs(each.tax_minor - percentage(each.base_minor, each.rate)) <= 1 for each in mine)


def adds_up(source: Paper, notes: list[Paper]) -> bool:
    """The credit notes take back exactly what was billed, header, lines, taxes and allowances alike."""
    for name in ("net_minor", "tax_minor", "gross_minor", "allowance_minor", "acc_gross_minor"):
        assert sum(getattr(note.row, name) for note in notes) == -getattr(source.row, name), name
    for tax in source.taxes:
        mine = [each for note in notes for each in note.taxes if each.position == tax.position]
        for name in ("base_minor", "tax_minor", "acc_tax_minor", "deferred_minor"):
            assert sum(getattr(each, name) for each in mine) == -getattr(tax, name), name
    for allowance in source.allowances:
        mine = [each for note in notes for each in note.allowances]
        assert sum(each.amount_minor for each in mine) == -allowance.amount_minor
    return all(rest.net_minor == 0 for rest in rests(source, notes))
