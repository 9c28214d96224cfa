"""Typst templates made into PDF/A-3 files that screen readers can follow.

Nothing is typeset at import: a process that has typeset once must not fork, for the child would wait for ever
on threads that it did not inherit. Typeset in the child, or start it afresh.
"""

import datetime as dt
import json
import re
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

import typst

from encaisse.adapters.apart import Apart, Limits, Lost, is_apart
from encaisse.adapters.errors import TemplateNotDrawn, TemplateRefused, TypesettingFailed

_STANDARD: Final = "a-3a"
_OWN: Final = "template.typ"
_LINE: Final = re.compile(r"template\.typ:(\d+):\d+")
# What the typesetter says, as a word of ours and what it is about.
_MESSAGES: Final = (
    ("no_such_data", re.compile(r'does not contain key "(.+?)"')),
    ("unknown_name", re.compile(r"unknown variable: (.+)")),
    ("sees_no_file", re.compile(r"(file not found|escape the project root|failed to load file)")),
    ("sees_no_package", re.compile(r"(package)")),
    ("not_closed", re.compile(r"unclosed (.+)")),
    ("unexpected", re.compile(r"unexpected (.+)")),
    ("expected", re.compile(r"^expected (.+)")),
    ("endless", re.compile(r"(seems to be infinite|maximum .* depth exceeded|did not converge)")),
    ("without_text", re.compile(r"(alt|alternative) ")),
)


def typeset(template: Path, data: Mapping[str, Any], *, fonts: Path, at: dt.datetime) -> bytes:
    """The PDF/A-3 file of a template filled with data; `at` is its time of making.

    That time is kept to the second, so that bytes can be repeated. The template reads
    `json(bytes(sys.inputs.data))` and sees the files of its own folder and the fonts of `fonts`, nothing else:
    no system font, no network. About 25 ms of CPU a page, outside the interpreter's lock. Raises
    TypesettingFailed, also when a letter is in none of the fonts.
    """
    compiler = typst.Compiler(
        template,
        root=template.parent,
        font_paths=_fonts(fonts),
        package_path=template.parent,
        package_cache_path=template.parent,
    )
    try:
        pdf = compiler.compile(
            format="pdf",
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
            pdf_standards=[_STANDARD],
            timestamp=at.replace(microsecond=0),
        )
    except typst.TypstError as error:
        raise TypesettingFailed(template=template.name, message=error.message) from error
    assert isinstance(pdf, bytes)
    return pdf


class Own(NamedTuple):
    """A template that somebody wrote, the frame that includes it, and what both are given."""

    source: str
    frame: Path
    inputs: Mapping[str, str]
    fonts: Path
    at: dt.datetime


class _Wrong(NamedTuple):
    """Where a template cannot be typeset, and why."""

    line: int
    reason: str
    about: str


def typeset_own(own: Own) -> bytes:
    """The PDF/A-3 file of a template that somebody wrote, included by a frame of ours.

    It is typeset in a process that may be lost, within ten seconds and half a gigabyte; it sees the fonts, and no
    file, no package and no network. Raises TemplateRefused, TemplateNotDrawn.
    """
    if is_apart():
        outcome: bytes | _Wrong | Lost = _typeset(own)
    else:
        with _SECLUDED.borrowed() as typeset_there:
            outcome = typeset_there(own)
    if isinstance(outcome, Lost):
        raise TemplateNotDrawn(reason=outcome.why)
    if isinstance(outcome, _Wrong) and not outcome.line:
        raise TemplateNotDrawn(reason=outcome.reason, about=outcome.about)
    if isinstance(outcome, _Wrong):
        raise TemplateRefused(**outcome._asdict())
    return outcome


def _typeset(own: Own) -> bytes | _Wrong:
    with tempfile.TemporaryDirectory() as folder:
        frame, empty = Path(folder, own.frame.name), Path(folder, "packages")
        frame.write_bytes(own.frame.read_bytes())
        Path(folder, _OWN).write_text(own.source, "utf-8")
        compiler = typst.Compiler(
            frame,
            root=Path(folder),
            font_paths=_fonts(own.fonts),
            package_path=empty,
            package_cache_path=empty,
        )
        try:
            pdf = compiler.compile(
                format="pdf",
                sys_inputs=dict(own.inputs),
                pdf_standards=[_STANDARD],
                timestamp=own.at.replace(microsecond=0),
            )
        except typst.TypstError as error:
            return _told(error)
    assert isinstance(pdf, bytes)
    return pdf


def _told(error: typst.TypstError) -> _Wrong:
    where = _LINE.search(str(error.diagnostic))
    line = int(where[1]) if where else 0
    for reason, pattern in _MESSAGES:
        if found := pattern.search(error.message):
            return _Wrong(line, reason, found[1])
    return _Wrong(line, "other", error.message)


_SECLUDED: Final = Apart(_typeset, Limits(seconds=10.0, memory_mb=512, calls=200))


@cache
def _fonts(folder: Path) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
