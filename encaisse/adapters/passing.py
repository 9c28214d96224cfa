"""Files that wait to be fetched for some days, such as what came of an export: a local folder, behind a protocol
that others fit. What must be kept goes to `storage` instead."""

import secrets
import shutil
from pathlib import Path
from typing import BinaryIO, Protocol

from encaisse.adapters.boundary import outside_transactions
from encaisse.adapters.errors import ContentMissing


class PassingFiles(Protocol):
    """Keeps files under names that nobody guesses, until they are forgotten."""

    def keep(self, made: Path) -> str:
        """The file is kept, and no longer where it was made; its name."""

    def open(self, name: str) -> BinaryIO:
        """The file, to be read and closed. Raises ContentMissing."""

    def forget(self, name: str) -> None:
        """The file is gone, if it was there."""


class PassingFolder:
    """Such files in a folder of this machine, closed to other users."""

    def __init__(self, root: Path) -> None:
        """Keep the files under `root`, which is made when the first one comes."""
        self._root = root

    @outside_transactions
    def keep(self, made: Path) -> str:
        """Moved into the folder: at once where it is the same disk."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = secrets.token_hex(16)
        shutil.move(made, self._root / name)
        (self._root / name).chmod(0o600)
        return name

    def open(self, name: str) -> BinaryIO:
        """Opened to be read. Raises ContentMissing."""
        try:
            return (self._root / name).open("rb")
        except FileNotFoundError:
            raise ContentMissing(name=name) from None

    @outside_transactions
    def forget(self, name: str) -> None:
        """Taken away."""
        (self._root / name).unlink(missing_ok=True)
