"""Templates made into PDF/A-3, and their metadata completed."""

import datetime as dt
import io
from pathlib import Path

import pikepdf
import pytest

import encaisse.document
from encaisse.adapters.errors import TypesettingFailed
from encaisse.adapters.typesetting import typeset
from encaisse.adapters.xmp import XmpProperty, XmpSchema, with_properties

FONTS = Path(encaisse.document.__file__).parent / "fonts"
AT = dt.datetime(2026, 11, 1, 9, 30, tzinfo=dt.UTC)
TEMPLATE = """#let d = json(bytes(sys.inputs.data))
#set document(title: d.title)
#set text(font: "Inter", lang: "en")
#d.title"""


def template(folder: Path, text: str = TEMPLATE) -> Path:
    path = folder / "page.typ"
    path.write_text(text, "utf-8")
    return path


def test_the_same_data_and_instant_give_the_same_bytes(tmp_path):
    path = template(tmp_path)

    first = typeset(path, {"title": "Élan"}, fonts=FONTS, at=AT)

    assert typeset(path, {"title": "Élan"}, fonts=FONTS, at=AT) == first
    with pikepdf.open(io.BytesIO(first)) as file:
        assert file.docinfo["/Title"] == "Élan"
        assert file.docinfo["/CreationDate"] == "D:20261101093000Z"
        assert file.open_metadata().pdfa_status == "3A"


@pytest.mark.parametrize(
    "text",
    [
        TEMPLATE.replace("#d.title", "#d.missing"),
        TEMPLATE.replace("#d.title", '#read("../secret")'),
        TEMPLATE.replace("#d.title", "#while true {}"),
    ],
)
def test_a_template_that_fails_or_leaves_its_folder_is_refused(tmp_path, text):
    (tmp_path / "secret").write_text("3", "utf-8")
    folder = tmp_path / "templates"
    folder.mkdir()

    with pytest.raises(TypesettingFailed) as refusal:
        typeset(template(folder, text), {"title": "Élan"}, fonts=FONTS, at=AT)

    assert refusal.value.template == "page.typ"


def test_own_properties_join_the_metadata_once(tmp_path):
    schema = XmpSchema("Ours", "urn:ours#", "own", (XmpProperty("Colour", "blue & white", "Its colour"),))
    pdf = typeset(template(tmp_path), {"title": "Élan"}, fonts=FONTS, at=AT)

    written = with_properties(pdf, schema)

    assert with_properties(pdf, schema) == written
    with pikepdf.open(io.BytesIO(written)) as file:
        metadata = file.open_metadata()
        assert metadata["{urn:ours#}Colour"] == "blue & white"
        assert metadata.pdfa_status == "3A"


def test_a_file_without_pdf_a_metadata_is_refused():
    empty = pikepdf.new()
    empty.Root.Metadata = pikepdf.Stream(empty, b"<x/>")
    written = io.BytesIO()
    empty.save(written)

    with pytest.raises(ValueError, match="no single bag"):
        with_properties(written.getvalue(), XmpSchema("Ours", "urn:ours#", "own", ()))
