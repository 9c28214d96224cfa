"""The order of names, the same on every PostgreSQL server."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from encaisse.intake.rules import plain

_JOINERS: Final = re.compile(r"['’ʼ\-‐‑]")


def sort_key(text: str) -> str:
    """What names are sorted by: accents, case, apostrophes and hyphens do not count, œ is oe.

    Two different names may share a key: order by it, then by the row's own key.
    """
    folded = text.casefold().replace("œ", "oe").replace("æ", "ae")
    letters = "".join(
        char for char in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(char)
    )
    return " ".join(_JOINERS.sub("", letters).split())


def slug(name: str) -> str:
    """The code of somebody who is only known by name: no case, no accents, a hyphen between words.

    Empty when the name has neither letter nor digit.
    """
    return plain(name).replace(" ", "-")


@lru_cache(maxsize=4_096)
def match_key(name: str, address: str, postcode: str, city: str) -> str:
    """The same for two who are likely the same: name and address without case, accents or marks.

    Empty without an address: a name alone is borne by many.
    """
    return "/".join(map(plain, (name, address, postcode, city))) if plain(address) else ""
