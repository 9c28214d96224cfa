"""A file of prices comes in: each good record is a dated price of an offer that is there, for everybody or for one
customer, each bad one has its reasons."""

import datetime as dt
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, Unpack

from encaisse.catalog.operations.imports import save_prices
from encaisse.catalog.rules.price_records import PRICE_COLUMNS, OfferPriceRow, read_price
from encaisse.intake.operations import ImportReport, Kind, Order, require_import, take_in
from encaisse.kernel import clock
from encaisse.kernel.scope import Scope

PRICES: Final = Kind[OfferPriceRow]("prices", PRICE_COLUMNS, read_price, repeats=True)


def import_prices(
    source: Path | BinaryIO,
    *,
    valid_from: dt.date | None = None,
    scope: Scope | None = None,
    **order: Unpack[Order],
) -> ImportReport:
    """The offers of the file have its prices; what is billed keeps the price that it was billed at.

    The same again changes nothing. A record without a day of its own gives a price from `valid_from` on, which
    is today unless told. Offers are shared by all legal entities: whoever sees only some may not bring prices. A
    command has no `scope`. Raises NotPermitted, and what says that the file is no table of prices.
    """
    require_import(scope)
    day = valid_from or clock.now().date()
    return take_in(source, PRICES, partial(save_prices, valid_from=day), **order)
