"""Amounts in French words: read back, they are the amounts that they were."""

from hypothesis import given
from hypothesis import strategies as st

from encaisse.document.spelling import COINS, LARGEST, amount_in_words, number_in_words
from encaisse.kernel.money import decimals

VALUES = {
    "zéro": 0, "un": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9,
    "dix": 10, "onze": 11, "douze": 12, "treize": 13, "quatorze": 14, "quinze": 15, "seize": 16, "vingt": 20,
    "vingts": 20, "trente": 30, "quarante": 40, "cinquante": 50, "soixante": 60,
}  # fmt: skip
LARGE = {"mille": 1000, "million": 10**6, "millions": 10**6, "milliard": 10**9, "milliards": 10**9}
SAID = {
    0: "zéro", 16: "seize", 17: "dix-sept", 21: "vingt et un", 22: "vingt-deux", 70: "soixante-dix",
    71: "soixante et onze", 77: "soixante-dix-sept", 80: "quatre-vingts", 81: "quatre-vingt-un",
    91: "quatre-vingt-onze", 100: "cent", 101: "cent un", 200: "deux cents", 201: "deux cent un", 1000: "mille",
    1100: "mille cent", 2000: "deux mille", 80_000: "quatre-vingt mille", 200_000: "deux cent mille",
    1_000_000: "un million", 80_000_000: "quatre-vingts millions", 2_000_000_200: "deux milliards deux cents",
}  # fmt: skip


def read(words: str) -> int:
    """The number that the words say."""
    total = part = 0
    for word in words.replace("-", " ").split():
        if word == "et":
            continue
        if word in LARGE:
            total += (part or 1) * LARGE[word]
            part = 0
        elif word in ("cent", "cents"):
            part = (part or 1) * 100
        elif word.startswith("vingt") and part % 100 == 4:
            part += 76
        else:
            part += VALUES[word]
    return total + part


def test_numbers_are_said_as_grammars_say_them():
    assert {number: number_in_words(number) for number in SAID} == SAID


@given(st.integers(0, LARGEST))
def test_words_say_one_number_alone(number):
    assert read(number_in_words(number)) == number


@given(st.integers(0, 10**12), st.sampled_from(sorted(COINS)))
def test_an_amount_reads_as_it_is_written(minor, currency):
    said = amount_in_words(minor, currency)
    whole, rest = divmod(minor, 10 ** decimals(currency))
    if whole > LARGEST:
        assert said is None
        return
    coin = COINS[currency]
    head, small, tail = said.partition(f"{coin.many if whole > 1 else coin.one}")
    assert small
    assert read(head.removesuffix("de ").removesuffix("d’")) == whole
    assert bool(tail) == bool(rest)
    assert not rest or read(tail.removeprefix(" et ").rpartition(" ")[0]) == rest


def test_each_currency_has_its_decimals_and_its_names():
    assert {amount_in_words(minor, currency) for minor, currency in (
        (1, "MAD"), (2_000_001_00, "MAD"), (1_000_000_00, "EUR"), (3_000_000, "XOF"), (1_005, "TND"), (100, "SEK"),
    )} == {
        "zéro dirham et un centime", "deux millions un dirhams", "un million d’euros", "trois millions de francs CFA",
        "un dinar et cinq millimes", None,
    }  # fmt: skip
