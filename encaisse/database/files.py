"""Files written whole, closed to others, never through a link: root writes in folders of others."""

import os
import tempfile
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Replace a file in one step, so that a reader never sees half of it."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    with os.fdopen(handle, "w") as file:
        file.write(text)
    os.replace(draft, path)


def open_private(path: Path, flags: int = os.O_RDWR) -> int:
    """Open a file, creating it for its owner alone when there is none."""
    return os.open(path, flags | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def flush_folder(folder: Path) -> None:
    """Make the names of a folder durable: the last rename survives a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
