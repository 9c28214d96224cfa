"""The checker of the suite sees what it claims to see: each guard of the file is taken away once."""

import io
from collections.abc import Callable
from functools import cache

import pikepdf
import pytest

from encaisse.document.facturx import render
from tests.document import contents, pdfa
from tests.document.test_facturx import AT


@cache
def sound() -> bytes:
    return render(contents.four_lines(), at=AT)


def without(*path: str) -> Callable[[pikepdf.Pdf], None]:
    def spoil(file: pikepdf.Pdf) -> None:
        holder = file.Root
        for key in path[:-1]:
            holder = holder[int(key)] if key.isdigit() else holder[key]
        del holder[path[-1]]

    return spoil


def rewritten(old: bytes, new: bytes) -> Callable[[pikepdf.Pdf], None]:
    def spoil(file: pikepdf.Pdf) -> None:
        packet = file.Root.Metadata.read_bytes()
        assert old in packet
        file.Root.Metadata.write(packet.replace(old, new))

    return spoil


def scripted(file: pikepdf.Pdf) -> None:
    file.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))


def with_a_form(file: pikepdf.Pdf) -> None:
    file.Root.AcroForm = pikepdf.Dictionary(NeedAppearances=True)


def with_a_loose_font(file: pikepdf.Pdf) -> None:
    for item in file.objects:
        if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == "/FontDescriptor":
            del item["/FontFile3"]


@pytest.mark.parametrize(
    ("spoil", "seen"),
    [
        (without("/OutputIntents"), "6.2.3 output intent"),
        (without("/StructTreeRoot"), "6.7.3 no structure"),
        (without("/Lang"), "6.7.4 no language"),
        (without("/AF"), "6.8 associated files"),
        (without("/AF", "0", "/Desc"), "6.8 no description"),
        (without("/AF", "0", "/EF", "/F", "/Params", "/ModDate"), "6.8 parameters"),
        (scripted, "6.5.1 action /JavaScript"),
        (with_a_form, "catalogue has /AcroForm"),
        (with_a_loose_font, "is not embedded"),
        (rewritten(b">3</pdfaid:part>", b">2</pdfaid:part>"), "6.6.4 identification"),
        (rewritten(b"Facture", b"Avoir"), "6.6.3 titles differ"),
        (rewritten(b"fx:ConformanceLevel", b"fx:Level"), "no Factur-X properties"),
        (rewritten(b"<pdfaProperty:name>Version<", b"<pdfaProperty:name>Other<"), "Version is not described"),
    ],
)
def test_a_guard_taken_away_is_seen(spoil, seen):
    with pikepdf.open(io.BytesIO(sound())) as file:
        spoil(file)
        written = io.BytesIO()
        file.save(written, fix_metadata_version=False)

    assert any(seen in fault for fault in pdfa.faults(written.getvalue()))
