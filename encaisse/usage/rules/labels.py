"""What a charge of usage is called on an invoice, in the language of its customer."""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Final, NamedTuple

from babel.numbers import format_currency, format_decimal

from encaisse.catalog.rules.pricing import PriceModel, Pricing, Rated
from encaisse.usage.rules.minimum import Minimum
from encaisse.usage.rules.rating import Window

_WORDS: Final = {
    "fr": {
        "up_to": "{offer} (jusqu’à {top})",
        "between": "{offer} (de {low} à {top})",
        "above": "{offer} (au-delà de {low})",
        "one_transaction": "{offer} (1 opération)",
        "transactions": "{offer} ({count} opérations)",
        "difference": "{offer} (régularisation)",
        "part": "{offer} ({days}/{of_days} de {whole})",
        "minimum": "{offer}, complément au minimum de {least}",
        "minimum_part": "{offer}, complément au minimum de {least} ({days}/{of_days} de {whole})",
        "given_back": "{offer}, minimum rendu : consommation connue depuis",
    },
    "en": {
        "up_to": "{offer} (up to {top})",
        "between": "{offer} (from {low} to {top})",
        "above": "{offer} (above {low})",
        "one_transaction": "{offer} (1 transaction)",
        "transactions": "{offer} ({count} transactions)",
        "difference": "{offer} (adjustment)",
        "part": "{offer} ({days}/{of_days} of {whole})",
        "minimum": "{offer}, top-up to the minimum of {least}",
        "minimum_part": "{offer}, top-up to the minimum of {least} ({days}/{of_days} of {whole})",
        "given_back": "{offer}, minimum given back: usage known since",
    },
}


class Wording(NamedTuple):
    """How an item is spoken of: its offer's name, the language, the currency of its amounts."""

    offer: str
    language: str
    currency: str

    def used(self, window: Window, part: Rated, count: int) -> str:
        """A part of what usage owes in a window, which `count` events make."""
        pricing = window.pricing
        if pricing is None:
            return self.offer
        if pricing.model == PriceModel.PERCENTAGE:
            return self._transactions(count)
        if pricing.model == PriceModel.GRADUATED and part.tier:
            return self._tier(pricing, part.tier)
        if pricing.model == PriceModel.FLAT and window.share is not None:
            share = window.share
            whole = self._money(share.whole)
            return self._say("part", days=share.days, of_days=share.of_days, whole=whole)
        return self.offer

    def difference(self) -> str:
        """What late usage changes where an amount is no product."""
        return self._say("difference")

    def completed(self, least: Minimum) -> str:
        """What completes a period to its minimum."""
        amount = self._money(least.amount)
        if least.whole is None or least.days == least.of_days:
            return self._say("minimum", least=amount)
        whole = self._money(least.whole)
        return self._say("minimum_part", least=amount, days=least.days, of_days=least.of_days, whole=whole)

    def given_back(self) -> str:
        """What late usage gives back of a minimum."""
        return self._say("given_back")

    def _transactions(self, count: int) -> str:
        return (
            self._say("one_transaction")
            if count == 1
            else self._say("transactions", count=self._number(count))
        )

    def _tier(self, pricing: Pricing, number: int) -> str:
        low, top = _bounds(pricing, number)
        if low is None:
            return self.offer if top is None else self._say("up_to", top=self._number(top))
        if top is None:
            return self._say("above", low=self._number(low))
        return self._say("between", low=self._number(low), top=self._number(top))

    def _say(self, key: str, **facts: object) -> str:
        return _WORDS[self._known()][key].format(offer=self.offer, **facts)

    def _money(self, amount: Decimal) -> str:
        return _money(amount, self.currency, self._known())

    def _number(self, number: Decimal | int) -> str:
        return _number(number, self._known())

    def _known(self) -> str:
        return "en" if self.language == "en" else "fr"


def _bounds(pricing: Pricing, number: int) -> tuple[Decimal | None, Decimal | None]:
    ends: Sequence[Decimal | None] = [tier.up_to for tier in pricing.tiers]
    return (ends[number - 2] if number > 1 else None), ends[number - 1]


@lru_cache(maxsize=4_096)
def _money(amount: Decimal, currency: str, language: str) -> str:
    return format_currency(amount, currency, locale=language)


@lru_cache(maxsize=4_096)
def _number(number: Decimal | int, language: str) -> str:
    return format_decimal(number, locale=language)
