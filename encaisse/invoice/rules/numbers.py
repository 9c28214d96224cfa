"""Numbers of documents as people type their beginning."""

from typing import Final

LONGEST: Final = 12


def numbers_beginning(digits: str, width: int) -> list[tuple[int, int]]:
    """The places in a series, first and last of each stretch, whose digits begin so; `width` is the least of digits.

    `0001` of six digits is 100 to 199; `12` is 120000 to 129999, and longer ones once there are so many.
    """
    if not (digits.isascii() and digits.isdigit()) or len(digits) > LONGEST:
        return []
    lengths = range(max(width, len(digits)), LONGEST + 1) if digits[0] != "0" else range(width, width + 1)
    stretches = [(length - len(digits)) for length in lengths if length >= len(digits)]
    return [(int(digits) * 10**more, (int(digits) + 1) * 10**more - 1) for more in stretches]
