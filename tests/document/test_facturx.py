"""The file itself: what people read on it, what machines find in it, and that it is archived as PDF/A-3."""

import datetime as dt
import io
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
import zxingcpp

from encaisse.adapters.errors import TypesettingFailed
from encaisse.document.cii import invoice_xml
from encaisse.document.content import Language
from encaisse.document.epc import transfer_payload
from encaisse.document.errors import BreaksRules, NotFacturX
from encaisse.document.facturx import duplicate, render, schema_violations
from tests.document import contents, pdfa
from tests.document.golden import agreed

AT = dt.datetime(2026, 11, 1, 9, 30, tzinfo=dt.UTC)
ROOT = Path(__file__).parents[2]
MILLIMETRE = 72 / 25.4
PAGE_HEIGHT = 297


@cache
def rendered(kind: str) -> bytes:
    return render(contents.EVERY_KIND[kind](), at=AT)


def pages(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    return [page.get_textpage().get_text_bounded().replace("\r\n", "\n") for page in document]


@pytest.mark.parametrize("kind", contents.EVERY_KIND)
def test_every_kind_is_pdf_a_and_carries_its_data(kind):
    data = rendered(kind)

    assert pdfa.faults(data) == []
    with pikepdf.open(io.BytesIO(data)) as file:
        assert file.attachments["factur-x.xml"].get_file().read_bytes() == invoice_xml(
            contents.EVERY_KIND[kind]()
        )


@pytest.mark.parametrize("kind", contents.EVERY_KIND)
def test_every_letter_has_a_shape(kind):
    with pikepdf.open(io.BytesIO(rendered(kind))) as file:
        glyphs = {glyph for page in file.pages for glyph in shown_glyphs(page)}

    assert b"\0\0" not in glyphs
    assert len(glyphs) > 20


def shown_glyphs(page: pikepdf.Page) -> Iterator[bytes]:
    for operands, operator in pikepdf.parse_content_stream(page, "Tj TJ"):
        parts = operands[0] if str(operator) == "TJ" else operands
        for part in parts:
            if isinstance(part, pikepdf.String):
                text = bytes(part)
                yield from (text[start : start + 2] for start in range(0, len(text), 2))


@pytest.mark.parametrize(
    "kind",
    [
        "four lines",
        "credit note",
        "partial credit note",
        "opposite invoice",
        "replacement",
        "discounts and two rates",
        "in dollars",
        "in instalments",
    ],
)
def test_the_page_reads_as_agreed(kind):
    text = "\n\f\n".join(pages(rendered(kind)))

    assert text == agreed(f"{kind.replace(' ', '_')}.txt", text)


@pytest.mark.parametrize(
    ("language", "word"), [(Language.FRENCH, "DUPLICATA"), (Language.ENGLISH, "DUPLICATE")]
)
def test_a_duplicate_says_so_on_every_page_and_is_otherwise_its_original(language, word):
    content = replace(contents.long(), language=language)
    original = render(content, at=AT)

    copy = duplicate(original, language, at=AT)

    assert [text.count(word) for text in pages(copy)] == [2] * len(pages(original))
    assert not any(word in text for text in pages(original))
    assert all(same in marked for same, marked in zip(pages(original), pages(copy), strict=True))
    assert pdfa.faults(copy) == []
    assert copy == duplicate(original, language, at=AT)
    with pikepdf.open(io.BytesIO(copy)) as file:
        assert file.attachments["factur-x.xml"].get_file().read_bytes() == invoice_xml(content)


def test_the_promised_numbers_are_on_the_page():
    (text,) = pages(rendered("four lines"))

    assert "279,16\u00a0€" in text
    assert "55,83\u00a0€" in text
    assert "334,99\u00a0€" in text
    assert "335,00" not in text


def test_a_credit_note_shows_its_amounts_negative_and_its_credit_positive():
    (text,) = pages(rendered("credit note"))

    assert text.count("\u2212334,99\u00a0€") == 1
    assert "\u221255,83\u00a0€" in text
    assert "À votre crédit" in text
    assert "F2026-000042 du\u00a001/11/2026" in text


@pytest.mark.parametrize(
    ("kind", "mention"),
    [
        ("exempt in Cayenne", contents.EXEMPT),
        ("reversed to Berlin", contents.REVERSED),
        ("outside to Casablanca", "Prestation hors du champ"),
        ("composite tax", "Éco-contribution 2\u202f%"),
        ("to a person", "Anaïs Lefèvre"),
        ("in dollars", "Equivalent: €92.00"),
        ("final after an advance", "\u221236,00\u00a0€"),
    ],
)
def test_each_kind_says_what_the_law_wants(kind, mention):
    assert mention in pages(rendered(kind))[0]


@pytest.mark.parametrize(
    "mention",
    [
        "SAS au capital de 50\u202f000\u00a0€",
        "RCS Paris 732\u00a0829\u00a0320",
        "SIRET\u00a0732\u00a0829\u00a0320\u00a000074",
        "N°\u00a0TVA\u00a0FR44732829320",
        "390\u00a0714\u00a0780",
        "FR38390714780",
        "Prestations de services",
        "1er\u00a0novembre\u00a02026",
        "1er\u00a0décembre\u00a02026",
        "du\u00a001/10/2026 au\u00a031/10/2026",
        "Pas d’escompte pour paiement anticipé.",
        "majoré",
        "frais de recouvrement de\u00a040\u00a0€",
        "FR76\u00a03000\u00a06000\u00a00112\u00a03456\u00a07890\u00a0189",
    ],
)
def test_every_mandatory_mention_is_on_a_french_invoice(mention):
    assert mention in pages(rendered("four lines"))[0]


def test_every_page_bears_the_number_the_seller_and_its_rank():
    texts = pages(rendered("long"))

    assert len(texts) == 3
    for rank, text in enumerate(texts, 1):
        assert f"Page\u00a0{rank}\u202f/\u202f3" in text
        assert "Facture\u00a0F2026-000042" in text
        assert "Désignation" in text
        assert "RCS Paris" in text


@pytest.mark.parametrize("kind", contents.EVERY_KIND)
def test_the_recipient_and_nothing_else_is_in_the_window(kind):
    page = pypdfium2.PdfDocument(rendered(kind))[0]
    left, top, right, bottom = (side * MILLIMETRE for side in (105, PAGE_HEIGHT - 40, 200, PAGE_HEIGHT - 85))
    seen = page.get_textpage().get_text_bounded(left=left, bottom=bottom, right=right, top=top)
    buyer = contents.EVERY_KIND[kind]().buyer

    assert seen.startswith(buyer.name[:30])
    assert buyer.address.postcode in seen
    assert len(seen.splitlines()) <= 8


def test_the_code_on_the_page_is_the_transfer():
    page = pypdfium2.PdfDocument(rendered("four lines"))[0]
    image = page.render(scale=200 / 72).to_pil()

    (code,) = zxingcpp.read_barcodes(image)

    assert code.format == zxingcpp.BarcodeFormat.QRCode
    assert code.ec_level == "M"
    assert code.text == transfer_payload(contents.four_lines())


def test_the_same_content_and_instant_give_the_same_bytes():
    later = render(contents.four_lines(), at=AT + dt.timedelta(seconds=1))

    assert render(contents.four_lines(), at=AT) == rendered("four lines")
    assert later != rendered("four lines")


def test_a_content_that_does_not_add_up_is_refused():
    content = contents.four_lines()
    content = replace(content, totals=replace(content.totals, gross_minor=335_00, payable_minor=335_00))

    with pytest.raises(BreaksRules) as refusal:
        render(content, at=AT)

    assert refusal.value.facts() == {"number": "F2026-000042", "rules": ("BR-CO-15",)}


def test_a_text_that_xml_cannot_hold_is_refused():
    with pytest.raises(NotFacturX) as refusal:
        render(contents.four_lines(buyer=replace(contents.BUYER, name="Le Goff\x0b")), at=AT)

    assert "control characters" in refusal.value.reasons[0]


def test_data_of_another_shape_are_not_valid_by_the_schema():
    document = invoice_xml(contents.four_lines()).replace(b"GrandTotalAmount", b"GreatTotalAmount")

    (reason,) = schema_violations(document)

    assert "GreatTotalAmount" in reason


def test_a_name_that_the_fonts_cannot_write_is_refused_rather_than_left_blank():
    with pytest.raises(TypesettingFailed):
        render(contents.four_lines(buyer=replace(contents.BUYER, name="شركة الأطلس")), at=AT)


FORKING = """
import os, signal, sys
from encaisse.document import facturx
from tests.document import contents
from tests.document.test_facturx import AT
child = os.fork()
if child == 0:
    signal.alarm(30)
    facturx.render(contents.four_lines(), at=AT)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_importing_typesets_nothing_so_that_a_child_can():
    # A process that has typeset once hangs its forked children for ever.
    done = subprocess.run([sys.executable, "-c", FORKING], cwd=ROOT, timeout=60, check=False)

    assert done.returncode == 0
