"""The program `encaisse`: chooses its language first, since the texts of commands are read when they are declared."""

import os
import sys
from contextlib import suppress

from encaisse.cli import language


def main() -> None:
    """Run one command and leave with its exit code."""
    language.install(os.environ)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a terminal may lack a letter of ours
    from encaisse.cli.faults import run

    code = run(sys.argv[1:])
    with suppress(BrokenPipeError):  # whoever read us may have read enough
        sys.stdout.flush()
    sys.exit(code)
