"""Files of text from strangers: in which encoding they are, and their characters."""

import codecs
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, Final

from encaisse.adapters.tables import TableUnreadable

ASSUMED: Final = "cp1252"
_CHUNK: Final = 2**16
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip


def encoding_of(stream: BinaryIO) -> str:
    """The encoding that the whole file is in.

    A byte order mark decides; then UTF-8, which other encodings hardly ever form by chance; then Windows'. Raises
    TableUnreadable, also for a file that holds the character that no text has.
    """
    stream.seek(0)
    start = stream.read(4)
    for mark, encoding in _BOMS:
        if start.startswith(mark):
            if not _decodes(stream, encoding):
                raise TableUnreadable(reason="encoding")
            return encoding
    for encoding in ("utf-8", ASSUMED):
        if _decodes(stream, encoding):
            return encoding
    raise TableUnreadable(reason="encoding")


def beginning(stream: BinaryIO, encoding: str) -> str:
    """The first characters, without blanks before them."""
    stream.seek(0)
    return codecs.getincrementaldecoder(encoding)().decode(stream.read(_CHUNK)).lstrip()


@contextmanager
def reading(stream: BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    """The characters from the first one on; the stream stays open."""
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding=encoding, newline="")
    try:
        yield text
    finally:
        if not stream.closed:
            text.detach()  # or the text layer would close the stream when it goes


def _decodes(stream: BinaryIO, encoding: str) -> bool:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := stream.read(_CHUNK):
            if "\0" in decoder.decode(chunk):
                raise TableUnreadable(reason="not_text")
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True
