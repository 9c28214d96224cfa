"""The order of names, the same on every PostgreSQL server."""

import re
import unicodedata
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
