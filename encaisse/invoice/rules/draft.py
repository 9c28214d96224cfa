"""Drafting: charges become lines, taxes and totals.

A line gathers the charges of one product, price, discount, tax and period and is rounded once, half-up; each
charge's share of it follows by largest remainder. VAT is computed per tax on the summed base of the document
(EN 16931, BR-CO-17), each component of a composite rounded by itself.

All of it is whole numbers and the text of COPY: what a line repeats of its charges goes in as it came out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Final, NamedTuple

from encaisse.invoice.rules.discount import Discount, allowances
from encaisse.invoice.rules.rows import NULL, AllowanceRow, Draft, Heading, OpenCharge
from encaisse.invoice.rules.seal import VERSION, record, sealed
from encaisse.kernel import money
from encaisse.tax.rules import VAT, ResolvedTax, deferred_part

# What discounts take off a document whose lines sum to these bases by tax.
Give = Callable[[Mapping[int, int]], list[AllowanceRow]]
# A percentage of 100 with the four decimals of its column, as a whole number.
WHOLE: Final = 1_000_000


class TaxPart(NamedTuple):
    """A component as a draft needs it: kind, category and rate, what its row repeats, and the rate as a ratio."""

    key: tuple[str, str, str]
    text: str
    ratio: tuple[int, int]


class TaxPlan(NamedTuple):
    """The tax of one class of products at one place. `waits` says that its VAT is due when the customer pays."""

    tax_id: int
    waits: bool
    parts: tuple[TaxPart, ...]


class Taxes(dict[str, TaxPlan]):
    """The plan of each class of products for one kind of buyers, made when first asked for.

    Asking raises what `tax_of` raises when no tax, or no single one, fits the class: it is that of the buyer at hand.
    """

    def __init__(self, tax_of: Callable[[str], ResolvedTax], deferred: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.tax_of = tax_of
        self._deferred = deferred

    def __missing__(self, tax_class: str) -> TaxPlan:
        """Resolve the tax of the class."""
        tax = self.tax_of(tax_class)
        parts = []
        for position, component in enumerate(tax.components, 1):
            key = (component.kind, tax.category, str(component.rate))
            text = record((tax.tax_id, position, tax.category, component.kind, component.rate))
            numerator, denominator = component.rate.as_integer_ratio()
            parts.append(TaxPart(key, text, (numerator, denominator * 100)))
        plan = self[tax_class] = TaxPlan(tax.tax_id, tax_class in self._deferred, tuple(parts))
        return plan


class Drawn(NamedTuple):
    """What a draft says, in the text of COPY, before it is sealed."""

    id: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    invoice: str
    lines: list[str]
    taxes: list[str]
    allowances: list[str]
    claims: list[str]


class _Shape(NamedTuple):
    """What the arithmetic needs of what a line repeats."""

    percent: int
    period_from: str
    period_to: str


def line_amounts(charges: Sequence[OpenCharge], currency: str) -> tuple[int, int, list[int]]:
    """The gross and the net of a line, each rounded half-up once, and every charge's share of the net.

    `charges` are of one sign and one percentage. Shares add up to the net: largest remainder, ties by position.
    """
    unit = money.millionths_in_minor(currency)
    amounts = [money.millionths(charge.amount) for charge in charges]
    nets = [amount - _taken_off(charge) for amount, charge in zip(amounts, charges, strict=True)]
    percent = _shape(charges[0].line).percent
    gross_minor = money.half_up(sum(amounts), unit)
    net_minor = money.half_up(sum(nets) * (WHOLE - percent), unit * WHOLE)
    if len(charges) == 1:
        return gross_minor, net_minor, [net_minor]
    return gross_minor, net_minor, money.split(net_minor, [abs(net) for net in nets])


def draft(
    heading: Heading,
    charges: Iterable[OpenCharge],
    taxes: Mapping[str, TaxPlan],
    ids: tuple[int, int],
    discounts: Sequence[Discount] = (),
) -> Draft:
    """Build one invoice out of the open charges of one account, in their order.

    `ids` are those of the invoice and of its first line. Raises what `taxes` raises when asked.
    """
    give = partial(allowances, discounts, invoice_id=ids[0]) if discounts else None
    return sealed_draft(heading, drafted(heading, gathered(charges), taxes, ids, give))


def drafted(
    heading: Heading,
    groups: Sequence[Sequence[OpenCharge]],
    taxes: Mapping[str, TaxPlan],
    ids: tuple[int, int],
    give: Give | None,
) -> Drawn:
    """What an invoice of these groups of charges says, one line each."""
    invoice_id, line_id = ids
    run_id, unit = heading.run_id, money.millionths_in_minor(heading.currency)
    lines: list[str] = []
    claims: list[str] = []
    bases: dict[str, int] = {}
    for position, members in enumerate(groups, 1):
        charge_id, _, _, tax_class, quantity, amount, off, line = members[0]
        tax_id = taxes[tax_class].tax_id
        if len(members) == 1 and off == NULL and not _shape(line).percent:
            gross = net = money.half_up(money.millionths(amount), unit)
            claims.append(f"{charge_id}\t{run_id}\tbilled\t{line_id}\t{net}\n")
        else:
            gross, net, shares = line_amounts(members, heading.currency)
            quantity = _quantity(members)
            for charge, share in zip(members, shares, strict=True):
                claims.append(f"{charge.id}\t{run_id}\tbilled\t{line_id}\t{share}\n")
        lines.append(
            f"{line_id}\t{invoice_id}\t{position}\t{tax_id}\t{quantity}\t{gross}\t{gross - net}\t{net}\t{net}"
            f"\t{NULL}\t{line}\n"
        )
        bases[tax_class] = bases.get(tax_class, 0) + net
        line_id += 1
    given = give(_by_tax(bases, taxes)) if give else []
    tax_minor, tax_rows = _taxes(bases, taxes, given, invoice_id)
    totals = (invoice_id, sum(bases.values()), tax_minor)
    return _drawn(heading, totals, _period(groups), (lines, tax_rows, given, claims))


def gathered(charges: Iterable[OpenCharge]) -> list[list[OpenCharge]]:
    """The charges of each line. One that gives back never shares a line with one that asks."""
    groups: dict[str | tuple[str, bool], list[OpenCharge]] = {}
    for charge in charges:
        key = charge.line if charge.amount[0] != "-" else (charge.line, True)
        if key in groups:
            groups[key].append(charge)
        else:
            groups[key] = [charge]
    return [*groups.values()]


def _taken_off(charge: OpenCharge) -> int:
    return 0 if charge.discount_amount == NULL else money.millionths(charge.discount_amount)


def _quantity(charges: Sequence[OpenCharge]) -> str:
    return money.written(sum(money.millionths(charge.quantity) for charge in charges))


@lru_cache(maxsize=65_536)
def _shape(line: str) -> _Shape:
    *_, percent, _, period_from, period_to = line.split("\t")
    return _Shape(money.millionths(percent), period_from, period_to)


def _period(groups: Sequence[Sequence[OpenCharge]]) -> tuple[str, str]:
    first, last = "", ""
    for members in groups:
        _, period_from, period_to = _shape(members[0].line)
        if period_from != NULL:
            first = min(first, period_from) if first else period_from
            last = max(last, period_to)
    return first or NULL, last or NULL


def _by_tax(bases: Mapping[str, int], taxes: Mapping[str, TaxPlan]) -> dict[int, int]:
    by_tax: dict[int, int] = {}
    for tax_class, net_minor in bases.items():
        tax_id = taxes[tax_class].tax_id
        by_tax[tax_id] = by_tax.get(tax_id, 0) + net_minor
    return by_tax


def _taxes(
    bases: Mapping[str, int], taxes: Mapping[str, TaxPlan], given: Iterable[AllowanceRow], invoice_id: int
) -> tuple[int, list[str]]:
    """What the taxes of a document come to, and their rows. `bases` are sums of lines by class of products."""
    taken: dict[int, int] = {}
    for allowance in given:
        taken[allowance.tax_id] = taken.get(allowance.tax_id, 0) + allowance.amount_minor
    # One row per category and rate, whatever the number of taxes that share them (BG-23): its base, what of it are
    # lines, and which of these have their VAT wait.
    summed: dict[tuple[str, str, str], tuple[TaxPart, int, int, int]] = {}
    for tax_class, net_minor in bases.items():
        plan = taxes[tax_class]
        base = net_minor - taken.pop(plan.tax_id, 0) if taken else net_minor
        for part in plan.parts:
            known = summed.get(part.key, (part, 0, 0, 0))
            waiting = known[3] + net_minor if plan.waits else known[3]
            summed[part.key] = (known[0], known[1] + base, known[2] + net_minor, waiting)
    amounts = [money.half_up(base * part.ratio[0], part.ratio[1]) for part, base, _, _ in summed.values()]
    total, rows = sum(amounts), []
    # Of a document of nothing no VAT waits: no payment would ever make it due.
    is_owed = total + sum(bases.values()) != sum([allowance.amount_minor for allowance in given])
    for position, (amount, (part, base, whole, waiting)) in enumerate(
        zip(amounts, summed.values(), strict=True), 1
    ):
        deferred = deferred_part(amount, whole, waiting) if waiting and is_owed and part.key[0] == VAT else 0
        rows.append(f"{invoice_id}\t{position}\t{base}\t{amount}\t{amount}\t{deferred}\t{part.text}\n")
    return total, rows


def _drawn(
    heading: Heading,
    totals: tuple[int, int, int],
    period: tuple[str, str],
    rows: tuple[list[str], list[str], list[AllowanceRow], list[str]],
) -> Drawn:
    invoice_id, lines_minor, tax_minor = totals
    lines, taxes, given, claims = rows
    allowance = sum([row.amount_minor for row in given])
    net = lines_minor - allowance
    gross = net + tax_minor
    texts = [f"{record(row)}\n" for row in given]
    invoice = (
        f"{invoice_id}\t{heading.account_id}\t{heading.split}\t{heading.kind}\t{heading.corrects_id}"
        f"\t{heading.buyer_reference_id}\t{period[0]}\t{period[1]}\t{heading.currency}\t{allowance}\t{net}\t{tax_minor}"
        f"\t{gross}\t{gross}\t{net}\t{tax_minor}\t{gross}\t{heading.shared}\t{heading.terms}"
    )
    return Drawn(invoice_id, net, tax_minor, gross, invoice, lines, taxes, texts, claims)


def sealed_draft(heading: Heading, drawn: Drawn) -> Draft:
    """The draft, approved and sealed: from now on nothing of it changes."""
    invoice_id, net, tax_minor, gross, invoice, lines, taxes, texts, claims = drawn
    seal = sealed(heading.parties, invoice, lines, taxes, texts)
    # A backslash begins an escape of COPY as well as bytes.
    row = f"{invoice}\tapproved\t0\t{VERSION}\t\\\\x{seal}\n"
    return Draft(invoice_id, heading.kind, net, tax_minor, gross, row, lines, taxes, texts, claims)
