"""A file of offers comes in: each good record is an offer of a product at a price, each bad one has its reasons."""

import datetime as dt
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, Unpack

from django.db import transaction

from encaisse.catalog.operations.imports import Described, save_offers
from encaisse.catalog.rules.records import OFFER_COLUMNS, OfferRow, read_offer
from encaisse.intake.operations import ImportReport, Kind, Order, require_import, take_in
from encaisse.kernel import clock
from encaisse.kernel.scope import Actor, Scope
from encaisse.ledger.operations import move_product, open_revenue_accounts
from encaisse.ledger.queries.chart import last_accounts

OFFERS: Final = Kind[OfferRow]("offers", OFFER_COLUMNS, read_offer)


@transaction.atomic
def import_offers(
    source: Path | BinaryIO,
    *,
    valid_from: dt.date | None = None,
    scope: Scope | None = None,
    **order: Unpack[Order],
) -> ImportReport:
    """The offers of the file are sold at its prices, and their revenue accounts are in the chart.

    A product that was posted elsewhere is posted to the account of the file from the first day on that nothing was
    issued on. The same again changes nothing. A record without a day of its own gives a price from `valid_from` on,
    which is today unless told. Offers are shared by all legal entities: whoever sees only some may not bring them. A
    command has no `scope`. Raises NotPermitted, and what says that the file is no table of offers.
    """
    require_import(scope)
    day = valid_from or clock.now().date()
    described: Described = {}
    save = partial(save_offers, valid_from=day, described=described, accounts=last_accounts())
    report = take_in(source, OFFERS, save, **order)
    if not order.get("dry_run"):
        open_revenue_accounts()
        _move(described, order["actor"])
    return report


def _move(described: Described, actor: Actor) -> None:
    """What is sold of each product from now on is posted to the account that the file says."""
    known = last_accounts()
    for code, facts in described.items():
        if known[code] != facts.revenue_account:
            move_product(code, facts.revenue_account, actor=actor)
