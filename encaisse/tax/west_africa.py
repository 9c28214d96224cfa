"""The taxes and rules of sellers established in Senegal and in Côte d’Ivoire: what they sell at home.

What is sold abroad has no rule on purpose, until somebody writes the one that fits.
"""

from decimal import Decimal
from typing import Final

from encaisse.tax.rules.choosing import TaxRule
from encaisse.tax.rules.taxes import VAT, Component, Tax

# Sources: Senegal, CGI, art. 369; Côte d’Ivoire, CGI, art. 359.
_RATES: Final = {"SN": ("Sénégal", "Senegal", 18), "CI": ("Côte d’Ivoire", "Côte d’Ivoire", 18)}


def _tax(country: str) -> Tax:
    in_french, in_english, rate = _RATES[country]
    label_fr, label_en = f"TVA {rate}\N{NO-BREAK SPACE}%", f"VAT {rate}%"
    return Tax(
        code=f"{country}-{rate}",
        name_fr=f"{label_fr} ({in_french})",
        name_en=f"{label_en} ({in_english})",
        category="S",
        components=(Component(VAT, Decimal(rate), label_fr, label_en),),
    )


_TAXES: Final = {country: _tax(country) for country in _RATES}
TAXES: Final = tuple(_TAXES.values())
RULES: Final = tuple(
    TaxRule(seller=country, tax_class=nature, country=country, tax=tax)
    for country, tax in _TAXES.items()
    for nature in ("service", "goods")
)
