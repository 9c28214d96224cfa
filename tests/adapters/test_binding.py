"""PDFs bound into one: pages as they were, an entry for each, and nothing that leads out of the pages."""

import io
import tracemalloc

import pikepdf
import pytest

from encaisse.adapters.binding import Binder, pages_of
from encaisse.adapters.bundles import NotAPdf


def sheets(words: str, pages: int = 1) -> bytes:
    """Pages that inherit their size and their font, whose content names the number of each."""
    written = io.BytesIO()
    with pikepdf.new() as file:
        font = file.make_indirect(pikepdf.Dictionary(Type=pikepdf.Name.Font, BaseFont=pikepdf.Name("/A B")))
        for number in range(1, pages + 1):
            page = file.add_blank_page()
            page.Contents = file.make_stream(f"BT ({words} {number} 0 R) Tj ET".encode())
            page.StructParents = number
            del page.MediaBox
            del page.Resources
        above = file.Root.Pages
        above.MediaBox = [0, 0, 595, 842]
        above.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font), Back=file.Root)
        file.save(written)
    return written.getvalue()


def bound(*documents: tuple[bytes, str], even: bool = False) -> tuple[pikepdf.Pdf, Binder]:
    written = io.BytesIO()
    binder = Binder(written)
    for pdf, title in documents:
        binder.add(pdf, title, even=even)
    binder.close()
    return pikepdf.open(io.BytesIO(written.getvalue())), binder


def test_pages_are_as_they_were_and_each_document_has_an_entry():
    made, binder = bound((sheets("un", 2), "F-1 · Étoile"), (sheets("deux"), "F-2 (b)"))

    assert (made.check_pdf_syntax(), binder.pages, binder.documents) == ([], 3, 2)
    contents = [page.Contents.read_bytes() for page in made.pages]
    assert contents == [b"BT (un 1 0 R) Tj ET", b"BT (un 2 0 R) Tj ET", b"BT (deux 1 0 R) Tj ET"]
    assert all(page.MediaBox == [0, 0, 595, 842] for page in made.pages)
    assert all(str(page.Resources.Font.F1.BaseFont) == "/A B" for page in made.pages)
    with made.open_outline() as outline:
        assert [each.title for each in outline.root] == ["F-1 · Étoile", "F-2 (b)"]
        assert [made.pages.index(each.destination[0]) for each in outline.root] == [0, 2]


def test_what_leads_back_to_the_whole_file_stays_behind():
    made, _ = bound((sheets("un"), "F-1"))

    assert "/StructParents" not in made.pages[0]
    assert made.pages[0].Resources.get("/Back") is None


def test_an_odd_number_of_pages_is_followed_by_an_empty_one_of_the_same_size():
    made, binder = bound((sheets("un"), "F-1"), (sheets("deux", 2), "F-2"), even=True)

    assert (binder.pages, "/Contents" in made.pages[1]) == (4, False)
    assert made.pages[1].MediaBox == [0, 0, 595, 842]


def test_a_file_that_cannot_be_read_leaves_nothing_of_itself():
    written = io.BytesIO()
    binder = Binder(written)
    binder.add(sheets("un"), "F-1")
    with pytest.raises(NotAPdf):
        binder.add(b"%PDF-1.7 cut", "F-2")
    binder.close()

    with pikepdf.open(io.BytesIO(written.getvalue())) as made:
        assert (len(made.pages), made.check_pdf_syntax()) == (1, [])
    assert pages_of(sheets("un", 3)) == 3


def test_memory_does_not_grow_with_the_documents(tmp_path):
    pdf = sheets("un")
    peaks = []
    for count in (20, 220):
        tracemalloc.start()
        with (tmp_path / "made.pdf").open("wb") as file:
            binder = Binder(file)
            for number in range(count):
                binder.add(pdf, f"F-{number}")
            binder.close()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()

    # Two hundred more documents, of which the places of objects and the titles are remembered: under 300 bytes each.
    assert peaks[1] - peaks[0] < 200 * 300
