"""What an exit code means. They are part of the program's promises."""

from typing import Final

OK: Final = 0
REFUSED: Final = 1
"""The business refuses, or an invariant of the books does not hold."""
USAGE: Final = 2
"""The command is not written as its help says."""
ENVIRONMENT: Final = 3
"""A setting, a file or the database is not as it should be."""
FAULT: Final = 4
"""A fault of ours: the log has it."""
INTERRUPTED: Final = 130
"""Ctrl-C."""


class CannotGoOn(Exception):
    """Something around the program is not as it should be; the sentence says what, and the way out."""
