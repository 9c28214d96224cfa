"""A file of offers comes in: each good record is an offer of a product at a price, each bad one has its reasons."""

import datetime as dt
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final, Unpack

from encaisse.catalog.operations import save_offers
from encaisse.catalog.rules import OFFER_COLUMNS, OfferRow, read_offer
from encaisse.intake.operations import ImportReport, Kind, Order, require_import, take_in
from encaisse.kernel import clock
from encaisse.kernel.scope import Scope

OFFERS: Final = Kind[OfferRow]("offers", OFFER_COLUMNS, read_offer)


def import_offers(
    source: Path | BinaryIO,
    *,
    valid_from: dt.date | None = None,
    scope: Scope | None = None,
    **order: Unpack[Order],
) -> ImportReport:
    """The offers of the file are sold at its prices; the same again changes nothing.

    A record without a day of its own gives a price from `valid_from` on, which is today unless told. Offers
    are shared by all legal entities: whoever sees only some may not bring them. A command has no `scope`.
    Raises NotPermitted, and what says that the file is no table of offers.
    """
    require_import(scope)
    day = valid_from or clock.now().date()
    return take_in(source, OFFERS, partial(save_offers, valid_from=day, described={}), **order)
