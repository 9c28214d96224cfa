"""How long a file is kept."""

import datetime as dt
from typing import Final

YEARS: Final = 10


def kept_until(day: dt.date) -> dt.date:
    """The last day of retention of a piece of the books dated `day`.

    Ten years run from the end of its financial year, which is at most a year away, and are rounded up to the
    end of a calendar year. Source: Code de commerce, article L123-22.
    """
    return dt.date(day.year + 1 + YEARS, 12, 31)
