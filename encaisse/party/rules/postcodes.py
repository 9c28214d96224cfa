"""Postcodes in order: stretches of them, and which is within which."""

from typing import Final, NamedTuple

# Longer than any postcode. What is written is read as a number to the base 36, so that order is that of the letters.
_LONGEST: Final = 10
EVERYWHERE: Final = (0, 36**_LONGEST - 1)


class Stretch(NamedTuple):
    """Postcodes from one to another, both included, as numbers in order."""

    first: int
    last: int

    @property
    def breadth(self) -> int:
        """How many postcodes it could hold: one that lies within another is narrower."""
        return self.last - self.first + 1


def written(postcode: str) -> str:
    """A postcode without what people put between its letters and digits."""
    return "".join(sign for sign in postcode.upper() if sign.isascii() and sign.isalnum())[:_LONGEST]


def place_of(postcode: str) -> int:
    """Where a postcode stands among all of them; without one, before the first."""
    return int(written(postcode).ljust(_LONGEST, "0"), 36)


def stretch(first: str, last: str = "") -> Stretch:
    """From the beginning of one postcode to the end of another: `75` is every postcode that begins so."""
    begins, ends = written(first), written(last or first)
    return Stretch(int(begins.ljust(_LONGEST, "0"), 36), int(ends.ljust(_LONGEST, "Z"), 36))
