"""How often a key may ask: so many requests a minute, of all processes of the server together.

A counter in PostgreSQL that every request adds to would cost a write for every read. A process has a hundredth of the
limit set aside for it at a time, and answers that many from memory: together they never answer more than the limit, and
one that has used its share up while others keep theirs refuses a few hundredths early at most.
"""

import threading
import time
from collections.abc import Mapping
from typing import Final, NamedTuple

from django.conf import settings

from encaisse.access.operations.leases import lease

SHARES: Final = 100
_lock: Final = threading.Lock()
_held: "dict[int, _Held]" = {}


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


class _Held(NamedTuple):
    """What this process may answer a key until its clock says `until`, and what was left for others when it asked."""

    until: float
    own: int
    others: int


def take(key_id: int) -> Allowance:
    """One more request of this key is counted."""
    now, limit = time.monotonic(), settings.API_REQUESTS_PER_MINUTE
    with _lock:
        held = _held.get(key_id)
        if held is not None and held.until > now and (held.own or not held.others):
            return _used(key_id, held, limit, now)
    size = max(limit // SHARES, 1)
    taken, seconds = lease(key_id, size)
    granted = min(max(limit - (taken - size), 0), size)
    with _lock:
        # Another thread may have had some set aside meanwhile, in the same minute: both count.
        kept = _held.get(key_id)
        own = granted + (kept.own if kept is not None and kept.until > now else 0)
        return _used(key_id, _Held(now + seconds, own, max(limit - taken, 0)), limit, now)


def _used(key_id: int, held: _Held, limit: int, now: float) -> Allowance:
    left = held.own + held.others - 1 if held.own else -1
    _held[key_id] = held._replace(own=max(held.own - 1, 0))
    return Allowance(limit, left, max(round(held.until - now), 1))
