"""Archiving: bytes go to storage first, then their row says that they are there."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.db import transaction

from encaisse.archive.models import File
from encaisse.archive.queries import storage


class Kept(NamedTuple):
    """A content that storage holds, not yet known to the archive."""

    sha256: str
    size_bytes: int
    media_type: str
    keep_until: dt.date


def store(content: bytes, media_type: str, keep_until: dt.date) -> Kept:
    """The content is in storage, durably. Call it outside transactions, then `register` what it gives."""
    return Kept(storage().put(content), len(content), media_type, keep_until)


@transaction.atomic
def register(kept: Sequence[Kept]) -> dict[str, int]:
    """The archive knows these contents; the key of each by its SHA-256. What it knew stays as it was."""
    File.objects.bulk_create((File(**each._asdict()) for each in kept), ignore_conflicts=True)
    hashes = {each.sha256 for each in kept}
    return dict(File.objects.filter(sha256__in=hashes).values_list("sha256", "pk"))


def keep(content: bytes, media_type: str, keep_until: dt.date) -> int:
    """The content is archived once, whoever brings it again; its file's key. Call it outside transactions."""
    kept = store(content, media_type, keep_until)
    return register([kept])[kept.sha256]
