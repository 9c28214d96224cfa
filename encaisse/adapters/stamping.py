"""A mark on every page of a PDF/A file that is otherwise left as it is."""

import io
from typing import Final

import pikepdf

_NAME: Final = "EncaisseMark"


def stamped(pdf: bytes, mark: bytes) -> bytes:
    """The same file with the first page of `mark` laid over each of its pages; the same input gives the same bytes.

    Attachments and metadata stay. The mark is an artifact, which screen readers pass over, so nothing in its own page
    may be tagged; what typst has in the background of a page is not. Source: ISO 14289-1, 7.1.
    """
    with pikepdf.open(io.BytesIO(pdf)) as file, pikepdf.open(io.BytesIO(mark)) as sheet:
        shape = file.copy_foreign(sheet.pages[0].as_form_xobject())
        for page in file.pages:
            name = page.add_resource(shape, pikepdf.Name.XObject, pikepdf.Name(f"/{_NAME}"))
            # What a page draws may leave its own state behind: it is put between brackets.
            page.contents_add(b"q", prepend=True)
            page.contents_add(f"Q /Artifact BMC q {name} Do Q EMC".encode())
        written = io.BytesIO()
        file.save(
            written,
            deterministic_id=True,
            fix_metadata_version=False,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return written.getvalue()
