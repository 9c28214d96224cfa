"""Typst templates made into PDF/A-3 files that screen readers can follow.

Nothing is typeset at import: a process that has typeset once must not fork, for the child would wait for ever
on threads that it did not inherit. Typeset in the child, or start it afresh.
"""

import datetime as dt
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import typst

from encaisse.adapters.errors import TypesettingFailed

_STANDARD: Final = "a-3a"


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


@cache
def _fonts(folder: Path) -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder])
