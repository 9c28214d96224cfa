"""Requests that a process may answer without asking again: set aside for it, of those that a key has in a minute."""

from typing import NamedTuple

from encaisse.kernel import sql


class Lease(NamedTuple):
    """How many requests of the key are set aside in this minute by all processes together, and the seconds left."""

    taken: int
    seconds: int


def lease(api_key_id: int, size: int) -> Lease:
    """So many requests of the key are set aside for whoever asks. Call it outside transactions, or others wait."""
    given = {"api_key_id": api_key_id, "size": size}
    return Lease(*sql.prepared_rows("access", "lease_requests", given)[0])
