"""Files whose every byte is agreed. Run the suite with ENCAISSE_BLESS=1 to rewrite them; read the diff."""

import os
from pathlib import Path

FOLDER = Path(__file__).parent / "golden"


def agreed(name: str, produced: str) -> str:
    """The agreed text of that name, which is the produced one while blessing."""
    path = FOLDER / name
    if os.environ.get("ENCAISSE_BLESS"):
        FOLDER.mkdir(exist_ok=True)
        path.write_text(produced, "utf-8")
    return path.read_text("utf-8")
