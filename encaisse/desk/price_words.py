"""Offers and prices as people say them: kinds, models, and every term of a price in a sentence."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from encaisse.catalog.rules.pricing import PriceFacts, Pricing, Rated, Tier
from encaisse.ui import formats
from encaisse.ui.shapes import Status, Tone, Words

KINDS: Final[dict[str, Words]] = {
    "recurring": gettext_lazy("Subscription"),
    "usage": gettext_lazy("Usage"),
    "one_shot": gettext_lazy("Charged once"),
}
MODELS: Final[dict[str, Words]] = {
    "per_unit": gettext_lazy("Per unit"),
    "flat": gettext_lazy("Flat"),
    "graduated": gettext_lazy("Graduated tiers"),
    "volume": gettext_lazy("Volume tiers"),
    "package": gettext_lazy("Per package"),
    "percentage": gettext_lazy("Percentage"),
}
# What each model does with a quantity.
MEANINGS: Final[dict[str, Words]] = {
    "per_unit": gettext_lazy("Each unit has the price."),
    "flat": gettext_lazy("One price for the period, whatever the quantity."),
    "graduated": gettext_lazy(
        "Each unit has the price of its own tier: what crosses an end pays the next price."
    ),
    "volume": gettext_lazy("All units have the price of the tier that the whole quantity reaches."),
    "package": gettext_lazy("Each package begun is owed whole."),
    "percentage": gettext_lazy(
        "A share of the value of each transaction, and a fixed amount, within a minimum and a maximum."
    ),
}
UNITS: Final[dict[str, Words]] = {
    "day": gettext_lazy("Days"),
    "week": gettext_lazy("Weeks"),
    "month": gettext_lazy("Months"),
    "year": gettext_lazy("Years"),
}
ALIGNMENTS: Final[dict[str, Words]] = {
    "anniversary": gettext_lazy("from the day of the start"),
    "calendar": gettext_lazy("those of the calendar"),
}
PRORATIONS: Final[dict[str, Words]] = {
    "day": gettext_lazy("by the day"),
    "none": gettext_lazy("as a whole one"),
}
AGGREGATIONS: Final[dict[str, Words]] = {
    "sum": gettext_lazy("the sum of what is used"),
    "count": gettext_lazy("the number of uses"),
    "maximum": gettext_lazy("the most at once"),
    "unique": gettext_lazy("the number of different users"),
}


def summary(price: PriceFacts) -> str:
    """The price in a few words, for a list."""
    terms, currency = price.pricing, price.currency
    if terms.tiers:
        prices = [tier.unit_price for tier in terms.tiers]
        said = {"model": MODELS[terms.model], "most": formats.price(max(prices), currency)}
        said["least"] = formats.price(min(prices), currency)
        return _("%(model)s, %(least)s to %(most)s") % said
    return explained(price)[0]


def explained(price: PriceFacts) -> list[str]:
    """Every term of the price, one a line."""
    terms, currency = price.pricing, price.currency
    lines = [*_tiers(terms.tiers, currency)] if terms.tiers else [_headline(terms, currency)]
    if terms.minimum_per_transaction is not None:
        least = formats.price(terms.minimum_per_transaction, currency)
        lines.append(_("at least %(amount)s per transaction") % {"amount": least})
    if terms.maximum_per_transaction is not None:
        most = formats.price(terms.maximum_per_transaction, currency)
        lines.append(_("at most %(amount)s per transaction") % {"amount": most})
    if terms.period_minimum is not None:
        least = formats.price(terms.period_minimum, currency)
        lines.append(_("minimum of %(amount)s per period") % {"amount": least})
    return lines


def part(rated: Rated, pricing: Pricing) -> str:
    """Which part of a quantity this is."""
    if rated.tier is not None:
        below = pricing.tiers[rated.tier - 2].up_to if rated.tier > 1 else Decimal(0)
        return _span(below or Decimal(0), pricing.tiers[rated.tier - 1].up_to)
    if pricing.model == "package" and pricing.package_size:
        return _("Packages of %(size)s") % {"size": formats.number(pricing.package_size)}
    return str(MODELS[pricing.model])


def standing(price: PriceFacts, prices: Sequence[PriceFacts], today: dt.date) -> Status:
    """Whether the price is past, in force, to come, or covered by a later one for the time being."""
    if price.valid_from > today:
        return Status(_("To come"), Tone.DRAFT)
    if not price.holds(today):
        return Status(_("Past"), Tone.CLOSED)
    whose = (price.currency, price.customer_id)
    later = [each for each in prices if (each.currency, each.customer_id) == whose and each.holds(today)]
    if max(each.valid_from for each in later) > price.valid_from:
        return Status(_("Past"), Tone.CLOSED)
    return Status(_("In force"), Tone.GOOD)


def _headline(terms: Pricing, currency: str) -> str:
    if terms.percent is not None:
        said = {"percent": formats.percent(terms.percent.normalize())}
        if not terms.fixed_amount:
            return _("%(percent)s of each transaction") % said
        fixed = formats.price(terms.fixed_amount, currency)
        return _("%(percent)s of each transaction, plus %(amount)s") % {**said, "amount": fixed}
    amount = formats.price(terms.unit_price or Decimal(0), currency)
    if terms.package_size is not None:
        size = formats.number(terms.package_size)
        return _("%(amount)s for each %(size)s begun") % {"amount": amount, "size": size}
    if terms.model == "flat":
        return _("%(amount)s, whatever the quantity") % {"amount": amount}
    return _("%(amount)s per unit") % {"amount": amount}


def _tiers(tiers: Sequence[Tier], currency: str) -> list[str]:
    lines, below = [], Decimal(0)
    for tier in tiers:
        said = {"span": _span(below, tier.up_to), "amount": formats.price(tier.unit_price, currency)}
        lines.append(_("%(span)s: %(amount)s per unit") % said)
        below = tier.up_to or below
    return lines


def _span(below: Decimal, up_to: Decimal | None) -> str:
    """From where to where a tier goes; what is above its start belongs to it, and its end too."""
    if up_to is None:
        above = formats.number(below)
        return _("above %(quantity)s") % {"quantity": above} if below else _("from 0 on")
    said = {"end": formats.number(up_to), "start": formats.number(below)}
    return _("above %(start)s, up to %(end)s") % said if below else _("from 0 to %(end)s") % said
