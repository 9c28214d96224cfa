"""ZIP files of PDFs: what is sound is read, what is hostile is refused as a whole."""

import io
import stat
import zipfile

import pikepdf
import pytest

from encaisse.adapters import bundles
from encaisse.adapters.bundles import BundleUnreadable, NotAPdf, open_bundle


def pdf(*, password: str = "") -> bytes:
    """A PDF of one empty page."""
    written = io.BytesIO()
    with pikepdf.new() as file:
        file.add_blank_page()
        if password:
            file.save(written, encryption=pikepdf.Encryption(owner=password, user=password))
        else:
            file.save(written, deterministic_id=True)
    return written.getvalue()


def zipped(files: dict[str, bytes], **info: int) -> io.BytesIO:
    """A ZIP of these files, with some fields of their headers changed."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            each = zipfile.ZipInfo(name)
            each.compress_type = zipfile.ZIP_DEFLATED
            for field, value in info.items():
                setattr(each, field, value)
            made.writestr(each, content)
    return written


def test_files_are_read_by_their_plain_names_whatever_their_folder():
    with open_bundle(
        zipped({"2025/VT-1.PDF": pdf(), "__MACOSX/2025/._VT-1.pdf": b"", "vt-2.pdf": pdf()})
    ) as bundle:
        assert bundle.names == ("vt-1.pdf", "vt-2.pdf")
        assert bundle.read("vt-1.pdf") == pdf()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (io.BytesIO(b"%PDF-1.7 no zip"), "not_a_zip"),
        (zipped({"../VT-1.pdf": pdf()}), "outside"),
        (zipped({"/etc/VT-1.pdf": pdf()}), "outside"),
        (zipped({"a\\..\\..\\VT-1.pdf": pdf()}), "outside"),
        (zipped({"VT-1.pdf": b"/etc/passwd"}, external_attr=(stat.S_IFLNK | 0o777) << 16), "link"),
        (zipped({"VT-1.pdf": b"0" * 30 * 2**20}), "bomb"),
        (zipped({"a/VT-1.pdf": pdf(), "b/vt-1.pdf": pdf()}), "repeated"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_a_hostile_zip_is_refused_as_a_whole(source, reason):
    with pytest.raises(BundleUnreadable) as refused, open_bundle(source):
        pass

    assert refused.value.reason == reason


def test_a_zip_under_a_password_is_refused():
    content = bytearray(zipped({"VT-1.pdf": pdf()}).getvalue())
    # The flag of encryption, in the file's own header and in the directory.
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + at] |= 1

    with pytest.raises(BundleUnreadable) as refused, open_bundle(io.BytesIO(bytes(content))):
        pass

    assert refused.value.reason == "encrypted"


def test_too_many_files_are_refused(monkeypatch):
    monkeypatch.setattr(bundles, "MOST_FILES", 1)

    with pytest.raises(BundleUnreadable) as refused, open_bundle(zipped({"1.pdf": b"", "2.pdf": b""})):
        pass

    assert refused.value.reason == "too_many"


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"MZ", "not_a_pdf"), (b"%PDF-1.7\nnothing", "damaged"), (pdf(password="x"), "encrypted")],
)
def test_what_is_no_pdf_is_refused_by_itself(content, reason):
    with open_bundle(zipped({"VT-1.pdf": content})) as bundle, pytest.raises(NotAPdf) as refused:
        bundle.read("vt-1.pdf")

    assert refused.value.reason == reason


def test_a_file_that_lies_about_its_size_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(bundles, "LARGEST_BYTES", 100)

    with open_bundle(zipped({"VT-1.pdf": pdf()})) as bundle, pytest.raises(NotAPdf) as refused:
        bundle.read("vt-1.pdf")

    assert refused.value.reason == "pdf_too_large"
