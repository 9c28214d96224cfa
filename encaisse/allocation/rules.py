"""How an amount is laid on what is open: by a strategy, or as somebody says."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final, NamedTuple

from encaisse.allocation.errors import AmountNotPositive, InvoiceNotOpen, MoreThanLeft, MoreThanOpen

OLDEST_FIRST: Final = "oldest_first"
LARGEST_FIRST: Final = "largest_first"


class OpenItem(NamedTuple):
    """An invoice of which `open_minor`, more than zero, is still to be settled."""

    invoice_id: int
    issue_date: dt.date
    open_minor: int


class Share(NamedTuple):
    """What is laid on one invoice."""

    invoice_id: int
    amount_minor: int


# Each ends with the invoice's key, so that the order never depends on how the items came.
STRATEGIES: Final[Mapping[str, Callable[[OpenItem], tuple[Any, ...]]]] = {
    OLDEST_FIRST: lambda item: (item.issue_date, item.invoice_id),
    LARGEST_FIRST: lambda item: (-item.open_minor, item.issue_date, item.invoice_id),
}


def spread(amount_minor: int, items: Iterable[OpenItem], strategy: str = OLDEST_FIRST) -> tuple[Share, ...]:
    """Lay the amount on the items in the strategy's order until it runs out.

    No share passes what is open on its item; what is beyond all of them stays with its source.
    Source: article 1342-10 of the Code civil gives the oldest debt when the payer is silent.
    """
    shares: list[Share] = []
    left_minor = amount_minor
    for item in sorted(items, key=STRATEGIES[strategy]):
        share_minor = min(left_minor, item.open_minor)
        if share_minor <= 0:
            break
        shares.append(Share(item.invoice_id, share_minor))
        left_minor -= share_minor
    return tuple(shares)


def lay(amount_minor: int, items: Iterable[OpenItem], amounts: Mapping[int, int]) -> tuple[Share, ...]:
    """Lay on each invoice the amount that somebody named for it, in order of their keys.

    All of it fits, or nothing is laid. Raises AmountNotPositive, InvoiceNotOpen, MoreThanOpen, MoreThanLeft.
    """
    shares = tuple(Share(*named) for named in sorted(amounts.items()))
    open_minor = {item.invoice_id: item.open_minor for item in items}
    for share in shares:
        if share.amount_minor <= 0:
            raise AmountNotPositive(*share)
        if share.invoice_id not in open_minor:
            raise InvoiceNotOpen(share.invoice_id)
        if share.amount_minor > open_minor[share.invoice_id]:
            raise MoreThanOpen(*share, open_minor=open_minor[share.invoice_id])
    if (total_minor := sum(amounts.values())) > amount_minor:
        raise MoreThanLeft(total_minor, left_minor=amount_minor)
    return shares
