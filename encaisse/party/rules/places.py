"""Countries by the names that people write, French territories by their postcodes."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from babel import Locale

from encaisse.intake.rules import parse_text, plain
from encaisse.party.errors import CountryUnknown, PostcodeInvalid

EU_COUNTRIES: Final = frozenset((
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT",
    "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
))  # fmt: skip
# Postcodes that leave mainland France and Corsica, the longest first where one begins another.
# Source: La Poste's postcodes; 97133 and 97150 are older than the collectivities of 2007.
_TERRITORIES: Final = {
    "97133": "BL", "97150": "MF", "98000": "MC",
    "971": "GP", "972": "MQ", "973": "GF", "974": "RE", "975": "PM", "976": "YT", "977": "BL", "978": "MF",
    "984": "TF", "986": "WF", "987": "PF", "988": "NC",
}  # fmt: skip
FRENCH: Final = frozenset(_TERRITORIES.values()) - {"MC"} | {"FR"}
_FRENCH_POSTCODE: Final = re.compile(r"[0-9]{5}")
_NOT_COUNTRIES: Final = frozenset(
    ("AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ")
)
# What people write and no list of names has.
_ALIASES: Final = {
    "uk": "GB", "grande bretagne": "GB", "angleterre": "GB", "great britain": "GB", "england": "GB",
    "usa": "US", "etats unis d amerique": "US", "hollande": "NL", "republique tcheque": "CZ",
    "guyane": "GF", "reunion": "RE", "ile de la reunion": "RE", "polynesie": "PF", "saint martin": "MF",
    "ivory coast": "CI", "congo": "CG", "rdc": "CD", "turquie": "TR", "turkey": "TR",
}  # fmt: skip

# How Europe, its neighbours and the Maghreb call themselves. Reading all languages would take half a second and
# tens of megabytes, for every word that is no country's name.
_HOME_NAMES: Final = {
    "AT": ("Österreich",), "BE": ("België", "Belgien"), "BG": ("България",), "CY": ("Κύπρος", "Kıbrıs"),
    "CZ": ("Česko", "Česká republika"), "DE": ("Deutschland",), "DK": ("Danmark",), "DZ": ("الجزائر",),
    "EE": ("Eesti",), "ES": ("España",), "FI": ("Suomi",), "GR": ("Ελλάδα", "Ελλάς"), "HR": ("Hrvatska",),
    "HU": ("Magyarország",), "CH": ("Schweiz", "Svizzera", "Svizra"), "IE": ("Éire",), "IS": ("Ísland",),
    "IT": ("Italia",), "LT": ("Lietuva",), "LU": ("Lëtzebuerg", "Luxemburg"), "LV": ("Latvija",),
    "MA": ("المغرب",), "NL": ("Nederland",), "NO": ("Norge", "Noreg"), "PL": ("Polska",), "RO": ("România",),
    "SE": ("Sverige",), "SI": ("Slovenija",), "SK": ("Slovensko",), "TN": ("تونس",), "TR": ("Türkiye",),
}  # fmt: skip


def parse_country(text: str) -> str:
    """The ISO 3166 code of a country written as that code, named in French, in English or, nearby, at home.

    Raises CountryUnknown.
    """
    code = _codes_by_name().get(plain(text))
    if code is None:
        raise CountryUnknown()
    return code


def parse_postcode(text: str, country: str) -> str:
    """The postcode: five digits in France, its territories and Monaco; elsewhere as it is written.

    Raises PostcodeInvalid.
    """
    if not (is_french(country) or country == "MC"):
        return parse_text(text, longest=16)
    postcode = text.replace(" ", "")
    if not _FRENCH_POSTCODE.fullmatch(postcode):
        raise PostcodeInvalid(country=country)
    return postcode


def is_french(country: str) -> bool:
    """Whether the ISO code is France's or that of one of its territories."""
    return country in FRENCH


def territory(country: str, postcode: str) -> str:
    """The ISO code of the place itself: an address in Cayenne is in GF, even when its country says FR.

    Corsica is FR, Monaco is MC.
    """
    if country != "FR":
        return country
    return _TERRITORIES.get(postcode) or _TERRITORIES.get(postcode[:3], "FR")


@lru_cache(maxsize=1)
def _codes_by_name() -> dict[str, str]:
    at_home = {plain(name): code for code, names in _HOME_NAMES.items() for name in names}
    names = {plain(name): code for language in ("en", "fr") for code, name in _names(Locale(language))}
    return at_home | names | _ALIASES | {code.casefold(): code for code, _ in _names(Locale("fr"))}


def _names(locale: Locale) -> Iterator[tuple[str, str]]:
    for code, name in locale.territories.items():
        if len(code) == 2 and code.isalpha() and code not in _NOT_COUNTRIES:
            yield code, name


def full_postcode(text: str) -> str:
    """The five digits of a French postcode whose leading zero a spreadsheet has dropped."""
    return text.zfill(5) if len(text) == 4 and text.isascii() and text.isdigit() else text
