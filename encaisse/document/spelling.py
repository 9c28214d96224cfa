"""An amount in French words, as invoices in Morocco and West Africa end with it.

Hyphens join what is below a hundred, but for « et »; « cent » and « quatre-vingt » take an s when nothing follows them
that is a number, and « mille » never does.

Source: Imprimerie nationale, « Lexique des règles typographiques », nombres.
"""

from typing import Final, NamedTuple

from encaisse.document.content import Kind
from encaisse.kernel.money import decimals

_SMALL: Final = (
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze", "treize",
    "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
)  # fmt: skip
_TENS: Final = {2: "vingt", 3: "trente", 4: "quarante", 5: "cinquante", 6: "soixante", 8: "quatre-vingt"}
# Nouns, which take an s and « de » before what they count.
_LARGE: Final = ((10**9, "milliard"), (10**6, "million"))
_CLOSED: Final = {
    Kind.INVOICE: "Arrêtée la présente facture",
    Kind.CREDIT_NOTE: "Arrêté le présent avoir",
    Kind.ADVANCE: "Arrêtée la présente facture d’acompte",
}
LARGEST: Final = 10**12 - 1


class Coin(NamedTuple):
    """What a currency and its smallest unit are called, one and several of them."""

    one: str
    many: str
    small: str = ""
    smalls: str = ""


_CFA: Final = Coin("franc CFA", "francs CFA")
COINS: Final = {
    "MAD": Coin("dirham", "dirhams", "centime", "centimes"),
    "EUR": Coin("euro", "euros", "centime", "centimes"),
    "DZD": Coin("dinar", "dinars", "centime", "centimes"),
    "TND": Coin("dinar", "dinars", "millime", "millimes"),
    "USD": Coin("dollar", "dollars", "cent", "cents"),
    "XOF": _CFA,
    "XAF": _CFA,
    "GNF": Coin("franc guinéen", "francs guinéens"),
}


def closing(kind: Kind, minor: int, currency: str) -> str | None:
    """The sentence that a document ends with: what it comes to, taxes included."""
    amount = amount_in_words(minor, currency)
    return amount and f"{_CLOSED[kind]} à la somme de {amount} TTC."


def amount_in_words(minor: int, currency: str) -> str | None:
    """An amount from zero up, with its currency; None where the currency has no name here or nobody counts so far."""
    coin = COINS.get(currency)
    whole, rest = divmod(minor, 10 ** decimals(currency))
    if coin is None or not 0 <= whole <= LARGEST:
        return None
    said = f"{number_in_words(whole)}{_link(whole, coin.one)}{coin.one if whole < 2 else coin.many}"
    if not rest:
        return said
    return f"{said} et {number_in_words(rest)} {coin.small if rest < 2 else coin.smalls}"


def number_in_words(number: int) -> str:
    """A whole number from zero to `LARGEST`."""
    if number < 1000:
        return _hundreds(number, is_last=True)
    parts = []
    for size, noun in _LARGE:
        count, number = divmod(number, size)
        if count:
            parts.append(f"{_hundreds(count, is_last=True)} {noun}{'s' if count > 1 else ''}")
    thousands, number = divmod(number, 1000)
    if thousands:
        parts.append(f"{_hundreds(thousands, is_last=False)} mille" if thousands > 1 else "mille")
    if number:
        parts.append(_hundreds(number, is_last=True))
    return " ".join(parts)


def _link(whole: int, coin: str) -> str:
    """A million of euros, but two thousand euros: what ends in a noun is linked by « de », which may lose its vowel."""
    if whole < 10**6 or whole % 10**6:
        return " "
    return " d’" if coin[0] in "aeiouyéh" else " de "


def _hundreds(number: int, *, is_last: bool) -> str:
    hundreds, rest = divmod(number, 100)
    if not hundreds:
        return _tens(rest, is_last=is_last)
    cent = "cent" if hundreds == 1 else f"{_SMALL[hundreds]} cent"
    if rest:
        return f"{cent} {_tens(rest, is_last=is_last)}"
    return f"{cent}s" if hundreds > 1 and is_last else cent


def _tens(number: int, *, is_last: bool) -> str:
    if number < len(_SMALL):
        return _SMALL[number]
    tens, units = divmod(number, 10)
    if tens in (7, 9):
        tens, units = tens - 1, units + 10
    word = _TENS[tens]
    if not units:
        return f"{word}s" if tens == 8 and is_last else word
    joint = " et " if units in (1, 11) and tens != 8 else "-"
    return f"{word}{joint}{_SMALL[units]}"
