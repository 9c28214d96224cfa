"""Drafting: charges become lines, taxes and totals.

A line gathers the charges of one product, price, discount, tax and period and is rounded once, half-up; each
charge's share of it follows by largest remainder. VAT is computed per tax on the summed base of the document
(EN 16931, BR-CO-17), each component of a composite rounded by itself.

All of it is whole numbers and the text of COPY: what a line repeats of its charges goes in as it came out.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Final, NamedTuple

from encaisse.invoice.rules.deduct import OpenAdvance, deducted
from encaisse.invoice.rules.discount import Discount, allowances
from encaisse.invoice.rules.layers import Sum, layered
from encaisse.invoice.rules.plans import TaxPart, TaxPlan
from encaisse.invoice.rules.rows import NULL, AllowanceRow, DeductionRow, Draft, Heading, OpenCharge
from encaisse.invoice.rules.seal import VERSION, deducted_records, record, sealed
from encaisse.kernel import money
from encaisse.tax.rules.amounts import deferred_part
from encaisse.tax.rules.taxes import VAT

# What discounts take off a document whose lines sum to these bases by tax.
Give = Callable[[Mapping[int, int]], list[AllowanceRow]]
# A percentage of 100 with the four decimals of its column, as a whole number.
WHOLE: Final = 1_000_000


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
    deductions: list[DeductionRow] = []  # noqa: RUF012 - read, never written


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
    advances: Sequence[OpenAdvance] = (),
) -> Draft:
    """Build one invoice out of the open charges of one account, in their order, less what `advances` have left.

    `ids` are those of the invoice and of its first line. Raises what `taxes` raises when asked.
    """
    give = partial(allowances, discounts, invoice_id=ids[0]) if discounts else None
    drawn = drafted(heading, gathered(charges), taxes, ids, give)
    if advances:
        drawn = _less(drawn, advances)
    return sealed_draft(heading, drawn)


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
    if any([taxes[tax_class].is_layered for tax_class in bases]):
        tax_minor, tax_rows = _layered(heading, groups, (bases, taxes, given), invoice_id)
    else:
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


def _layered(
    heading: Heading,
    groups: Sequence[Sequence[OpenCharge]],
    of: tuple[Mapping[str, int], Mapping[str, TaxPlan], Iterable[AllowanceRow]],
    invoice_id: int,
) -> tuple[int, list[str]]:
    """The same where a component counts units or enters the base of the next."""
    bases, taxes, given = of
    sums: dict[int, Sum] = {}
    for tax_class, net_minor in bases.items():
        plan = taxes[tax_class]
        units = sum(
            money.millionths(c.quantity) for group in groups for c in group if c.tax_class == tax_class
        )
        known = sums.get(plan.tax_id, Sum(0, 0, 0, 0))
        waiting = known.waiting_minor + (net_minor if plan.waits else 0)
        whole = known.lines_minor + net_minor
        sums[plan.tax_id] = Sum(whole, whole, waiting, known.quantity + units)
    for allowance in given:
        summed = sums[allowance.tax_id]
        sums[allowance.tax_id] = summed._replace(base_minor=summed.base_minor - allowance.amount_minor)
    plans = {taxes[tax_class].tax_id: taxes[tax_class] for tax_class in bases}
    rows, found = [], layered(sums, plans, heading.currency)
    total = sum(row.amount_minor for row in found)
    is_owed = total + sum(summed.base_minor for summed in sums.values()) != 0
    for position, (part, base, lines, waiting, amount) in enumerate(found, 1):
        waits = waiting and is_owed and part.key[0] == VAT
        deferred = deferred_part(amount, lines, waiting) if waits else 0
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


def _less(drawn: Drawn, advances: Sequence[OpenAdvance]) -> Drawn:
    less = deducted(drawn.invoice, drawn.taxes, advances)
    return drawn._replace(invoice=less.invoice, taxes=less.taxes, deductions=less.rows)


def sealed_draft(heading: Heading, drawn: Drawn) -> Draft:
    """The draft, approved and sealed: from now on nothing of it changes."""
    invoice_id, net, tax_minor, gross, invoice, lines, taxes, texts, claims, deductions = drawn
    seal = sealed(heading.parties, invoice, lines, taxes, texts, *deducted_records(deductions))
    # A backslash begins an escape of COPY as well as bytes.
    row = f"{invoice}\tapproved\t0\t{VERSION}\t\\\\x{seal}\n"
    return Draft(
        invoice_id, heading.kind, net, tax_minor, gross, row, lines, taxes, texts, claims, deductions
    )
