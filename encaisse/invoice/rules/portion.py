"""Crediting in part: what one more credit note takes of each line, allowance and tax of an invoice.

Nothing is computed anew from prices and rates. What all credit notes together have taken of a stored amount, this
one included, is its share of that amount, rounded half-up; this one takes what the earlier ones left of that share.
So they add up to the invoice to the cent, however it is cut, and the last one takes exactly the rest.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final, NamedTuple

from encaisse.invoice.errors import CreditWouldBill, CutBeyondLine, LineNotOfInvoice, NothingToCredit
from encaisse.invoice.rules.mirror import Document
from encaisse.invoice.rules.rows import AllowanceRow, InvoiceRow, LineRow, TaxRow
from encaisse.kernel import money
from encaisse.tax.rules.amounts import percentage
from encaisse.tax.rules.taxes import OTHER

MILLIONTH: Final = Decimal("0.000001")
UNDISCOUNTED: Final = Decimal("0.0000")
TaxKey = tuple[str, str, Decimal, int]
"""Kind, category and rate, and the tax of what counts units: what makes a row of taxes one of its document."""


class Cut(NamedTuple):
    """How much of a line is credited: a quantity, or an amount, of the line's own sign; neither is all of the rest."""

    quantity: Decimal | None = None
    amount_minor: int | None = None


REST: Final = Cut()


class TaxFacts(NamedTuple):
    """The taxes of each tax by its key, the lines whose VAT is due when the customer pays, and the key of each tax that
    enters the base of a VAT, with that of the VAT."""

    keys: Mapping[int, frozenset[TaxKey]]
    deferred_lines: frozenset[int] = frozenset()
    enters: frozenset[tuple[TaxKey, TaxKey]] = frozenset()


class Rest(NamedTuple):
    """What no credit note has taken of a line yet, of the line's own sign.

    A cut by amount leaves the quantity as it is. `is_even` as long as there was none: quantity, gross and net are
    then still parts of one another.
    """

    line: LineRow
    quantity: Decimal
    gross_minor: int
    net_minor: int
    acc_net_minor: int
    is_even: bool

    @property
    def is_open(self) -> bool:
        """Whether there is anything left to credit. A line of nothing is credited with its quantity."""
        return self.net_minor != 0 or (self.line.net_minor == 0 and self.quantity != 0)


class Portion(NamedTuple):
    """A part of an invoice with the signs of the invoice: a document whose exact mirror is its credit note."""

    row: InvoiceRow
    lines: list[LineRow]
    taxes: list[TaxRow]
    allowances: list[AllowanceRow]


def rests(source: Document, notes: Iterable[Document]) -> list[Rest]:
    """What the credit notes have left of each line of `source`, in order. A note's lines name what they correct."""
    taken: dict[int | None, list[LineRow]] = {}
    for note in notes:
        for line in note.lines:
            taken.setdefault(line.corrects_line, []).append(line)
    return [_rest(line, taken.get(line.id, [])) for line in source.lines]


def portion(source: Document, notes: Sequence[Document], cuts: Mapping[int, Cut], facts: TaxFacts) -> Portion:
    """What a further credit note takes of an issued invoice, beside what `notes`, all that stand, have taken.

    `cuts` says how much of which line, by the line's key. Lines keep the key of what they are a part of.
    Raises LineNotOfInvoice, NothingToCredit, CutBeyondLine, and CreditWouldBill when negative lines, alone or left
    alone, would turn the credit into a bill.
    """
    known = rests(source, notes)
    if strays := cuts.keys() - {rest.line.id for rest in known}:
        raise LineNotOfInvoice(invoice_id=source.row.id, line_id=min(strays))
    currency = source.row.currency
    lines = [
        _taken(rest, cuts[rest.line.id], currency) for rest in known if rest.line.id in cuts and rest.is_open
    ]
    if not lines:
        raise NothingToCredit(invoice_id=source.row.id)
    given = (_allowance(each, source, notes, lines) for each in source.allowances)
    allowances = [each for each in given if each.base_minor or each.amount_minor]
    taxes: list[TaxRow] = []
    for each in source.taxes:
        entering = sum(tax.tax_minor for tax in taxes if (_key(tax), _key(each)) in facts.enters)
        tax = _tax(each, notes, (lines, allowances, entering), facts)
        taxes += [tax] if tax else []
    row = _summed(source.row, lines, taxes, allowances)
    left_minor = source.row.gross_minor + sum(note.row.gross_minor for note in notes)
    if not 0 <= row.gross_minor <= left_minor:
        raise CreditWouldBill(gross_minor=row.gross_minor, left_minor=left_minor, currency=currency)
    return Portion(row, lines, taxes, allowances)


def share(amount_minor: int, part: Decimal | int, whole: Decimal | int) -> int:
    """The part of a stored amount that `part` is of `whole`, rounded half-up; halves go away from zero."""
    (part_over, part_under), (whole_over, whole_under) = part.as_integer_ratio(), whole.as_integer_ratio()
    over, under = amount_minor * part_over * whole_under, part_under * whole_over
    sign = 1 if (over >= 0) == (under > 0) else -1
    return sign * ((2 * abs(over) + abs(under)) // (2 * abs(under)))


def _rest(line: LineRow, taken: Sequence[LineRow]) -> Rest:
    # A cut by amount has a price of its own. Should it be the line's price after all, it is one of its quantity.
    by_quantity = [
        each
        for each in taken
        if (each.unit_price, each.discount_percent) == (line.unit_price, line.discount_percent)
    ]
    return Rest(
        line,
        line.quantity + sum(each.quantity for each in by_quantity),
        line.gross_minor + sum(each.gross_minor for each in taken),
        line.net_minor + sum(each.net_minor for each in taken),
        line.acc_net_minor + sum(each.acc_net_minor for each in taken),
        len(by_quantity) == len(taken),
    )


def _taken(rest: Rest, cut: Cut, currency: str) -> LineRow:
    quantity, amount_minor = cut
    by_quantity = quantity is not None and quantity != rest.quantity
    by_amount = amount_minor is not None and amount_minor != rest.net_minor
    if not (_within(quantity, rest.quantity) and _within(amount_minor, rest.net_minor)):
        raise _beyond(rest, currency)
    if by_quantity and quantity is not None:
        return _by_quantity(rest, quantity, currency)
    if by_amount and amount_minor is not None:
        return _by_amount(rest, amount_minor, currency)
    if not rest.is_even:
        return _by_amount(rest, rest.net_minor, currency)
    return rest.line._replace(
        quantity=rest.quantity,
        gross_minor=rest.gross_minor,
        discount_minor=rest.gross_minor - rest.net_minor,
        net_minor=rest.net_minor,
        acc_net_minor=rest.acc_net_minor,
    )


def _within(asked: Decimal | int | None, left: Decimal | int) -> bool:
    return asked is None or 0 < asked <= left or left <= asked < 0


def _by_quantity(rest: Rest, quantity: Decimal, currency: str) -> LineRow:
    line = rest.line
    before = line.quantity - rest.quantity
    after = before + quantity

    def part(amount_minor: int) -> int:
        return share(amount_minor, after, line.quantity) - share(amount_minor, before, line.quantity)

    net_minor, gross_minor = part(line.net_minor), part(line.gross_minor)
    if abs(net_minor) > abs(rest.net_minor):
        raise _beyond(rest, currency)
    return line._replace(
        quantity=quantity.quantize(MILLIONTH),
        gross_minor=gross_minor,
        discount_minor=gross_minor - net_minor,
        net_minor=net_minor,
        acc_net_minor=_accounted(rest, net_minor),
    )


def _by_amount(rest: Rest, amount_minor: int, currency: str) -> LineRow:
    return rest.line._replace(
        quantity=Decimal(-1 if amount_minor < 0 else 1).quantize(MILLIONTH),
        unit_price=money.from_minor(abs(amount_minor), currency).quantize(MILLIONTH),
        discount_percent=UNDISCOUNTED,
        gross_minor=amount_minor,
        discount_minor=0,
        net_minor=amount_minor,
        acc_net_minor=_accounted(rest, amount_minor),
        discount_reason=None,
    )


def _accounted(rest: Rest, net_minor: int) -> int:
    line = rest.line
    after = line.net_minor - rest.net_minor + net_minor
    return _converted(after, line.net_minor, line.acc_net_minor) - line.acc_net_minor + rest.acc_net_minor


def _converted(part_minor: int, whole_minor: int, acc_whole_minor: int) -> int:
    same = whole_minor == acc_whole_minor or not whole_minor
    return part_minor if same else share(acc_whole_minor, part_minor, whole_minor)


def _beyond(rest: Rest, currency: str) -> CutBeyondLine:
    return CutBeyondLine(
        label=rest.line.label, left_quantity=rest.quantity, left_minor=rest.net_minor, currency=currency
    )


def _allowance(
    given: AllowanceRow, source: Document, notes: Sequence[Document], lines: Sequence[LineRow]
) -> AllowanceRow:
    """The part of a discount of the document that falls on the credited lines of its tax."""
    base_minor = sum(line.net_minor for line in lines if line.tax_id == given.tax_id)
    earlier = [each for note in notes for each in note.allowances if each.position == given.position]
    whole = sum(line.net_minor for line in source.lines if line.tax_id == given.tax_id)
    after = base_minor - sum(each.base_minor for each in earlier)
    target = share(given.amount_minor, min(max(after, 0), whole), whole) if whole > 0 else given.amount_minor
    acc_target = _converted(target, given.amount_minor, given.acc_amount_minor)
    return given._replace(
        base_minor=base_minor,
        amount_minor=target + sum(each.amount_minor for each in earlier),
        acc_amount_minor=acc_target + sum(each.acc_amount_minor for each in earlier),
    )


def _tax(
    whole: TaxRow,
    notes: Sequence[Document],
    credited: tuple[Sequence[LineRow], Sequence[AllowanceRow], int],
    facts: TaxFacts,
) -> TaxRow | None:
    key = _key(whole)
    lines = [line for line in credited[0] if key in facts.keys[line.tax_id]]
    allowances = [each for each in credited[1] if key in facts.keys[each.tax_id]]
    if not lines:
        return None
    earlier = [each for note in notes for each in note.taxes if _key(each) == key]
    base_minor = sum(line.net_minor for line in lines) - sum(each.amount_minor for each in allowances)
    base_minor += credited[2]
    after = base_minor - sum(each.base_minor for each in earlier)
    target = _target(whole, after)
    tax_minor = target + sum(each.tax_minor for each in earlier)
    acc_target = _converted(target, whole.tax_minor, whole.acc_tax_minor)
    return whole._replace(
        base_minor=base_minor,
        tax_minor=tax_minor,
        acc_tax_minor=acc_target + sum(each.acc_tax_minor for each in earlier),
        deferred_minor=_deferred(whole, earlier, tax_minor, _deferred_share(lines, facts)),
    )


def _key(tax: TaxRow) -> TaxKey:
    return tax_key(tax.kind, tax.category, tax.rate, tax.tax_id)


def tax_key(kind: str, category: str, rate: Decimal, tax_id: int) -> TaxKey:
    """The key of a row: that of its tax alone where it has no rate and is no VAT."""
    return kind, category, rate, tax_id if kind == OTHER and not rate else 0


def _target(tax: TaxRow, base_minor: int) -> int:
    """What notes that credit so much of the base have credited of the tax in all."""
    if base_minor == tax.base_minor:
        return tax.tax_minor
    if 0 <= base_minor < tax.base_minor or tax.base_minor < base_minor <= 0:
        return share(tax.tax_minor, base_minor, tax.base_minor)
    # Lines of both signs: a part may be more than their sum, of which a share would say nothing.
    return percentage(base_minor, tax.rate)


def _deferred_share(lines: Sequence[LineRow], facts: TaxFacts) -> tuple[int, int]:
    whole = sum(abs(line.net_minor) for line in lines)
    return sum(abs(line.net_minor) for line in lines if line.id in facts.deferred_lines), whole


def _deferred(whole: TaxRow, earlier: Sequence[TaxRow], tax_minor: int, part: tuple[int, int]) -> int:
    """The part of the tax that waited for the payment of these lines; neither kind is ever credited beyond itself."""
    sign = -1 if whole.tax_minor < 0 else 1
    left = sign * (whole.deferred_minor + sum(each.deferred_minor for each in earlier))
    due_left = sign * (whole.tax_minor + sum(each.tax_minor for each in earlier)) - left
    wanted = share(sign * tax_minor, *part) if part[1] else 0
    return sign * max(min(wanted, left, sign * tax_minor), sign * tax_minor - due_left, 0)


def _summed(
    source: InvoiceRow, lines: Sequence[LineRow], taxes: Sequence[TaxRow], allowances: Sequence[AllowanceRow]
) -> InvoiceRow:
    allowance_minor = sum(each.amount_minor for each in allowances)
    net_minor = sum(line.net_minor for line in lines) - allowance_minor
    tax_minor = sum(tax.tax_minor for tax in taxes)
    acc_net_minor = sum(line.acc_net_minor for line in lines) - sum(
        each.acc_amount_minor for each in allowances
    )
    acc_tax_minor = sum(tax.acc_tax_minor for tax in taxes)
    first, last = _period(lines)
    return source._replace(
        period_from=first,
        period_to=last,
        allowance_minor=allowance_minor,
        net_minor=net_minor,
        tax_minor=tax_minor,
        gross_minor=net_minor + tax_minor,
        acc_net_minor=acc_net_minor,
        acc_tax_minor=acc_tax_minor,
        acc_gross_minor=acc_net_minor + acc_tax_minor,
    )


def _period(lines: Sequence[LineRow]) -> tuple[dt.date | None, dt.date | None]:
    starts = [line.period_from for line in lines if line.period_from]
    ends = [line.period_to for line in lines if line.period_to]
    return (min(starts), max(ends)) if starts and ends else (None, None)
