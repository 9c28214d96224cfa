"""An invoice in another currency than the books': the same document computed in both, line by line.

Its charges are in the currency of their price, the customer's or that of the books. Each line is rounded once in each
currency and each tax is its rate of each base, so that both add up by themselves and neither is made of the other's
rounded amounts. A discount of the whole document is the customer's, and converted.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from encaisse.currency.errors import NoRateRecorded
from encaisse.currency.rules import Rate, converted
from encaisse.invoice.rules.discount import Discount, allowances
from encaisse.invoice.rules.draft import Drawn, Give, drafted, gathered, sealed_draft
from encaisse.invoice.rules.plans import TaxPlan
from encaisse.invoice.rules.rows import (
    INVOICE_COLUMNS,
    LINE_COLUMNS,
    NULL,
    TAX_COLUMNS,
    AllowanceRow,
    Draft,
    Heading,
    OpenCharge,
)
from encaisse.kernel import money

# Where an amount of the books stands, and the amount that it is.
_INVOICE: Final = tuple(
    (INVOICE_COLUMNS.index(f"acc_{name}"), INVOICE_COLUMNS.index(name))
    for name in ("net_minor", "tax_minor", "gross_minor")
)
_LINE: Final = ((LINE_COLUMNS.index("acc_net_minor"), LINE_COLUMNS.index("net_minor")),)
_TAX: Final = ((TAX_COLUMNS.index("acc_tax_minor"), TAX_COLUMNS.index("tax_minor")),)
# Where the text of a line has its price: product, label, price.
_UNIT_PRICE: Final = 2


class Sold(NamedTuple):
    """What an invoice is made of beside its heading: its charges, their taxes, the ids of the invoice and of its first
    line, and what is taken off the whole document."""

    charges: Sequence[OpenCharge]
    taxes: Mapping[str, TaxPlan]
    ids: tuple[int, int]
    discounts: Sequence[Discount]


class Tie(NamedTuple):
    """How the currency of a document is tied to that of the books. `currencies` are those of its charges, by key."""

    accounting_currency: str
    rate: Rate
    currencies: Mapping[str, str]


def draft_in_both(heading: Heading, sold: Sold, tie: Tie) -> Draft:
    """The invoice in the currency of its heading, with the same in that of the books beside each amount.

    Raises NoRateRecorded for a charge in a third currency, and what `taxes` raises when asked.
    """
    groups, given = gathered(sold.charges), list[AllowanceRow]()

    def give(bases: Mapping[int, int]) -> list[AllowanceRow]:
        for row in allowances(sold.discounts, bases, sold.ids[0]):
            in_books = converted(row.amount_minor, heading.currency, tie.rate)
            given.append(row._replace(acc_amount_minor=in_books))
        return given

    def give_in_books(bases: Mapping[int, int]) -> list[AllowanceRow]:
        return [row._replace(amount_minor=row.acc_amount_minor) for row in given]

    own = _drafted(heading, groups, (sold, tie), give)
    in_books = heading._replace(currency=tie.accounting_currency)
    books = _drafted(in_books, groups, (sold, tie), give_in_books)
    return sealed_draft(heading, _beside_each(own, books))


def _drafted(
    heading: Heading, groups: Sequence[Sequence[OpenCharge]], of: tuple[Sold, Tie], give: Give
) -> Drawn:
    sold, tie = of
    told = [[_charge_in(charge, heading.currency, tie) for charge in group] for group in groups]
    taxes = sold.taxes
    if heading.currency != tie.accounting_currency:
        classes = {charge.tax_class for charge in sold.charges}
        taxes = {tax_class: _plan_in(sold.taxes[tax_class], tie) for tax_class in classes}
    return drafted(heading, told, taxes, sold.ids, give if sold.discounts else None)


def _plan_in(plan: TaxPlan, tie: Tie) -> TaxPlan:
    """The plan whose amounts for each unit, which are in the currency of the books, are in the other one."""
    if not plan.is_layered:
        return plan
    over, under = tie.rate.ratio(tie.accounting_currency)
    parts = (
        part if part.per_unit is None else part._replace(per_unit=money.half_up(part.per_unit * over, under))
        for part in plan.parts
    )
    return plan._replace(parts=tuple(parts))


def _charge_in(charge: OpenCharge, currency: str, tie: Tie) -> OpenCharge:
    """The charge with its amounts in this currency, exact to six decimals as they are in its own."""
    start = tie.currencies[charge.id]
    if start == currency:
        return charge
    if {start, currency} != {tie.rate.base, tie.rate.quote}:
        raise NoRateRecorded(currency=start, accounting_currency=currency, date=tie.rate.valid_from)
    ratio, off, fields = tie.rate.ratio(start), charge.discount_amount, charge.line.split("\t")
    fields[_UNIT_PRICE] = _times(fields[_UNIT_PRICE], ratio)
    return charge._replace(
        amount=_times(charge.amount, ratio),
        discount_amount=off if off == NULL else _times(off, ratio),
        line="\t".join(fields),
    )


def _times(written: str, ratio: tuple[int, int]) -> str:
    return money.written(money.half_up(money.millionths(written) * ratio[0], ratio[1]))


def _beside_each(own: Drawn, books: Drawn) -> Drawn:
    return own._replace(
        invoice=_beside(own.invoice, books.invoice, _INVOICE),
        lines=[_beside(*pair, _LINE) for pair in zip(own.lines, books.lines, strict=True)],
        taxes=[_beside(*pair, _TAX) for pair in zip(own.taxes, books.taxes, strict=True)],
    )


def _beside(own: str, books: str, columns: Sequence[tuple[int, int]]) -> str:
    """The row with the amounts of the books' row where they belong."""
    last = max(place for place, _ in columns)
    fields, others = own.split("\t", last + 1), books.split("\t", last + 1)
    for place, source in columns:
        fields[place] = others[source]
    return "\t".join(fields)
