"""Public references: prefixed opaque ids computed from the key by a keyed permutation, not stored.

A Feistel network over 50 bits, ten characters of Crockford's base 32. Without the key nobody can guess the
next one nor count the rows; with it the number comes back. It hides, it does not protect: access is `Scope`'s.
"""

import hashlib
from functools import lru_cache
from typing import Final

from django.conf import settings

from encaisse.kernel.errors import NotFound

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_HALF_BITS: Final = 25
_MASK: Final = (1 << _HALF_BITS) - 1
_ROUNDS: Final = 6


def public_id(prefix: str, key: int) -> str:
    """The reference of a row, such as `inv_7k2m9q0d4w`."""
    left, right = key >> _HALF_BITS, key & _MASK
    for turn in range(_ROUNDS):
        left, right = right, left ^ _round(prefix, turn, right)
    number = left << _HALF_BITS | right
    return prefix + "_" + "".join(_ALPHABET[number >> shift & 31] for shift in range(45, -5, -5))


def key_of(prefix: str, reference: str) -> int:
    """The row's key behind a reference. Raises NotFound when it is not one of this prefix."""
    head, _, tail = reference.partition("_")
    if head != prefix or len(tail) != 10 or any(letter not in _ALPHABET for letter in tail):
        raise NotFound(noun=prefix)
    number = 0
    for letter in tail:
        number = number << 5 | _ALPHABET.index(letter)
    left, right = number >> _HALF_BITS, number & _MASK
    for turn in reversed(range(_ROUNDS)):
        left, right = right ^ _round(prefix, turn, left), left
    return left << _HALF_BITS | right


@lru_cache(maxsize=64)
def _key(prefix: str, turn: int) -> bytes:
    return hashlib.blake2b(f"{prefix}:{turn}:{settings.SECRET_KEY}".encode(), digest_size=32).digest()


def _round(prefix: str, turn: int, half: int) -> int:
    digest = hashlib.blake2b(half.to_bytes(4, "big"), key=_key(prefix, turn), digest_size=4).digest()
    return int.from_bytes(digest, "big") & _MASK
