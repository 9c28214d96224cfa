"""Where archived bytes lie, each under its SHA-256: a local folder, behind a protocol that others fit."""

from hashlib import sha256
from pathlib import Path
from typing import Protocol

from encaisse.adapters.boundary import outside_transactions
from encaisse.adapters.errors import ContentChanged, ContentMissing
from encaisse.adapters.files import write_whole


class Storage(Protocol):
    """Keeps contents for ever, named by their hash in hexadecimal. Called outside transactions only."""

    def put(self, content: bytes) -> str:
        """The content is kept, durably; its name. Keeping it again changes nothing."""

    def get(self, name: str) -> bytes:
        """The content of that name, verified. Raises ContentMissing and ContentChanged."""


class LocalFolder:
    """A storage in a folder: `ab/cd/abcd…`, each file written whole and closed to other users."""

    def __init__(self, root: Path) -> None:
        """Keep the files under `root`, which is made when the first one comes."""
        self._root = root

    @outside_transactions
    def put(self, content: bytes) -> str:
        """The content is on the disk when this returns. A file that went bad is made good again."""
        name = sha256(content).hexdigest()
        path = self._path(name)
        if not (path.exists() and path.read_bytes() == content):
            write_whole(path, content)
        return name

    @outside_transactions
    def get(self, name: str) -> bytes:
        """The content, its hash computed again. Raises ContentMissing and ContentChanged."""
        try:
            content = self._path(name).read_bytes()
        except FileNotFoundError:
            raise ContentMissing(name=name) from None
        if sha256(content).hexdigest() != name:
            raise ContentChanged(name=name)
        return content

    def _path(self, name: str) -> Path:
        return self._root / name[:2] / name[2:4] / name
