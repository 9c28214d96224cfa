"""What a tag may be called."""

from typing import Final

from encaisse.tag.errors import TagMalformed

LONGEST: Final = 40


def tidied(name: str) -> str:
    """The name with single spaces and none around it. Raises TagMalformed."""
    tidy = " ".join(name.split())
    if not 0 < len(tidy) <= LONGEST or not tidy.isprintable():
        raise TagMalformed(longest=LONGEST)
    return tidy
