"""Drafting: charges become lines, taxes and totals.

A line gathers the charges of one product, price, discount, tax and period and is rounded once, half-up; each
charge's share of it follows by largest remainder. VAT is computed per tax on the summed base of the document
(EN 16931, BR-CO-17), each component of a composite rounded by itself.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Final

from encaisse.billing.rules import ClaimRow
from encaisse.invoice.rules.rows import Draft, Header, InvoiceRow, LineRow, OpenCharge, TaxRow
from encaisse.invoice.rules.seal import VERSION, digest
from encaisse.kernel import money
from encaisse.tax.rules import VAT, Component, ResolvedTax, deferred_part, percentage

HUNDRED: Final = Decimal(100)
ONE: Final = Decimal("1.0000000000")


LineKey = tuple[int, str, str, int, dt.date | None, dt.date | None, str, bool]
TaxOf = Callable[[str], ResolvedTax]


def line_amounts(charges: Sequence[OpenCharge], currency: str) -> tuple[int, int, list[int]]:
    """The gross and the net of a line, each rounded half-up once, and every charge's share of the net.

    `charges` are of one sign and one discount. Shares add up to the net: largest remainder, ties by position.
    """
    discount = charges[0].discount_percent
    alone = len(charges) == 1
    total = charges[0].amount if alone else sum((charge.amount for charge in charges), Decimal(0))
    gross_minor = money.to_minor(total, currency)
    net_minor = money.to_minor(total * (HUNDRED - discount) / HUNDRED, currency) if discount else gross_minor
    if alone:
        return gross_minor, net_minor, [net_minor]
    return gross_minor, net_minor, money.split(net_minor, [abs(charge.amount) for charge in charges])


def draft(
    header: Header,
    charges: Sequence[OpenCharge],
    tax_of: TaxOf,
    *,
    invoice_id: int,
    first_line_id: int,
    deferred: frozenset[str] = frozenset(),
) -> Draft:
    """Build one invoice out of the open charges of one account, in the order of their ids.

    `deferred` names the tax classes whose VAT waits until the customer pays.
    Raises what `tax_of` raises when no tax, or no single one, fits a product at the account's address.
    """
    lines: list[LineRow] = []
    claims: list[ClaimRow] = []
    taxes: dict[int, ResolvedTax] = {}
    waiting: dict[int, int] = {}
    for key, members in _gather(charges, tax_of, taxes).items():
        line, shares = _line(members, key[3], header.currency, (invoice_id, first_line_id, len(lines)))
        lines.append(line)
        if deferred and members[0].tax_class in deferred:
            waiting[line.tax_id] = waiting.get(line.tax_id, 0) + line.net_minor
        for charge, share in zip(members, shares, strict=True):
            claims.append(ClaimRow(charge.id, header.run_id, "billed", line.id, share))
    tax_rows = _taxes(lines, taxes, invoice_id)
    row = _header_row(header, lines, tax_rows, invoice_id)
    if waiting and row.gross_minor:
        tax_rows = _deferred(tax_rows, taxes, waiting)
    return Draft(_sealed(row, header, lines, tax_rows), lines, tax_rows, [], claims)


def _gather(
    charges: Iterable[OpenCharge], tax_of: TaxOf, taxes: dict[int, ResolvedTax]
) -> dict[LineKey, list[OpenCharge]]:
    groups: dict[LineKey, list[OpenCharge]] = {}
    for charge in charges:
        tax = tax_of(charge.tax_class)
        taxes[tax.tax_id] = tax
        # Decimals as text: their hash costs more than the rest of the key together.
        key = (
            charge.product_id,
            str(charge.unit_price),
            str(charge.discount_percent),
            tax.tax_id,
            charge.period_from,
            charge.period_to,
            charge.label,
            charge.amount < 0,
        )
        groups.setdefault(key, []).append(charge)
    return groups


def _line(
    members: list[OpenCharge], tax_id: int, currency: str, place: tuple[int, int, int]
) -> tuple[LineRow, list[int]]:
    first = members[0]
    invoice_id, first_line_id, index = place
    gross_minor, net_minor, shares = line_amounts(members, currency)
    quantity = first.quantity if len(members) == 1 else sum((m.quantity for m in members), Decimal(0))
    line = LineRow(
        first_line_id + index, invoice_id, index + 1, first.product_id, tax_id, first.label, quantity,
        first.unit_price, first.discount_percent, gross_minor, gross_minor - net_minor, net_minor, net_minor,
        first.period_from, first.period_to, None,
    )  # fmt: skip
    return line, shares


def _taxes(lines: Sequence[LineRow], taxes: dict[int, ResolvedTax], invoice_id: int) -> list[TaxRow]:
    bases: dict[int, int] = {}
    for line in lines:
        bases[line.tax_id] = bases.get(line.tax_id, 0) + line.net_minor
    # One row per category and rate, whatever the number of taxes that share them (BG-23).
    summed: dict[tuple[str, str, str], tuple[int, int, Component, int]] = {}
    for tax_id, base_minor in bases.items():
        category = taxes[tax_id].category
        for position, component in enumerate(taxes[tax_id].components, 1):
            key = (component.kind, category, str(component.rate))
            owner_id, at, _, before = summed.get(key, (tax_id, position, component, 0))
            summed[key] = (owner_id, at, component, before + base_minor)
    rows: list[TaxRow] = []
    for (kind, category, _), (tax_id, at, component, base_minor) in summed.items():
        amount = percentage(base_minor, component.rate)
        rows.append(
            TaxRow(
                invoice_id,
                len(rows) + 1,
                tax_id,
                at,
                category,
                kind,
                component.rate,
                base_minor,
                amount,
                amount,
                0,
            )
        )
    return rows


def _deferred(rows: Sequence[TaxRow], taxes: dict[int, ResolvedTax], waiting: dict[int, int]) -> list[TaxRow]:
    """What of each VAT falls on `waiting`, the net amounts by tax whose VAT waits until the customer pays."""
    bases: dict[tuple[str, Decimal], int] = {}
    for tax_id, net_minor in waiting.items():
        tax = taxes[tax_id]
        for component in tax.components:
            if component.kind == VAT:
                key = (tax.category, component.rate)
                bases[key] = bases.get(key, 0) + net_minor
    return [_waiting(row, bases.get((row.category, row.rate), 0)) if row.kind == VAT else row for row in rows]


def _waiting(row: TaxRow, base_minor: int) -> TaxRow:
    return row._replace(deferred_minor=deferred_part(row.tax_minor, row.base_minor, base_minor))


def _header_row(
    header: Header, lines: Sequence[LineRow], taxes: Sequence[TaxRow], invoice_id: int
) -> InvoiceRow:
    net_minor = sum([line.net_minor for line in lines])
    tax_minor = sum([tax.tax_minor for tax in taxes])
    gross_minor = net_minor + tax_minor
    starts = [line.period_from for line in lines if line.period_from]
    ends = [line.period_to for line in lines if line.period_to]
    first, last = (min(starts), max(ends)) if starts and ends else (None, None)
    return InvoiceRow(
        invoice_id, header.legal_entity_id, header.account_id, header.run_id, 0, header.kind, False, "approved",  # noqa: FBT003
        first, last, header.currency,
        0, net_minor, tax_minor, gross_minor, 0, gross_minor, 0,
        header.accounting_currency, ONE, net_minor, tax_minor, gross_minor,
        header.seller_identity_id, header.buyer_identity_id,
        header.buyer_reference_id, header.language,
        header.terms_kind, header.terms_days, header.terms_day, header.terms_plan, header.corrects_id, header.reason,
        header.drafted_at,
    )  # fmt: skip


def _sealed(row: InvoiceRow, header: Header, lines: Sequence[LineRow], taxes: Sequence[TaxRow]) -> InvoiceRow:
    return row.sealed(VERSION, digest(row, header.parties, lines, taxes))
