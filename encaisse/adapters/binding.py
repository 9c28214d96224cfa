"""One PDF made of many: the pages of each are written out as they come, so that memory does not grow with them.

A library that merges holds every page until the end. Here only the place of each object is remembered, eight bytes,
and the title of each document. What belongs to a whole file and not to its pages stays behind: attachments, tags,
actions, forms, whose fields are drawn into their pages first.
"""

import io
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, BinaryIO, Final

import pikepdf

from encaisse.adapters.bundles import NotAPdf

# What a page needs to be drawn. The first ones may stand above it, on what several pages share.
_SHARED: Final = ("/Resources", "/MediaBox", "/CropBox", "/Rotate")
_OWN: Final = ("/Contents", "/Group", "/UserUnit")
_TAGS: Final = frozenset({"/StructParent", "/StructParents"})
_WHOLES: Final = ("/Page", "/Pages", "/Catalog")
_DEEPEST: Final = 50
_CATALOGUE, _PAGES, _OUTLINE = 1, 2, 3
# 1.7 is what the files of others are, and what PDF/A-3 is.
_HEADER: Final = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"


def pages_of(pdf: bytes) -> int:
    """How many pages a file has. Raises NotAPdf."""
    with _opened(pdf) as file:
        return len(file.pages)


class Binder:
    """A PDF under way: `add` each document, then `close`. It has an outline entry for each."""

    def __init__(self, into: BinaryIO) -> None:
        """Write to this file, from where it stands."""
        self._into = into
        self._at = 0
        self._places = array("Q", [0] * (_OUTLINE + 1))
        self._groups = array("Q")
        self._titles: list[tuple[str, int]] = []
        self.pages = 0
        """How many pages are bound."""
        self._write(_HEADER)

    @property
    def documents(self) -> int:
        """How many documents are bound."""
        return len(self._titles)

    def add(self, pdf: bytes, title: str, *, even: bool = False) -> int:
        """Its pages follow the others, with an empty one when they are to be `even`. Returns how many.

        Nothing is written of a file that cannot be read. Raises NotAPdf.
        """
        with _opened(pdf) as file:
            if any("/Annots" in page for page in file.pages):
                file.flatten_annotations("print")
            count = self._copy(file, title, even=even)
        self.pages += count
        return count

    def close(self) -> None:
        """The file is whole."""
        count, kids = self.pages, self._references(self._groups)
        self._object(_PAGES, b"<</Type/Pages/Count %d/Kids[%s]>>" % (count, kids))
        self._outline()
        whole = b"<</Type/Catalog/Pages %d 0 R/Outlines %d 0 R/PageMode/UseOutlines>>"
        self._object(_CATALOGUE, whole % (_PAGES, _OUTLINE))
        at = self._at
        self._write(b"xref\n0 %d\n0000000000 65535 f \n" % len(self._places))
        for place in self._places[1:]:
            # A number that was asked for by a file that could not be read leads nowhere.
            self._write(b"%010d 00000 n \n" % place if place else b"0000000000 65535 f \n")
        trailer = b"trailer\n<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n"
        self._write(trailer % (len(self._places), _CATALOGUE, at))

    def _copy(self, file: pikepdf.Pdf, title: str, *, even: bool) -> int:
        """Everything is read before anything is written: a damaged file leaves no half of itself."""
        group = self._reserve()
        copy = _Copy(self._reserve)
        pages = [copy.page(page, group) for page in file.pages]
        texts = list(copy.objects())
        numbers = [self._reserve() for _ in pages]
        for number, text in (*zip(numbers, pages, strict=True), *texts):
            self._object(number, text)
        if even and len(pages) % 2:
            numbers.append(self._reserve())
            box = copy.text(_inherited(file.pages[-1].obj, "/MediaBox"))
            self._object(
                numbers[-1], b"<</Type/Page/Parent %d 0 R/MediaBox %s/Resources<<>>>>" % (group, box)
            )
        kids = self._references(numbers)
        parent = b"<</Type/Pages/Parent %d 0 R/Count %d/Kids[%s]>>" % (_PAGES, len(numbers), kids)
        self._object(group, parent)
        self._groups.append(group)
        self._titles.append((title, numbers[0]))
        return len(numbers)

    def _outline(self) -> None:
        """One entry a document, one after the other."""
        first = len(self._places)
        last = first + len(self._titles) - 1
        for number, (title, page) in enumerate(self._titles, first):
            self._reserve()
            before = b"/Prev %d 0 R" % (number - 1) if number > first else b""
            after = b"/Next %d 0 R" % (number + 1) if number < last else b""
            said = pikepdf.String(title).unparse()
            entry = b"<</Title %s/Parent %d 0 R/Dest[%d 0 R/Fit]%s%s>>" % (
                said,
                _OUTLINE,
                page,
                before,
                after,
            )
            self._object(number, entry)
        ends = (
            b"/First %d 0 R/Last %d 0 R/Count %d" % (first, last, len(self._titles)) if self._titles else b""
        )
        self._object(_OUTLINE, b"<</Type/Outlines%s>>" % ends)

    def _reserve(self) -> int:
        self._places.append(0)
        return len(self._places) - 1

    def _object(self, number: int, text: bytes) -> None:
        self._places[number] = self._at
        self._write(b"%d 0 obj\n%s\nendobj\n" % (number, text))

    def _write(self, text: bytes) -> None:
        self._into.write(text)
        self._at += len(text)

    @staticmethod
    def _references(numbers: "array[int] | list[int]") -> bytes:
        return b" ".join(b"%d 0 R" % number for number in numbers)


class _Copy:
    """The objects of one file under new numbers: what its pages need, and nothing that leads back to the whole."""

    def __init__(self, reserve: Callable[[], int]) -> None:
        """Ask `reserve` for each number."""
        self._reserve = reserve
        self._numbers: dict[tuple[int, int], int] = {}
        self._waiting: list[tuple[int, pikepdf.Object]] = []

    def page(self, page: pikepdf.Page, group: int) -> bytes:
        """A page below another group."""
        said = {name: _inherited(page.obj, name) for name in _SHARED}
        said |= {name: page.obj.get(name) for name in _OWN}
        entries = (
            b"%s %s" % (name.encode(), self.text(value)) for name, value in said.items() if value is not None
        )
        return b"<</Type/Page/Parent %d 0 R%s>>" % (group, b"".join(entries))

    def objects(self) -> Iterator[tuple[int, bytes]]:
        """What was named until now, and what that names."""
        while self._waiting:
            number, value = self._waiting.pop()
            yield number, self._stream(value) if isinstance(value, pikepdf.Stream) else self._direct(value)

    def text(self, value: Any) -> bytes:
        """The value as a PDF writes it where it is used."""
        if not isinstance(value, pikepdf.Object):
            return _scalar(value)
        return self._reference(value) if value.is_indirect else self._direct(value)

    def _reference(self, value: pikepdf.Object) -> bytes:
        if isinstance(value, pikepdf.Dictionary) and value.get("/Type") in _WHOLES:
            return b"null"
        number = self._numbers.get(value.objgen)
        if number is None:
            number = self._numbers[value.objgen] = self._reserve()
            self._waiting.append((number, value))
        return b"%d 0 R" % number

    def _direct(self, value: pikepdf.Object) -> bytes:
        whole = value.unparse(resolved=True)
        # Most values name no other one, and are written as they were read.
        if b" R" not in whole:
            return whole
        if isinstance(value, pikepdf.Array):
            return b"[%s]" % b" ".join(map(self.text, value))
        return b"<<%s>>" % self._entries(value) if isinstance(value, pikepdf.Dictionary) else whole

    def _stream(self, value: pikepdf.Stream) -> bytes:
        content = value.read_raw_bytes()
        said = self._entries(value.stream_dict, without="/Length")
        return b"<<%s/Length %d>>stream\n%s\nendstream" % (said, len(content), content)

    def _entries(self, value: pikepdf.Object, without: str = "") -> bytes:
        kept = ((name, each) for name, each in value.items() if name != without and name not in _TAGS)
        return b"".join(b"%s %s" % (pikepdf.Name(name).unparse(), self.text(each)) for name, each in kept)


@contextmanager
def _opened(pdf: bytes) -> Iterator[pikepdf.Pdf]:
    try:
        with pikepdf.open(io.BytesIO(pdf)) as file:
            yield file
    except (pikepdf.PdfError, ValueError, RuntimeError):
        raise NotAPdf(reason="damaged") from None


def _inherited(page: pikepdf.Object, name: str) -> Any:
    """What a page says, or what stands above it. Files of strangers may go round in circles."""
    node: pikepdf.Object | None = page
    for _ in range(_DEEPEST):
        if node is None or name in node:
            break
        node = node.get("/Parent")
    return None if node is None else node.get(name)


def _scalar(value: Any) -> bytes:
    match value:
        case bool():
            return b"true" if value else b"false"
        case Decimal():
            return f"{value:f}".encode()
        case None:
            return b"null"
    return str(value).encode()
