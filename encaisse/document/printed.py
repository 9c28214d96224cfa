"""What a page must print, whoever drew it: the mentions of the law, looked for in the text of the file."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple


class Mention(NamedTuple):
    """A text that must be read on the document, and the part of the page that it is of."""

    part: str
    text: str


def mentions(data: Mapping[str, Any]) -> Iterator[Mention]:
    """What must be printed of a document, as `layout.page_data` writes it out.

    Source: article 242 nonies A of annex II of the Code général des impôts; articles L441-9 and R123-237 of the Code
    de commerce.
    """
    yield Mention("title", data["title"])
    yield Mention("number", data["number"])
    for label, value in data["facts"]:
        yield Mention("facts", f"{label}: {value}")
    yield from _of("seller", [data["seller"]["name"], *data["seller"]["lines"]])
    yield from _of("recipient", data["recipient"])
    for line in data["lines"]:
        yield from _of("lines", [line["label"], line["note"] or "", *line["cells"]])
    for row in data["taxes"]:
        yield from _of("taxes", row)
    for row in (*data["totals"], data["payable"]):
        yield from _of("totals", row[:2])
    if data["payment"]:
        yield from _of("terms", [value for _, value in data["payment"]["rows"]])
    yield from _of("reasons", data["reasons"])
    yield from _of("conditions", data["conditions"])
    for row in data["legal"]:
        yield from _of("legal", row.split(" · "))


def lacking(data: Mapping[str, Any], text: str) -> list[Mention]:
    """The mentions that the text of the document does not hold. Spaces, hyphens and ligatures do not matter."""
    read = _plain(text)
    return [each for each in mentions(data) if not _is_read(each, read)]


def _is_read(mention: Mention, read: str) -> bool:
    if mention.part != "facts":
        return _plain(mention.text) in read
    # A label may be worded otherwise; what it says may not.
    return _plain(mention.text.partition(": ")[2]) in read


def _of(part: str, texts: list[str]) -> Iterator[Mention]:
    return (Mention(part, text) for text in texts if text)


def _plain(text: str) -> str:
    """Letters and digits alone, as they sound in whichever case."""
    return "".join(letter for letter in unicodedata.normalize("NFKC", text).casefold() if letter.isalnum())
