"""Which numbers our own series give, in whatever year."""

import re
from collections.abc import Mapping

# A series is a prefix, its period, a dash and six digits or more.
_PLACE = r"[0-9]{4}-(?:[0-9]{6}|[1-9][0-9]{6,})"


class OurNumbers:
    """The numbers that the series of a legal entity give or will give, by kind of document."""

    def __init__(self, prefixes: Mapping[str, str]) -> None:
        self._prefixes = prefixes

    def prefix_of(self, kind: str, number: str) -> str | None:
        """The prefix of the series that gives this number; None when none of them ever does."""
        prefix = self._prefixes[kind]
        return prefix if re.fullmatch(re.escape(prefix) + _PLACE, number) else None
