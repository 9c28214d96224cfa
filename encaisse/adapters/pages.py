"""Pages of PDF files drawn as images, for readers that do not show a PDF within a page."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from threading import Lock
from typing import Final

from pypdfium2 import PdfDocument

from encaisse.kernel.errors import NotFound

# The library may be entered by one thread of a process at a time.
_ALONE: Final = Lock()


def page_sizes(pdf: bytes, *, width_px: int) -> list[tuple[int, int]]:
    """Width and height in pixels of each page as `page_png` draws it; as many as there are pages."""
    with _opened(pdf) as document:
        sizes = [document.get_page_size(number) for number in range(len(document))]
    return [(width_px, round(width_px * height / width)) for width, height in sizes]


def page_png(pdf: bytes, page: int, *, width_px: int) -> bytes:
    """The page, counted from 1, as a PNG image of that width. About 100 ms of CPU for an A4 page.

    Raises NotFound when the file has no such page.
    """
    with _opened(pdf) as document:
        if not 1 <= page <= len(document):
            raise NotFound(noun="page")
        sheet = document[page - 1]
        image = sheet.render(scale=width_px / sheet.get_width()).to_pil()
    drawn = BytesIO()
    image.save(drawn, "PNG")
    return drawn.getvalue()


def page_text(pdf: bytes) -> str:
    """All that can be read on the pages, one after the other. Some milliseconds a page."""
    with _opened(pdf) as document:
        return "\n".join(page.get_textpage().get_text_bounded() for page in document)


@contextmanager
def _opened(pdf: bytes) -> Iterator[PdfDocument]:
    with _ALONE:
        document = PdfDocument(pdf)
        try:
            yield document
        finally:
            document.close()
