"""Customers that a file brings under another code than the one they have: by what they are known, and what becomes of
them."""

import enum
from collections.abc import Mapping
from typing import Final, NamedTuple

from encaisse.party.rules.records import CustomerRow

# What a merge never fills in: the code, and what nobody leaves empty.
_KEPT: Final = ("reference", "name", "is_business", "country", "currency", "language")


class Choice(enum.StrEnum):
    """What becomes of a record that looks like a customer who is there."""

    REFUSE = "refuse"
    """It does not come in, and says whom it looks like."""
    UPDATE = "update"
    """The one who is there becomes what the record says, under the code that they have."""
    MERGE = "merge"
    """The record fills in what is empty, and changes nothing else."""
    SKIP = "skip"
    """It is passed over."""
    CREATE = "create"
    """It is another customer all the same."""


class Duplicates(NamedTuple):
    """What becomes of them: all alike, but for the records, by number, of which something else was said."""

    choice: Choice = Choice.REFUSE
    choices: Mapping[int, Choice] = {}

    def of(self, record: int) -> Choice:
        """What becomes of that record."""
        return self.choices.get(record, self.choice)


class Match(NamedTuple):
    """The customer that a record looks like, and by what."""

    reference: str
    name: str
    by: str


def merged(row: CustomerRow, stored: CustomerRow) -> CustomerRow:
    """The stored customer, with what it lacked and the row has; an address is filled in whole or not at all."""
    lacking = {
        name: getattr(row, name)
        for name in CustomerRow._fields
        if name not in _KEPT and getattr(stored, name) in ("", None) and getattr(row, name) not in ("", None)
    }
    if stored.address_1:
        for name in ("address_1", "address_2", "postcode", "city"):
            lacking.pop(name, None)
    return stored._replace(**lacking)
