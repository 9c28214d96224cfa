"""The offer that a record of an imported table describes."""

import re
from functools import partial
from typing import Final, NamedTuple

from encaisse.catalog.errors import PeriodUnknown, RevenueAccountInvalid
from encaisse.catalog.rules.offers import Aggregation, OfferFacts, OfferKind
from encaisse.catalog.rules.periods import Alignment, PeriodUnit, Proration, Recurrence, Timing
from encaisse.catalog.rules.price_records import (
    CURRENCY,
    TERM_COLUMNS,
    UNIT_PRICE,
    VALID_FROM,
    PriceRow,
    read_terms,
)
from encaisse.intake.rules import (
    Column,
    Columns,
    Reading,
    Record,
    RowError,
    parse_choice,
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
    Column("kind", ("Type", "Type d'offre", "Kind", "Type of offer")),
    Column("recurrence", ("Périodicité", "Période", "Period"), required=True),
    Column("timing", ("Terme", "Timing"), required=True),
    Column("alignment", ("Alignement", "Alignment")),
    Column("proration", ("Prorata", "Proration")),
    Column("meter", ("Compteur", "Meter")),
    Column("aggregation", ("Agrégation", "Aggregation")),
    UNIT_PRICE._replace(required=True),
    CURRENCY,
    VALID_FROM,
    *TERM_COLUMNS,
)
# What a file written before these columns leaves as it is.
FACT_FIELDS: Final = ("kind", "alignment", "proration", "meter", "aggregation")
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
_KINDS: Final = {
    "abonnement": OfferKind.RECURRING, "recurrent": OfferKind.RECURRING, "recurring": OfferKind.RECURRING,
    "ponctuel": OfferKind.ONE_SHOT, "ponctuelle": OfferKind.ONE_SHOT, "one shot": OfferKind.ONE_SHOT,
    "usage": OfferKind.USAGE, "consommation": OfferKind.USAGE,
}  # fmt: skip
_ALIGNMENTS: Final = {
    "anniversaire": Alignment.ANNIVERSARY, "anniversary": Alignment.ANNIVERSARY,
    "calendaire": Alignment.CALENDAR, "calendrier": Alignment.CALENDAR, "calendar": Alignment.CALENDAR,
}  # fmt: skip
_PRORATIONS: Final = {
    "au jour": Proration.DAY, "oui": Proration.DAY, "day": Proration.DAY, "yes": Proration.DAY,
    "aucun": Proration.NONE, "non": Proration.NONE, "none": Proration.NONE, "no": Proration.NONE,
}  # fmt: skip
_AGGREGATIONS: Final = {
    "somme": Aggregation.SUM, "sum": Aggregation.SUM, "nombre": Aggregation.COUNT, "count": Aggregation.COUNT,
    "maximum": Aggregation.MAXIMUM, "distincts": Aggregation.UNIQUE, "unique": Aggregation.UNIQUE,
}  # fmt: skip
_MONTHLY: Final = Recurrence(1, PeriodUnit.MONTH)
_RECURRENCES: Final = {
    **dict.fromkeys(("quotidienne", "quotidien", "daily"), Recurrence(1, PeriodUnit.DAY)),
    **dict.fromkeys(("hebdomadaire", "weekly"), Recurrence(1, PeriodUnit.WEEK)),
    **dict.fromkeys(("mensuelle", "mensuel", "monthly"), _MONTHLY),
    **dict.fromkeys(("bimestrielle", "bimestriel"), Recurrence(2, PeriodUnit.MONTH)),
    **dict.fromkeys(("trimestrielle", "trimestriel", "quarterly"), Recurrence(3, PeriodUnit.MONTH)),
    **dict.fromkeys(("semestrielle", "semestriel", "half yearly"), Recurrence(6, PeriodUnit.MONTH)),
    **dict.fromkeys(("annuelle", "annuel", "yearly", "annual"), Recurrence(1, PeriodUnit.YEAR)),
}
_COUNTED: Final = re.compile(
    r"(?P<count>[1-9][0-9]{0,2}) ?"
    r"(?:(?P<day>jours?|days?)|(?P<week>semaines?|weeks?)|(?P<month>mois|months?)|(?P<year>ans?|annees?|years?))"
)
_REVENUE_ACCOUNT: Final = re.compile(r"7[0-9]{2,9}")


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


class OfferRow(NamedTuple):
    """An offer, its product and a price of it, as a record gives them.

    A name in English defaults to the one in French, the unit to one piece. The names of the product, which it
    may share with other offers, are empty where the record leaves them out.
    """

    reference: str
    product: str
    described: ProductFacts
    facts: OfferFacts
    price: PriceRow


def contradiction(said: ProductFacts, other: ProductFacts) -> str:
    """The first field in which the two say different things of one product, empty when they agree."""
    pairs = zip(ProductFacts._fields, said, other, strict=True)
    return next((field for field, mine, its in pairs if mine and its and mine != its), "")


def read_offer(record: Record, columns: Columns) -> OfferRow | list[RowError]:
    """The offer of a record whose columns were matched with OFFER_COLUMNS, or all its errors."""
    reading = Reading(record, columns)
    code = partial(parse_text, longest=50)
    row = OfferRow(
        reference=reading.required("reference", code, ""),
        product=reading.required("product", code, ""),
        described=_product(reading),
        facts=_facts(reading),
        price=read_terms(reading),
    )
    return reading.errors or row


def parse_recurrence(text: str) -> Recurrence:
    """How an offer recurs: « mensuelle », « trimestrielle », « 2 ans », "10 days". Raises PeriodUnknown."""
    written = plain(text)
    if written in _RECURRENCES:
        return _RECURRENCES[written]
    counted = _COUNTED.fullmatch(written)
    if counted is None:
        raise PeriodUnknown()
    return Recurrence(int(counted["count"]), PeriodUnit(str(counted.lastgroup)))


def parse_account(text: str) -> str:
    """The number of a revenue account. Raises RevenueAccountInvalid."""
    if not _REVENUE_ACCOUNT.fullmatch(text):
        raise RevenueAccountInvalid()
    return text


def _product(reading: Reading) -> ProductFacts:
    name = reading.optional("product_name_fr", parse_text, "")
    return ProductFacts(
        product_name_fr=name,
        product_name_en=reading.optional("product_name_en", parse_text, name),
        tax_class=reading.required("tax_class", partial(parse_choice, labels=_TAX_CLASSES), ""),
        revenue_account=reading.required("revenue_account", parse_account, ""),
        unit=reading.optional("unit", partial(parse_choice, labels=_UNITS), "C62"),
    )


def _facts(reading: Reading) -> OfferFacts:
    """Only what recurs must say how; usage and what is sold once may leave it blank."""
    name_fr = reading.required("name_fr", parse_text, "")
    kind = reading.optional("kind", partial(parse_choice, labels=_KINDS), OfferKind.RECURRING)
    read = reading.required if kind is OfferKind.RECURRING else reading.optional
    recurrence = read("recurrence", parse_recurrence, _MONTHLY)
    return OfferFacts(
        name_fr=name_fr,
        name_en=reading.optional("name_en", parse_text, name_fr),
        kind=kind,
        period_unit=recurrence.period_unit,
        period_count=recurrence.period_count,
        timing=read("timing", partial(parse_choice, labels=_TIMINGS), Timing.ADVANCE),
        alignment=reading.optional(
            "alignment", partial(parse_choice, labels=_ALIGNMENTS), Alignment.ANNIVERSARY
        ),
        proration=reading.optional("proration", partial(parse_choice, labels=_PRORATIONS), Proration.DAY),
        meter=reading.optional("meter", partial(parse_text, longest=50), ""),
        aggregation=reading.optional("aggregation", partial(parse_choice, labels=_AGGREGATIONS), ""),
    )
