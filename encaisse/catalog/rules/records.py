"""The offer that a record of an imported table describes."""

import datetime as dt
import re
from decimal import Decimal
from functools import partial
from typing import Final, NamedTuple

from encaisse.catalog.errors import PeriodUnknown, RevenueAccountInvalid
from encaisse.catalog.rules.periods import PeriodUnit, Recurrence, Timing
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
    plain,
)

OFFER_COLUMNS: Final = (
    Column("reference", ("Offre", "Code offre", "Offer", "Offer code"), required=True),
    Column("name_fr", ("Désignation", "Désignation (français)", "Name", "Name (French)"), required=True),
    Column("name_en", ("Désignation (anglais)", "Name (English)")),
    Column("product", ("Produit", "Code produit", "Product", "Product code"), required=True),
    Column("product_name_fr", ("Libellé du produit", "Libellé du produit (français)", "Product name")),
    Column("product_name_en", ("Libellé du produit (anglais)", "Product name (English)")),
    Column("tax_class", ("Nature fiscale", "Tax class"), required=True),
    Column("revenue_account", ("Compte de produits", "Compte", "Revenue account"), required=True),
    Column("unit", ("Unité", "Unit")),
    Column("recurrence", ("Périodicité", "Période", "Period"), required=True),
    Column("timing", ("Terme", "Timing"), required=True),
    Column("unit_price", ("Prix unitaire HT", "Unit price"), required=True),
    Column("currency", ("Devise", "Currency")),
    Column("valid_from", ("Applicable au", "Valid from")),
)
_TAX_CLASSES: Final = {
    "service": "service", "services": "service", "prestation de services": "service",
    "bien": "goods", "biens": "goods", "marchandise": "goods", "goods": "goods",
}  # fmt: skip
_TIMINGS: Final = {
    "a echoir": Timing.ADVANCE, "terme a echoir": Timing.ADVANCE, "d avance": Timing.ADVANCE,
    "advance": Timing.ADVANCE, "in advance": Timing.ADVANCE,
    "echu": Timing.ARREARS, "terme echu": Timing.ARREARS, "a terme echu": Timing.ARREARS,
    "arrears": Timing.ARREARS, "in arrears": Timing.ARREARS,
}  # fmt: skip
# Labels of UN/ECE Recommendation 20 codes.
_UNITS: Final = {
    "unite": "C62", "unit": "C62", "c62": "C62", "go": "E34", "gb": "E34", "e34": "E34",
    "heure": "HUR", "hour": "HUR", "hur": "HUR", "mois": "MON", "month": "MON", "mon": "MON",
}  # fmt: skip
_RECURRENCES: Final = {
    "mensuelle": 1, "mensuel": 1, "monthly": 1, "bimestrielle": 2, "bimestriel": 2,
    "trimestrielle": 3, "trimestriel": 3, "quarterly": 3,
    "semestrielle": 6, "semestriel": 6, "half yearly": 6,
}  # fmt: skip
_YEARLY: Final = ("annuelle", "annuel", "yearly", "annual")
_COUNTED: Final = re.compile(r"([1-9][0-9]?) ?(?:(mois|months?)|ans?|annees?|years?)")
_REVENUE_ACCOUNT: Final = re.compile(r"7[0-9]{2,9}")


class OfferRow(NamedTuple):
    """An offer, its product and its price from `valid_from` on, as a record gives them.

    A name in English defaults to the one in French, the currency to EUR, the unit to one piece. What the
    record leaves out is None, or empty for the names of the product, which it may share with other offers.
    """

    reference: str
    name_fr: str
    name_en: str
    product: str
    product_name_fr: str
    product_name_en: str
    tax_class: str
    revenue_account: str
    unit: str
    recurrence: Recurrence
    timing: Timing
    unit_price: Decimal
    currency: str
    valid_from: dt.date | None


class ProductFacts(NamedTuple):
    """What an offer's record says of its product; the names may be empty."""

    product_name_fr: str
    product_name_en: str
    tax_class: str
    revenue_account: str
    unit: str

    def completed_by(self, other: "ProductFacts") -> "ProductFacts":
        """These facts, with the other's where these are empty."""
        return ProductFacts._make(mine or its for mine, its in zip(self, other, strict=True))


def product_facts(row: OfferRow) -> ProductFacts:
    """What the row says of its product."""
    return ProductFacts._make(getattr(row, field) for field in ProductFacts._fields)


def contradiction(said: ProductFacts, other: ProductFacts) -> str:
    """The first field in which the two say different things of one product, empty when they agree."""
    pairs = zip(ProductFacts._fields, said, other, strict=True)
    return next((field for field, mine, its in pairs if mine and its and mine != its), "")


def read_offer(record: Record, columns: Columns) -> OfferRow | list[RowError]:
    """The offer of a record whose columns were matched with OFFER_COLUMNS, or all its errors."""
    reading = Reading(record, columns)
    name_fr = reading.required("name_fr", parse_text, "")
    name_en = reading.optional("name_en", parse_text, name_fr)
    product_name_fr = reading.optional("product_name_fr", parse_text, "")
    row = OfferRow(
        reference=reading.required("reference", partial(parse_text, longest=50), ""),
        name_fr=name_fr,
        name_en=name_en,
        product=reading.required("product", partial(parse_text, longest=50), ""),
        product_name_fr=product_name_fr,
        product_name_en=reading.optional("product_name_en", parse_text, product_name_fr),
        tax_class=reading.required("tax_class", partial(parse_choice, labels=_TAX_CLASSES), ""),
        revenue_account=reading.required("revenue_account", parse_account, ""),
        unit=reading.optional("unit", partial(parse_choice, labels=_UNITS), "C62"),
        recurrence=reading.required("recurrence", parse_recurrence, Recurrence(1, PeriodUnit.MONTH)),
        timing=reading.required("timing", partial(parse_choice, labels=_TIMINGS), Timing.ADVANCE),
        unit_price=reading.required("unit_price", parse_decimal, Decimal(0)),
        currency=reading.optional("currency", parse_currency, "EUR"),
        valid_from=reading.optional("valid_from", parse_date, None),
    )
    return reading.errors or row


def parse_recurrence(text: str) -> Recurrence:
    """How a price recurs: « mensuelle », « trimestrielle », « 2 ans », "6 months". Raises PeriodUnknown."""
    written = plain(text)
    if written in _YEARLY:
        return Recurrence(1, PeriodUnit.YEAR)
    if written in _RECURRENCES:
        return Recurrence(_RECURRENCES[written], PeriodUnit.MONTH)
    counted = _COUNTED.fullmatch(written)
    if counted is None:
        raise PeriodUnknown()
    return Recurrence(int(counted[1]), PeriodUnit.MONTH if counted[2] else PeriodUnit.YEAR)


def parse_account(text: str) -> str:
    """The number of a revenue account. Raises RevenueAccountInvalid."""
    if not _REVENUE_ACCOUNT.fullmatch(text):
        raise RevenueAccountInvalid()
    return text
