"""Files on their way in: kept by storage, looked at once, forgotten when they are read or when nobody reads them."""

import datetime as dt
import tempfile
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from encaisse.adapters.tabular import open_table
from encaisse.intake.errors import UploadTooLarge
from encaisse.intake.models import Upload
from encaisse.intake.queries import passing
from encaisse.intake.rules import storable, stored
from encaisse.intake.rules.mapping import ColumnMap
from encaisse.kernel import clock
from encaisse.kernel.scope import Actor

MEGABYTE: Final = 2**20
MOST_MB: Final = 200
SAMPLED: Final = 20
# Nobody comes back for a file after a week.
_WAITS: Final = dt.timedelta(days=7)


def receive(
    kind: str, file_name: str, chunks: Iterable[bytes], *, facts: Mapping[str, Any], actor: Actor
) -> int:
    """The file is kept, with its headings and its first records as they are written. Returns its key.

    Call it outside transactions. Nothing stays of a file that is no table, or too large: raises UploadTooLarge and
    what `open_table` raises.
    """
    name, size_bytes = _kept(chunks)
    try:
        with passing().open(name) as stream:
            table = open_table(stream)
            sample = [
                {"number": each.number, "cells": stored(each.cells)}
                for each in islice(table.records(), SAMPLED)
            ]
        made = Upload.objects.create(
            kind=kind,
            file_name=storable(file_name),
            stored_as=name,
            size_bytes=size_bytes,
            facts=dict(facts),
            headings=[storable(heading) for heading in table.headings],
            sample=sample,
            actor_kind=actor.kind,
            actor_id=actor.id,
        )
    except BaseException:
        passing().forget(name)
        raise
    return made.pk


def _kept(chunks: Iterable[bytes]) -> tuple[str, int]:
    """The file is in storage, without ever having been whole in memory: its name there and its size."""
    with tempfile.TemporaryDirectory(prefix="encaisse-") as folder:
        draft, size = Path(folder) / "upload", 0
        with draft.open("wb") as file:
            for chunk in chunks:
                size += len(chunk)
                if size > MOST_MB * MEGABYTE:
                    raise UploadTooLarge(most_mb=MOST_MB)
                file.write(chunk)
        return passing().keep(draft), size


@transaction.atomic
def lay_out(upload_id: int, chosen: ColumnMap, facts: Mapping[str, Any]) -> None:
    """The file is to be read by this map, and as these facts say."""
    upload = Upload.objects.select_for_update().get(pk=upload_id)
    upload.mapping, upload.facts = chosen._asdict(), upload.facts | dict(facts)
    upload.save(update_fields=["mapping", "facts"])


def handed_to(upload_id: int, job_id: int) -> None:
    """A job reads the file."""
    Upload.objects.filter(pk=upload_id).update(job_id=job_id)


def forget(upload_id: int) -> None:
    """Storage has the file no longer. Call it outside transactions."""
    names = list(
        Upload.objects.filter(pk=upload_id).exclude(stored_as="").values_list("stored_as", flat=True)
    )
    for name in names:
        passing().forget(name)
    Upload.objects.filter(pk=upload_id).update(stored_as="")


def forget_stale() -> int:
    """Files that nobody came back for are forgotten. Returns how many. Call it outside transactions."""
    stale = Upload.objects.exclude(stored_as="").filter(received_at__lt=clock.now() - _WAITS)
    keys = list(stale.values_list("pk", flat=True))
    for key in keys:
        forget(key)
    return len(keys)
