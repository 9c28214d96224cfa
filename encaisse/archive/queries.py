"""Archived content, verified each time that it is read."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from django.conf import settings

from encaisse.adapters.errors import ContentChanged, ContentMissing
from encaisse.adapters.storage import LocalFolder, Storage
from encaisse.archive.models import File
from encaisse.kernel.errors import NotFound


class Fault(NamedTuple):
    """A file of the archive that storage no longer gives back: `content_missing` or `content_changed`."""

    file_id: int
    sha256: str
    code: str


def storage() -> Storage:
    """Where the contents are, as the settings say."""
    return LocalFolder(settings.ARCHIVE_DIR)


def read(file_id: int) -> bytes:
    """The content of a file. Call it outside transactions.

    Raises NotFound, ContentMissing and ContentChanged.
    """
    names = File.objects.filter(pk=file_id).values_list("sha256", flat=True)
    if not names:
        raise NotFound(noun="file")
    return storage().get(names[0])


def missing_or_changed(progress: Callable[[int, int], None] | None = None) -> Iterator[Fault]:
    """Every file that storage lacks or gives back changed: none, as long as all is well.

    It reads every content, one at a time; `progress` is told how many are done of how many.
    """
    kept, total = storage(), File.objects.count()
    rows = File.objects.order_by("pk").values_list("pk", "sha256", "size_bytes")
    for done, (file_id, name, size_bytes) in enumerate(rows.iterator(), 1):
        if fault := _fault(kept, name, size_bytes):
            yield Fault(file_id, name, fault)
        if progress:
            progress(done, total)


def _fault(kept: Storage, name: str, size_bytes: int) -> str:
    try:
        content = kept.get(name)
    except (ContentMissing, ContentChanged) as fault:
        return fault.code
    return "" if len(content) == size_bytes else ContentChanged.code
