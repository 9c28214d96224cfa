"""The price that a record of an imported table describes, of an offer of the same table or of one that is there."""

import datetime as dt
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

from encaisse.catalog.errors import TiersUnreadable
from encaisse.catalog.rules.pricing import PriceModel, Pricing, Tier
from encaisse.intake.rules import (
    Column,
    Columns,
    Reading,
    Record,
    RowError,
    parse_choice,
    parse_currency,
    parse_date,
    parse_decimal,
    parse_text,
)
from encaisse.kernel.errors import DomainError

UNIT_PRICE: Final = Column("unit_price", ("Prix unitaire HT", "Unit price"), holds="number")
CURRENCY: Final = Column("currency", ("Devise", "Currency"))
VALID_FROM: Final = Column(
    "valid_from", ("Applicable au", "Applicable à partir du", "Valid from"), holds="date"
)
TERM_COLUMNS: Final = (
    Column("model", ("Modèle de prix", "Modèle", "Price model", "Model")),
    Column("tiers", ("Tranches", "Tiers")),
    Column("package_size", ("Unités par paquet", "Paquet", "Package size", "Package"), holds="number"),
    Column("percent", ("Pourcentage", "Percent", "Percentage"), holds="number"),
    Column("fixed_amount", ("Fixe par opération", "Fixed amount"), holds="number"),
    Column("minimum_per_transaction", ("Minimum par opération", "Minimum per transaction"), holds="number"),
    Column("maximum_per_transaction", ("Maximum par opération", "Maximum per transaction"), holds="number"),
    Column("period_minimum", ("Minimum par période", "Minimum", "Minimum per period"), holds="number"),
    Column("customer", ("Code client", "Client", "Customer code", "Customer")),
    Column("valid_to", ("Applicable jusqu'au", "Valid to"), holds="date"),
)
PRICE_COLUMNS: Final = (
    Column("reference", ("Offre", "Code offre", "Offer", "Offer code"), required=True),
    UNIT_PRICE,
    CURRENCY,
    VALID_FROM,
    *TERM_COLUMNS,
)
_MODELS: Final = {
    "forfait": PriceModel.FLAT, "forfaitaire": PriceModel.FLAT, "flat": PriceModel.FLAT,
    "unitaire": PriceModel.PER_UNIT, "a l unite": PriceModel.PER_UNIT, "per unit": PriceModel.PER_UNIT,
    "progressif": PriceModel.GRADUATED, "par tranches": PriceModel.GRADUATED, "graduated": PriceModel.GRADUATED,
    "volume": PriceModel.VOLUME, "au volume": PriceModel.VOLUME,
    "paquet": PriceModel.PACKAGE, "par paquet": PriceModel.PACKAGE, "package": PriceModel.PACKAGE,
    "pourcentage": PriceModel.PERCENTAGE, "percentage": PriceModel.PERCENTAGE,
}  # fmt: skip
# Of what a record holds, the first that is written names the model when nothing else does.
_IMPLIED: Final = {
    "tiers": PriceModel.GRADUATED,
    "package_size": PriceModel.PACKAGE,
    "percent": PriceModel.PERCENTAGE,
}
_UNIT_PRICED: Final = (PriceModel.FLAT, PriceModel.PER_UNIT, PriceModel.PACKAGE)
_ONE_DAY: Final = dt.timedelta(days=1)
_amount: Final = parse_decimal


class PriceRow(NamedTuple):
    """A price as a record gives it; None is what it leaves out, an empty `customer` the list.

    People write last days: `valid_to` is the day after, since it is exclusive.
    """

    pricing: Pricing
    customer: str
    currency: str
    valid_from: dt.date | None
    valid_to: dt.date | None


class OfferPriceRow(NamedTuple):
    """A price of an offer that is there, by its code."""

    reference: str
    price: PriceRow


def read_price(record: Record, columns: Columns) -> OfferPriceRow | list[RowError]:
    """The price of a record whose columns were matched with PRICE_COLUMNS, or all its errors."""
    reading = Reading(record, columns)
    reference = reading.required("reference", partial(parse_text, longest=50), "")
    row = OfferPriceRow(reference, read_terms(reading))
    return reading.errors or row


def read_terms(reading: Reading) -> PriceRow:
    """The price that the record's columns of terms describe; what is wrong is kept by the reading."""
    return PriceRow(
        pricing=_pricing(reading),
        customer=reading.optional("customer", partial(parse_text, longest=50), ""),
        currency=reading.optional("currency", parse_currency, "EUR"),
        valid_from=reading.optional("valid_from", parse_date, None),
        valid_to=reading.optional("valid_to", _day_after, None),
    )


def parse_tiers(text: str) -> tuple[Tier, ...]:
    """Tiers such as `100:0,50;1000:0,40;:0,30`: up to which quantity, at which price; the last has no end.

    Raises TiersUnreadable.
    """
    tiers = []
    for written in text.rstrip("; ").split(";"):
        end, mark, price = written.partition(":")
        if not mark:
            raise TiersUnreadable()
        try:
            up_to = parse_decimal(end.strip()) if end.strip() else None
            tiers.append(Tier(up_to, parse_decimal(price.strip())))
        except DomainError:
            raise TiersUnreadable() from None
    return tuple(tiers)


def _pricing(reading: Reading) -> Pricing:
    implied = next((model for field, model in _IMPLIED.items() if reading.text(field)), PriceModel.PER_UNIT)
    model = reading.optional("model", partial(parse_choice, labels=_MODELS), implied)
    return Pricing(
        version_id=0,
        model=model,
        unit_price=_unit_price(reading, model),
        tiers=reading.optional("tiers", parse_tiers, ()),
        package_size=reading.optional("package_size", _amount, None),
        percent=reading.optional("percent", partial(parse_decimal, highest=Decimal(100)), None),
        minimum_per_transaction=reading.optional("minimum_per_transaction", _amount, None),
        maximum_per_transaction=reading.optional("maximum_per_transaction", _amount, None),
        period_minimum=reading.optional("period_minimum", _amount, None),
        fixed_amount=reading.optional("fixed_amount", _amount, None),
    )


def _unit_price(reading: Reading, model: PriceModel) -> Decimal | None:
    if model in _UNIT_PRICED:
        return reading.required("unit_price", _amount, Decimal(0))
    return reading.optional("unit_price", _amount, None)


def _day_after(text: str) -> dt.date:
    return parse_date(text) + _ONE_DAY
