"""What a legal entity has billed ahead at the end of a day, and what it has earned by then and not billed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any, Final, NamedTuple

from encaisse.catalog.models import Product
from encaisse.charge.models import ChargeKind
from encaisse.charge.rules import ChargeRow
from encaisse.kernel import money, sql
from encaisse.kernel.scope import Scope
from encaisse.ledger.queries.chart import revenue_accounts
from encaisse.ledger.queries.countries import countries
from encaisse.ledger.rules import OPERATING, Cut, cut, cut_off_entry
from encaisse.party.models import BillingAccount
from encaisse.subscription.models import Item

DAY: Final = dt.timedelta(days=1)
NONE: Final[Mapping[int, dt.date]] = {}
# The kinds of charges that follow from what was used.
USED: Final = (ChargeKind.USAGE, ChargeKind.MINIMUM)


class CutOff(NamedTuple):
    """The cut-off of one day: each figure with what it is made of, and the entry that would say it in the books.

    `entry` is what each account is posted, debit positive; the day after, the opposite takes it back.
    """

    currency: str
    on: dt.date
    deferred: tuple[Cut, ...]
    accrued: tuple[Cut, ...]
    chart: str = OPERATING

    @property
    def deferred_minor(self) -> int:
        """What is billed ahead: account 487."""
        return sum(each.cut_minor for each in self.deferred)

    @property
    def accrued_minor(self) -> int:
        """What is earned and not billed: account 418."""
        return sum(each.cut_minor for each in self.accrued)

    @property
    def reversed_on(self) -> dt.date:
        """The day after, on which the opposite entry takes it back."""
        return self.on + DAY

    @property
    def entry(self) -> Mapping[str, int]:
        """The postings of the day's end, by the accounts of the country."""
        posted = cut_off_entry(
            ((each.revenue_account, each.cut_minor) for each in self.deferred),
            ((each.revenue_account, each.cut_minor) for each in self.accrued),
        )
        return countries().entry(self.chart, posted)


def billed_ahead(scope: Scope, legal_entity_id: int, on: dt.date) -> tuple[Cut, ...]:
    """What visible accounts were billed by the end of the day for the days after it, credit notes mirrored."""
    after = on + DAY
    rows = sql.rows("insight", "deferred_lines", _asked(scope, legal_entity_id, on))
    found = []
    for row, net_minor in zip(rows, _less_allowances(rows), strict=True):
        first, until = row[13:15]
        if until is None or until <= after:
            continue
        left = cut(net_minor, first, until, after).left_minor
        if left:
            found.append(Cut._make((*row[:15], net_minor, left)))
    return tuple(found)


def unbilled(
    scope: Scope, legal_entity_id: int, on: dt.date, currency: str, *, under_way: Mapping[int, dt.date] = NONE
) -> tuple[Cut, ...]:
    """What visible accounts were charged for days until that one, and nothing issued by then bills.

    Usage of an item in the period that was `under_way` since a day is left out, charged since or not: what it came to
    on the day is counted by itself.
    """
    asked = _asked(scope, legal_entity_id, on) | {"currency": currency}
    rows = [
        row
        for row in sql.rows("insight", "unbilled_charges", asked)
        if row[19] not in USED or row[13] < under_way.get(row[20], dt.date.max)
    ]
    return tuple(_earned(map(_charged, rows, [currency] * len(rows)), on + DAY))


def to_be_charged(scope: Scope, charges: Iterable[ChargeRow], on: dt.date) -> tuple[Cut, ...]:
    """The same of charges that are not made yet."""
    rows = list(charges)
    seen = BillingAccount.objects.visible_to(scope).filter(pk__in={row.account_id for row in rows})
    accounts = {
        key: told for key, *told in seen.values_list("pk", "reference", "customer_id", "customer__name")
    }
    accounts_of = revenue_accounts(on)
    products = {
        key: (*told, accounts_of[key])
        for key, *told in Product.objects.values_list("pk", "code", "name_fr", "name_en")
    }
    items = Item.objects.filter(pk__in={row.item_id for row in rows})
    offers = dict(items.values_list("pk", "offer__code"))
    cuts = (
        Cut._make(
            (
                *(0, "", row.billable_on, row.account_id, *accounts[row.account_id]),
                *(*products[row.product_id], offers.get(row.item_id or 0, ""), row.label),
                *(row.period_from, row.period_to, _net_minor(row), 0),
            )
        )
        for row in rows
        if row.account_id in accounts
    )
    return tuple(_earned(cuts, on + DAY))


def _asked(scope: Scope, legal_entity_id: int, on: dt.date) -> dict[str, Any]:
    visible = BillingAccount.objects.visible_to(scope).filter(legal_entity_id=legal_entity_id)
    accounts = None if scope.sees_every_customer else list(visible.values_list("pk", flat=True))
    return {"legal_entity_id": legal_entity_id, "on": on, "after": on + DAY, "accounts": accounts}


def _less_allowances(rows: list[tuple[Any, ...]]) -> list[int]:
    """The net of each line less its part of the discounts of its document, by the largest remainder."""
    nets = [row[15] for row in rows]
    of_tax: dict[tuple[int, int], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        if row[17]:
            of_tax[row[0], row[16]].append(place)
    for places in of_tax.values():
        allowance = rows[places[0]][17]
        sign = -1 if allowance < 0 else 1
        shares = money.split(allowance, [max(nets[place] * sign, 0) for place in places])
        for place, share in zip(places, shares, strict=True):
            nets[place] -= share
    return nets


def _charged(row: tuple[Any, ...], currency: str) -> Cut:
    share, amount, percent, off = row[15:19]
    net = share if share is not None else money.to_minor(amount * (100 - percent) / 100 - off, currency)
    return Cut._make((*row[:15], net, 0))


def _earned(cuts: Iterable[Cut], after: dt.date) -> Iterator[Cut]:
    for each in cuts:
        earned = each.amount_minor
        if each.period_from and each.period_to:
            earned = cut(each.amount_minor, each.period_from, each.period_to, after).earned_minor
        if earned:
            yield each._replace(cut_minor=earned)


def _net_minor(row: ChargeRow) -> int:
    off = row.discount_amount or Decimal(0)
    return money.to_minor(row.amount * (100 - row.discount_percent) / 100 - off, row.currency)
