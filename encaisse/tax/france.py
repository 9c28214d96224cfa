"""The taxes and rules of a seller of services established in mainland France or Corsica.

Where the place of supply depends on what the service is (a private person overseas or abroad), there is no
rule on purpose: the account becomes an exception until somebody writes the one that fits.
"""

from decimal import Decimal
from typing import Final

from encaisse.tax.rules.choosing import EU, WORLD, BuyerKind, Refusal, TaxRule
from encaisse.tax.rules.taxes import VAT, Component, Tax

_NOTHING: Final = Component(VAT, Decimal(0), "TVA", "VAT")

# Source: CGI, art. 278.
STANDARD: Final = Tax(
    code="FR-20",
    name_fr="TVA 20\N{NO-BREAK SPACE}%",
    name_en="VAT 20%",
    category="S",
    components=(Component(VAT, Decimal(20), "TVA 20\N{NO-BREAK SPACE}%", "VAT 20%"),),
)
# Source: CGI, art. 296.
OVERSEAS: Final = Tax(
    code="FR-8.5",
    name_fr="TVA 8,5\N{NO-BREAK SPACE}%",
    name_en="VAT 8.5%",
    category="S",
    components=(Component(VAT, Decimal("8.5"), "TVA 8,5\N{NO-BREAK SPACE}%", "VAT 8.5%"),),
)
# The European list of reasons (VATEX) has no code for art. 294, 1; the mention alone satisfies BR-E-10.
NOT_APPLICABLE: Final = Tax(
    code="FR-294-1",
    name_fr="Guyane et Mayotte, sans TVA",
    name_en="French Guiana and Mayotte, without VAT",
    category="E",
    components=(_NOTHING,),
    mention_fr="TVA non applicable, article 294, 1 du CGI",
    mention_en="VAT not applicable, article 294, 1 of the French tax code (CGI)",
)
# Source: CGI, art. 259, 1°, 283, 2 and ann. II, art. 242 nonies A, I, 13°.
REVERSE_CHARGE: Final = Tax(
    code="FR-AE",
    name_fr="Autoliquidation par le preneur",
    name_en="Reverse charge",
    category="AE",
    components=(_NOTHING,),
    mention_fr="Autoliquidation",
    mention_en="Reverse charge",
    vatex="VATEX-EU-AE",
)
OUTSIDE: Final = Tax(
    code="FR-259-1",
    name_fr="Hors champ de la TVA française",
    name_en="Outside French VAT",
    category="O",
    components=(_NOTHING,),
    mention_fr="TVA non applicable, article 259, 1° du CGI",
    mention_en="Not subject to French VAT, article 259, 1° of the French tax code (CGI)",
    vatex="VATEX-EU-O",
)
TAXES: Final = (STANDARD, OVERSEAS, NOT_APPLICABLE, REVERSE_CHARGE, OUTSIDE)

_STANDARD_PLACES: Final = ("FR", "MC")
_OVERSEAS_PLACES: Final = ("GP", "MQ", "RE")
_PLACES_WITHOUT_VAT: Final = ("GF", "YT")
# Where French VAT is charged.
PLACES_WITH_VAT: Final = frozenset((*_STANDARD_PLACES, *_OVERSEAS_PLACES))
# Collectivities with taxes of their own.
_REFUSED_PLACES: Final = ("BL", "MF", "NC", "PF", "PM", "TF", "WF")
# Inside a member state, outside the VAT territory of the Union: Canary Islands, Ceuta, Melilla, Åland,
# Heligoland, Büsingen, Livigno, Campione, Mount Athos. Source: directive 2006/112/EC, art. 6.
_REGIONS_OUTSIDE_THE_UNION: Final = (("ES", "ES-CN"), ("ES", "ES-CE"), ("ES", "ES-ML"), ("FI", "FI-01"))
_TOWNS_OUTSIDE_THE_UNION: Final = (
    ("DE", "27498"), ("DE", "78266"), ("IT", "23041"), ("IT", "22061"), ("GR", "63086"),
)  # fmt: skip


def _service(
    country: str, *, tax: Tax | None = None, refusal: str = "", buyer: str = "", vat_number: str = ""
) -> TaxRule:
    return TaxRule(
        seller="FR",
        tax_class="service",
        country=country,
        buyer_kind=buyer,
        vat_number=vat_number,
        tax=tax,
        refusal=refusal,
    )


RULES: Final = (
    *(_service(place, tax=STANDARD) for place in _STANDARD_PLACES),
    *(_service(place, tax=OVERSEAS, buyer=BuyerKind.BUSINESS) for place in _OVERSEAS_PLACES),
    *(_service(place, tax=NOT_APPLICABLE, buyer=BuyerKind.BUSINESS) for place in _PLACES_WITHOUT_VAT),
    *(_service(place, refusal=Refusal.UNKNOWN_TAX) for place in _REFUSED_PLACES),
    *(
        _service(country, refusal=Refusal.UNKNOWN_TAX)._replace(region=region)
        for country, region in _REGIONS_OUTSIDE_THE_UNION
    ),
    *(
        _service(country, refusal=Refusal.UNKNOWN_TAX)._replace(postcode_from=town, postcode_to=town)
        for country, town in _TOWNS_OUTSIDE_THE_UNION
    ),
    _service(EU, tax=REVERSE_CHARGE, buyer=BuyerKind.BUSINESS, vat_number="valid"),
    _service(EU, refusal=Refusal.VAT_NUMBER_MISSING, vat_number="missing"),
    _service(WORLD, tax=OUTSIDE, buyer=BuyerKind.BUSINESS),
)
