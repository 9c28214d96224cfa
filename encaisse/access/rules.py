"""Secrets of programs, and how what a key may do is narrowed by what its maker may."""

import hashlib
from typing import Final, NamedTuple

SHOWN: Final = 8
LEVELS: Final = ("own", "groups", "everything")
MANAGES: Final = "manage_users"


class Sight(NamedTuple):
    """A level with its rep, legal entities (None: all) and permissions."""

    level: str
    rep_id: int | None
    entity_ids: frozenset[int] | None
    permissions: frozenset[str]


def digest(secret: str) -> str:
    """What is kept of a secret: it has 256 random bits, so that nobody finds it again from here."""
    return hashlib.sha256(secret.encode()).hexdigest()


def written(mode: str, random: str) -> str:
    """A secret as programs show it: `enc_live_…` or `enc_test_…`."""
    return f"enc_{mode}_{random}"


def beginning(secret: str) -> str:
    """As much of a secret as tells it from others."""
    return secret[: len(written("live", "")) + SHOWN]


def narrowed(key: Sight, maker: Sight) -> Sight:
    """What the key may see and do as far as its maker still may."""
    level, rep_id = key.level, key.rep_id
    if maker.level != "everything":
        level = min(key.level, maker.level, key=LEVELS.index)
        rep_id = maker.rep_id
    entity_ids = key.entity_ids
    if maker.entity_ids is not None:
        entity_ids = maker.entity_ids if entity_ids is None else entity_ids & maker.entity_ids
    return Sight(level, rep_id, entity_ids, key.permissions & maker.permissions)


def effective(permissions: frozenset[str], *, sees_whole: bool) -> frozenset[str]:
    """What may be done of what was granted: who sees a part manages no users, or they could make themselves one who
    sees the whole."""
    return permissions if sees_whole else permissions - {MANAGES}
