"""The taxes and rules of a seller established in Morocco.

The rates of 14 and 7 % leave by steps to 20 and 10 % until 2026 (finance law 50-22 for 2024), so that what they were on
is a class of its own, with its rate of each year. What is sold abroad to a person has no rule on purpose.
"""

import datetime as dt
from decimal import Decimal
from itertools import pairwise
from typing import Final

from encaisse.tax.rules.choosing import EU, WORLD, BuyerKind, TaxRule
from encaisse.tax.rules.taxes import VAT, Component, Tax


def _tax(rate: int) -> Tax:
    label_fr, label_en = f"TVA {rate}\N{NO-BREAK SPACE}%", f"VAT {rate}%"
    return Tax(
        code=f"MA-{rate}",
        name_fr=f"{label_fr} (Maroc)",
        name_en=f"{label_en} (Morocco)",
        category="S",
        components=(Component(VAT, Decimal(rate), label_fr, label_en),),
    )


# Source: CGI (Morocco), art. 98 and 99.
RATES: Final = {rate: _tax(rate) for rate in (20, 18, 16, 14, 10, 9, 8, 7)}
# Source: CGI (Morocco), art. 92, I, 1°: exempt with the right to deduct.
EXPORT: Final = Tax(
    code="MA-92-I-1",
    name_fr="Exportation (Maroc)",
    name_en="Export (Morocco)",
    category="E",
    components=(Component(VAT, Decimal(0), "TVA", "VAT"),),
    mention_fr="Exonération de TVA, article 92, I, 1° du CGI (exportation)",
    mention_en="Exempt from VAT, article 92, I, 1° of the Moroccan tax code (export)",
)
TAXES: Final = (*RATES.values(), EXPORT)
# From each first of January on, what bore 14 % and what bore 7 % before 2024.
_STEPS: Final = {
    "service-transport": ((None, 14), (2024, 16), (2025, 18), (2026, 20)),
    "goods-electricity": ((None, 14), (2024, 16), (2025, 18), (2026, 20)),
    "goods-water": ((None, 7), (2024, 8), (2025, 9), (2026, 10)),
}
_CONSTANT: Final = {"service": 20, "goods": 20, "service-reduced": 10, "goods-reduced": 10}


def _january(year: int | None) -> dt.date | None:
    return dt.date(year, 1, 1) if year else None


RULES: Final = (
    *(
        TaxRule(seller="MA", tax_class=tax_class, country="MA", tax=RATES[rate])
        for tax_class, rate in _CONSTANT.items()
    ),
    *(
        TaxRule(
            seller="MA", tax_class=tax_class, country="MA", tax=RATES[rate],
            valid_from=_january(since), valid_to=_january(until),
        )
        for tax_class, steps in _STEPS.items()
        for (since, rate), (until, _) in pairwise((*steps, (None, 0)))
    ),
    *(
        TaxRule(seller="MA", tax_class=tax_class, country=place, buyer_kind=BuyerKind.BUSINESS, tax=EXPORT)
        for tax_class in (*_CONSTANT, *_STEPS)
        for place in (EU, WORLD)
    ),
)  # fmt: skip
