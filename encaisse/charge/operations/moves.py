"""How far items are billed, once what they owe until then is charged."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from encaisse.charge.errors import ContractChangedMeanwhile
from encaisse.kernel import sql


class Move(NamedTuple):
    """How far an item was billed, the end that it had, and how far it is billed now."""

    was: dt.date
    ends_on: dt.date | None
    through: dt.date


def move_items(moved: Sequence[tuple[int | str, int]], moves: Sequence[Move]) -> None:
    """Each item, given by its key, is billed as far as its move says, counted from 1: items alike move alike.

    Locks the items. Raises ContractChangedMeanwhile when one of them is not as its move says that it was.
    """
    if not moved:
        return
    arrays = {
        "items": sql.array(item_id for item_id, _ in moved),
        "by": sql.array(move for _, move in moved),
        "was": sql.array(move.was for move in moves),
        "ends": sql.array(move.ends_on or "NULL" for move in moves),
        "through": sql.array(move.through for move in moves),
    }
    if sql.execute("charge", "move_billed_through", arrays) != len(moved):
        raise ContractChangedMeanwhile()
