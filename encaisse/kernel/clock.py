"""The only source of time, so that a story can be told at any date."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_stopped_at: ContextVar[dt.datetime | None] = ContextVar("stopped_at", default=None)


def now() -> dt.datetime:
    """The present instant in UTC."""
    return _stopped_at.get() or dt.datetime.now(dt.UTC)


def today(timezone: str) -> dt.date:
    """The business date in a time zone, such as a legal entity's."""
    return now().astimezone(ZoneInfo(timezone)).date()


def is_timezone(name: str) -> bool:
    """Whether a time zone of the IANA database has this name."""
    try:
        return bool(ZoneInfo(name))
    except (ValueError, ZoneInfoNotFoundError):
        return False


@contextmanager
def stopped_at(instant: dt.datetime) -> Iterator[None]:
    """Within the block, `now()` is that instant."""
    token = _stopped_at.set(instant.astimezone(dt.UTC))
    try:
        yield
    finally:
        _stopped_at.reset(token)
