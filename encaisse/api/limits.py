"""How often a key may ask: so many requests a minute, counted by each process for itself.

A counter in PostgreSQL would cost a write for every read. With several processes a key may therefore ask as many times
more; the limit keeps a program that runs wild from taking everything, not from asking once too often.
"""

import threading
import time
from collections.abc import Mapping
from typing import Final, NamedTuple

from django.conf import settings

WINDOW_S: Final = 60
_lock = threading.Lock()
_windows: dict[int, tuple[int, int]] = {}


class Allowance(NamedTuple):
    """What a key may still ask in this minute; `left` is negative once it asked too often."""

    limit: int
    left: int
    seconds: int

    def headers(self) -> Mapping[str, str]:
        """As programs read it."""
        told = {
            "RateLimit-Limit": self.limit,
            "RateLimit-Remaining": max(self.left, 0),
            "RateLimit-Reset": self.seconds,
        }
        return {name: str(value) for name, value in told.items()}


def take(key_id: int) -> Allowance:
    """One more request of this key is counted."""
    now = int(time.monotonic())
    window, limit = now // WINDOW_S, settings.API_REQUESTS_PER_MINUTE
    with _lock:
        last, count = _windows.get(key_id, (window, 0))
        count = count + 1 if last == window else 1
        _windows[key_id] = (window, count)
    return Allowance(limit, limit - count, WINDOW_S - now % WINDOW_S)
