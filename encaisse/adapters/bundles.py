"""PDF files that come in one ZIP: looked at as a whole before any of it is used, then read one after the other.

A hostile ZIP is refused as a whole, by what it declares; what it declares falsely is refused as it is read. Nothing is
ever written under the names that it gives.
"""

import io
import stat
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import BinaryIO, ClassVar, Final

import pikepdf

from encaisse.kernel.errors import DomainError, refusal

LARGEST_BYTES: Final = 20 * 2**20
MOST_FILES: Final = 100_000
# PDF files are compressed within: a ZIP of them hardly grows. A bomb grows by a thousand.
MOST_GROWTH: Final = 50
SMALL_BYTES: Final = 10 * 2**20


@refusal
class BundleUnreadable(DomainError):
    """The file is no ZIP of PDF files that may be opened here; `reason` is one of the words that faces tell."""

    code: ClassVar[str] = "bundle_unreadable"
    status: ClassVar[int] = 422
    reason: str
    name: str = ""


@refusal
class NotAPdf(DomainError):
    """One file of the bundle cannot be kept as a document; `reason` is one of the words that faces tell."""

    code: ClassVar[str] = "not_a_pdf"
    status: ClassVar[int] = 422
    reason: str


class Bundle:
    """A ZIP that was looked at: the files in it by their plain names in small letters, without folders."""

    def __init__(self, opened: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]) -> None:
        """Read these members of the ZIP."""
        self.names = tuple(members)
        self._zip = opened
        self._members = members

    def read(self, name: str) -> bytes:
        """The PDF of that name, whole. Raises NotAPdf."""
        try:
            with self._zip.open(self._members[name]) as member:
                content = member.read(LARGEST_BYTES + 1)
        except (zipfile.BadZipFile, EOFError, OSError, ValueError, NotImplementedError, RuntimeError):
            raise NotAPdf(reason="damaged") from None
        if len(content) > LARGEST_BYTES:
            raise NotAPdf(reason="pdf_too_large")
        _require_pdf(content)
        return content


@contextmanager
def open_bundle(source: Path | BinaryIO) -> Iterator[Bundle]:
    """The ZIP, once nothing in it is hostile. Raises BundleUnreadable."""
    try:
        opened = zipfile.ZipFile(source)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise BundleUnreadable(reason="not_a_zip") from None
    with opened:
        members: dict[str, zipfile.ZipInfo] = {}
        for each in _files(opened):
            name = PurePosixPath(each.filename).name
            if name.casefold() in members:
                raise BundleUnreadable(reason="repeated", name=name)
            members[name.casefold()] = each
        yield Bundle(opened, members)


def _files(opened: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    infos = opened.infolist()
    if len(infos) > MOST_FILES:
        raise BundleUnreadable(reason="too_many")
    for each in infos:
        _require_harmless(each)
    packed = sum(each.compress_size for each in infos)
    unpacked = sum(each.file_size for each in infos)
    if unpacked > SMALL_BYTES and unpacked > MOST_GROWTH * max(packed, 1):
        raise BundleUnreadable(reason="bomb")
    return [each for each in infos if not each.is_dir() and not _is_of_a_system(each.filename)]


def _require_harmless(each: zipfile.ZipInfo) -> None:
    path = PurePosixPath(each.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in each.filename:
        raise BundleUnreadable(reason="outside", name=each.filename)
    if stat.S_ISLNK(each.external_attr >> 16):
        raise BundleUnreadable(reason="link", name=each.filename)
    if each.flag_bits & 0x1:
        raise BundleUnreadable(reason="encrypted", name=each.filename)


def _is_of_a_system(name: str) -> bool:
    """What file managers add by themselves."""
    return name.startswith("__MACOSX/") or PurePosixPath(name).name in (".DS_Store", "Thumbs.db")


def _require_pdf(content: bytes) -> None:
    if not content.startswith(b"%PDF-"):
        raise NotAPdf(reason="not_a_pdf")
    try:
        with pikepdf.open(io.BytesIO(content)) as file:
            pages = len(file.pages)
    except pikepdf.PasswordError:
        raise NotAPdf(reason="encrypted") from None
    except (pikepdf.PdfError, ValueError, RuntimeError):
        raise NotAPdf(reason="damaged") from None
    if not pages:
        raise NotAPdf(reason="damaged")
