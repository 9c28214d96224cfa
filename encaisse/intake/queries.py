"""Files that were read."""

from typing import NamedTuple

from encaisse.intake.models import Batch, BatchState


class BatchRow(NamedTuple):
    """One file as it was read, and what became of its records."""

    id: int
    file_name: str
    created: int
    updated: int
    unchanged: int
    refused: int


def batch_of_content(kind: str, sha256: str) -> BatchRow | None:
    """The last time that a file of this very content was read as this kind, or nothing."""
    counts = ("created_count", "updated_count", "unchanged_count", "refused_count")
    found = Batch.objects.filter(kind=kind, sha256=sha256, state=BatchState.DONE).order_by("-pk")
    row = found.values_list("pk", "file_name", *counts).first()
    return BatchRow(*row) if row else None
