"""Pages of PDF files as images."""

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pikepdf
import pytest
from PIL import Image

from encaisse.adapters.pages import page_png, page_sizes
from encaisse.kernel.errors import NotFound

A4, LANDSCAPE = (595.28, 841.89), (841.89, 595.28)
RED = b"1 0 0 rg 0 0 1000 1000 re f"


@pytest.fixture(scope="module")
def pdf() -> bytes:
    """A white A4 page, then a red one that lies on its side."""
    made, kept = pikepdf.new(), BytesIO()
    made.add_blank_page(page_size=A4)
    made.add_blank_page(page_size=LANDSCAPE).contents_add(RED)
    made.save(kept)
    return kept.getvalue()


def image(png: bytes) -> Image.Image:
    assert png.startswith(b"\x89PNG")
    return Image.open(BytesIO(png))


def test_sizes_keep_the_shape_of_each_page(pdf):
    assert page_sizes(pdf, width_px=1000) == [(1000, 1414), (1000, 707)]


def test_each_page_is_drawn_as_wide_as_asked(pdf):
    white, red = (image(page_png(pdf, page, width_px=500)) for page in (1, 2))

    assert (white.width, red.width) == (500, 500)
    assert abs(white.height - 707) <= 1
    assert (white.getpixel((250, 250)), red.getpixel((250, 250))) == ((255, 255, 255), (255, 0, 0))


@pytest.mark.parametrize("page", [0, 3])
def test_a_page_that_is_not_there_is_refused(pdf, page):
    with pytest.raises(NotFound):
        page_png(pdf, page, width_px=500)


def test_threads_draw_in_turn(pdf):
    with ThreadPoolExecutor(4) as threads:
        drawn = list(threads.map(lambda number: page_png(pdf, 1 + number % 2, width_px=300), range(12)))

    assert len(set(drawn)) == 2
