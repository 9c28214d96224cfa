"""Files that a command writes for people: whole or not at all."""

import os
from collections.abc import Iterable
from pathlib import Path


def write_lines(path: Path, lines: Iterable[str]) -> int:
    """The file holds these lines, each ended by CR LF. Returns how many there are."""
    draft = path.with_name(f".{path.name}.part")
    count = 0
    try:
        with draft.open("w", encoding="utf-8", newline="") as file:
            for line in lines:
                file.write(f"{line}\r\n")
                count += 1
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return count
