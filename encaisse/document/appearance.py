"""What a legal entity chooses of how its documents look. What the law wants printed is no choice."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

ACCENT: Final = "#17456b"
COLOUR: Final = re.compile(r"^#[0-9a-f]{6}$")
# White text stands on the accent: below this it is hard to read. Source: WCAG 2.2, 1.4.3.
LEAST_CONTRAST: Final = 4.5
LOWEST_MM, HIGHEST_MM = 6, 18
LONGEST: Final = {"header": 160, "payment": 400, "footer": 300}


class Place(StrEnum):
    """Where the logo stands: over the seller's name, or over the title of the document."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, slots=True, kw_only=True)
class Appearance:
    """One design as a document of one language wants it. `logo_svg` is an image that was cleaned.

    Texts are the entity's own: under its name, beside how to pay, and above the legal lines of each page. `template`
    is the source of its own template, which draws the page instead of ours.
    """

    accent: str = ACCENT
    logo_svg: str | None = None
    logo_place: Place = Place.LEFT
    logo_mm: int = 14
    numbered: bool = False
    qr: bool = True
    fold_mark: bool = True
    header: str = ""
    payment: str = ""
    footer: str = ""
    template: str = ""


PLAIN: Final = Appearance()


def contrast_with_white(colour: str) -> float:
    """How well white reads on a colour such as `#17456b`, from 1 to 21. Source: WCAG 2.2."""
    channels = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in channels
    )
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)
